"""One question of a customer, as the inbox shows it."""

from dataclasses import dataclass
from datetime import datetime

from repairshop import codes
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.staff.models import Staff
from repairshop.tickets.models import Question, Ticket
from repairshop.tickets.queries import as_head, head_select
from repairshop.tickets.stages import Stage


@dataclass(frozen=True, kw_only=True)
class QuestionPage:
    """A question from a customer's page, with what it is about."""

    id: int
    text: str
    asked_at: datetime
    answer: str
    answered_at: datetime | None
    answered_by: str | None
    customer_id: int | None
    customer_name: str | None
    reference: str
    number: str
    stage: Stage
    device_label: str
    fault_label: str

    @property
    def code_shown(self) -> str:
        return codes.shown(self.reference)


def get_question_page(question_id: int, *, shop_id: int) -> QuestionPage:
    """NotFound for another shop's."""
    row = db.session.execute(
        head_select()
        .add_columns(
            Question.text.label("words"),
            Question.asked_at,
            Question.answer,
            Question.answered_at,
            Staff.first_name.label("answered_by"),
        )
        .join(Question, Question.ticket_id == Ticket.id)
        .outerjoin(Staff, Staff.id == Question.answered_by_id)
        .where(Question.id == question_id, Ticket.shop_id == shop_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    head = as_head(row)
    return QuestionPage(
        id=question_id,
        text=row.words,
        asked_at=row.asked_at,
        answer=row.answer,
        answered_at=row.answered_at,
        answered_by=row.answered_by,
        customer_id=head.customer_id,
        customer_name=head.customer_name,
        reference=head.reference,
        number=head.number,
        stage=head.stage,
        device_label=head.device_label,
        fault_label=head.fault_label,
    )
