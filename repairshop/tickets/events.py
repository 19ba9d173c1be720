"""What happened to a ticket."""

from dataclasses import dataclass, field
from datetime import datetime

from repairshop.events import Event
from repairshop.staff.rules import Actor, ShopId
from repairshop.tickets.rules import MoveFacts, TicketId, VisitId
from repairshop.tickets.stages import Outcome, Stage, Verb


@dataclass(frozen=True, kw_only=True)
class TicketMoved(Event):
    """A verb moved a ticket; `origin` is None when the verb opened it."""

    ticket_id: TicketId
    visit_id: VisitId | None
    shop_id: ShopId
    move_id: int
    verb: Verb
    origin: Stage | None
    target: Stage
    outcome: Outcome | None
    by: Actor
    at: datetime
    undo_until: datetime
    facts: MoveFacts = field(default_factory=MoveFacts)


@dataclass(frozen=True, kw_only=True)
class MoveUndone(Event):
    """A move was taken back inside its window; listeners restore what they did because of it."""

    ticket_id: TicketId
    shop_id: ShopId
    move_id: int
    verb: Verb
    origin: Stage
    target: Stage
    by: Actor
    at: datetime


@dataclass(frozen=True, kw_only=True)
class CheckInCompleted(Event):
    """Condition, privacy tasks, reach and signature are there: the receipt and the notice may go."""

    ticket_id: TicketId
    visit_id: VisitId | None
    shop_id: ShopId
    by: Actor
    at: datetime
    facts: MoveFacts = field(default_factory=MoveFacts)


@dataclass(frozen=True, kw_only=True)
class QuestionAsked(Event):
    """The customer asked something; nothing moves."""

    ticket_id: TicketId
    shop_id: ShopId
    question_id: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class QuestionAnswered(Event):
    """The shop answered a question."""

    ticket_id: TicketId
    shop_id: ShopId
    question_id: int
    by: Actor
    at: datetime
