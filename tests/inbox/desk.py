"""What tests of the inbox do again and again."""

from typing import Any

from sqlalchemy import select

from repairshop.database import db
from repairshop.inbox.models import InboundMessage
from repairshop.inbox.receiving import ArrivedText, receive_text
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Notice, State
from repairshop.transaction import transaction
from tests import builders
from tests.notifications.desk import list_messages

CARL, DANA = "+447700900123", "+447700900456"
_numbers = iter(range(1, 1_000_000))


def text_from(number: str = CARL, body: str = "When is it ready?", **more: Any) -> int:
    """A text arrives; its row's number."""
    sid = f"SM-test-{next(_numbers)}"
    with transaction():
        receive_text(ArrivedText(provider_id=sid, sender=number, body=body, **more))
    text_id = get_text(provider_id=sid).id
    db.session.rollback()
    return text_id


def get_text(**where: object) -> InboundMessage:
    db.session.rollback()
    query = select(InboundMessage).filter_by(**where).execution_options(populate_existing=True)
    return db.session.scalars(query).one()


def replies() -> list[OutgoingMessage]:
    """The answers that were written, in order."""
    return [message for message in list_messages() if message.notice is Notice.REPLY]


def make_trouble(reference: str, *, code: str = "20003") -> OutgoingMessage:
    """The ticket's first message waits for a person."""
    with transaction():
        message = list_messages(ticket_id=builders.get_ticket(reference).id)[0]
        message = db.session.get_one(OutgoingMessage, message.id)
        message.state, message.error_code, message.due_at = State.NEEDS_HUMAN, code, None
    return message
