"""Decisions of the kernel that are not about stages: undo, custody, links, photos, questions."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NewType

from repairshop.errors import Refused
from repairshop.money import Money
from repairshop.staff.rules import Actor, ActorKind
from repairshop.tickets.stages import IN_SHOP_STAGES, NEVER_UNDONE, Stage, Verb

TicketId = NewType("TicketId", int)
VisitId = NewType("VisitId", int)
Reference = NewType("Reference", str)  # a ticket's code without separators, as in addresses


class LinkOrigin(StrEnum):
    """How a link reached its person; money may be approved at once only from SMS and MAIL."""

    RECEIPT = "receipt"
    SMS = "sms"
    MAIL = "mail"
    STAFF = "staff"


class Holder(StrEnum):
    """Who may hold a device."""

    CUSTOMER = "customer"
    STAFF = "staff"
    PLACE = "place"  # a locker, shelf or bench of the shop
    CARRIER = "carrier"
    SPECIALIST = "specialist"
    RECYCLER = "recycler"


# What custody calls the device itself, beside the accessories' own names.
DEVICE = "device"
SIM_TRAY = "sim_tray"
LOANER = "loaner:"  # before a loaner's name, so that one called "device" or "Charger" is no other thing
IN_SHOP_HOLDERS = frozenset({Holder.STAFF, Holder.PLACE})


class SymptomCondition(StrEnum):
    """When the customer sees the fault. What they see is in their own words, apart from what is found."""

    ALWAYS = "always"
    NOW_AND_THEN = "now_and_then"
    AFTER_A_WHILE = "after_a_while"
    WHEN_WARM = "when_warm"
    WHEN_COLD = "when_cold"


class PhotoStep(StrEnum):
    """The step that asked for the photo."""

    INTAKE = "intake"
    DIAGNOSIS = "diagnosis"
    REPAIR = "repair"
    FINAL_CHECKS = "final_checks"
    HANDOVER = "handover"


class SignaturePurpose(StrEnum):
    TAKE_IN = "take_in"
    HAND_OVER = "hand_over"


@dataclass(frozen=True, kw_only=True)
class MoveFacts:
    """What the texts about a move need; the verb that moves fills in what it knows."""

    price: Money | None = None
    price_at_most: Money | None = None
    promised_from: date | None = None
    promised_to: date | None = None
    part_expected_on: date | None = None
    answer_by: date | None = None
    reason: str | None = None  # a code with wording in the templates


class NothingToUndo(Refused):
    """The ticket has not been moved, or the move was already undone."""


class UndoTooLate(Refused):
    """The undo window is over."""


class UndoNotYours(Refused):
    """Somebody else made the move."""


class UndoOvertaken(Refused):
    """Something else happened to the ticket since the move."""


class UndoNeverAllowed(Refused):
    """The move is one that cannot be undone."""


@dataclass(frozen=True, kw_only=True)
class LastMove:
    """What the undo rule looks at."""

    verb: Verb
    actor_kind: ActorKind
    actor_id: int | None
    undo_until: datetime
    undone: bool
    overtaken: bool


def undo_until(verb: Verb, *, at: datetime, by: Actor, window_seconds: int) -> datetime:
    """The end of the undo window; `at` itself for moves that have none (intake, customers, jobs)."""
    if verb in NEVER_UNDONE or by.kind is not ActorKind.STAFF:
        return at
    return at + timedelta(seconds=window_seconds)


def require_undoable(move: LastMove | None, *, by: Actor, at: datetime) -> None:
    if move is None or move.undone:
        raise NothingToUndo
    if move.verb in NEVER_UNDONE:
        raise UndoNeverAllowed(verb=move.verb)
    if (move.actor_kind, move.actor_id) != (by.kind, by.id):
        raise UndoNotYours
    if move.overtaken:
        raise UndoOvertaken
    if at >= move.undo_until:
        raise UndoTooLate


class QuestionAlreadyAnswered(Refused):
    """Somebody else answered the customer in between."""


class CustodyNotInShop(Refused):
    """The work needs the device, and the device is not in the shop."""


class NothingToPassOn(Refused):
    """We do not have the device: it has not come in yet, or the job is over."""


class PassedOnMeanwhile(Refused):
    """Somebody passed something of this job on since the page was opened."""


# A recycler gets it by surrender only, which asks for more.
HOLDERS_TO_PASS_ON_TO = (Holder.PLACE, Holder.STAFF, Holder.SPECIALIST, Holder.CARRIER, Holder.CUSTOMER)


def require_held(stage: Stage) -> None:
    if stage not in IN_SHOP_STAGES:
        raise NothingToPassOn(stage=stage)


def require_in_shop(holder: Holder) -> None:
    if holder not in IN_SHOP_HOLDERS:
        raise CustodyNotInShop(holder=holder)
