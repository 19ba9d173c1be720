"""What waits at the counter."""

from dataclasses import dataclass
from datetime import datetime

from repairshop.board.rules import DONE_STAGES
from repairshop.database import db
from repairshop.tickets.models import Question, Ticket
from repairshop.tickets.queries import TicketHead, as_head, head_select

_READY_MAX = 40
_QUESTIONS_MAX = 40


def list_to_collect(shop_id: int) -> list[TicketHead]:
    """Ready devices, those that have waited longest first."""
    rows = db.session.execute(
        head_select()
        .where(Ticket.shop_id == shop_id, Ticket.stage.in_(DONE_STAGES), Ticket.source.is_(None))
        .order_by(Ticket.stage_since, Ticket.id)
        .limit(_READY_MAX)
    )
    return [as_head(row) for row in rows]


@dataclass(frozen=True, kw_only=True)
class OpenQuestion:
    """A question nobody has answered."""

    id: int
    asked_at: datetime
    text: str
    head: TicketHead


def list_open_questions(shop_id: int) -> list[OpenQuestion]:
    """Longest waiting first."""
    rows = db.session.execute(
        head_select()
        .add_columns(Question.id.label("question_id"), Question.asked_at, Question.text.label("words"))
        .join(Question, Question.ticket_id == Ticket.id)
        .where(Question.answered_at.is_(None), Ticket.shop_id == shop_id)
        .order_by(Question.asked_at, Question.id)
        .limit(_QUESTIONS_MAX)
    )
    return [
        OpenQuestion(id=row.question_id, asked_at=row.asked_at, text=row.words, head=as_head(row))
        for row in rows
    ]
