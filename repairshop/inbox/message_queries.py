"""One message of ours that a person has to settle, and why nobody could reach the customer."""

from dataclasses import dataclass

from sqlalchemy import select

from repairshop.customers.models import ContactPoint
from repairshop.customers.rules import ContactKind
from repairshop.database import db
from repairshop.inbox.calls import CallRow, list_calls
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.queries import MessageRow, get_message
from repairshop.notifications.rules import REACHED_NOBODY, Channel, State
from repairshop.tickets.models import Ticket, Visit


@dataclass(frozen=True, kw_only=True)
class Tried:
    """An earlier message about the same, and why it did not arrive."""

    channel: Channel
    recipient: str
    state: State
    error_code: str


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A message that waits for somebody. `numbers` are what can be called, paused ones last."""

    message: MessageRow
    tried: tuple[Tried, ...]
    calls: tuple[CallRow, ...]
    numbers: tuple[tuple[str, bool], ...]

    @property
    def customer_name(self) -> str | None:
        return self.message.customer_name


def get_trouble(message_id: int, *, shop_id: int) -> Trouble:
    """NotFound for another shop's; also for one that is settled, so that its page says how."""
    message = get_message(message_id, shop_id=shop_id)
    event_key = db.session.scalar(select(OutgoingMessage.event_key).where(OutgoingMessage.id == message_id))
    rows = db.session.execute(
        select(
            OutgoingMessage.channel,
            OutgoingMessage.recipient,
            OutgoingMessage.state,
            OutgoingMessage.error_code,
        )
        .where(
            OutgoingMessage.event_key == event_key,
            OutgoingMessage.id != message_id,
            OutgoingMessage.state.in_(REACHED_NOBODY),
        )
        .order_by(OutgoingMessage.id)
    )
    return Trouble(
        message=message,
        tried=tuple(
            Tried(channel=row.channel, recipient=row.recipient, state=row.state, error_code=row.error_code)
            for row in rows
        ),
        calls=tuple(list_calls(message_id)),
        numbers=_list_numbers(message_id),
    )


def _list_numbers(message_id: int) -> tuple[tuple[str, bool], ...]:
    rows = db.session.execute(
        select(ContactPoint.value, ContactPoint.sim_in_device_id)
        .join(Visit, Visit.customer_id == ContactPoint.customer_id)
        .join(Ticket, Ticket.visit_id == Visit.id)
        .join(OutgoingMessage, OutgoingMessage.ticket_id == Ticket.id)
        .where(
            OutgoingMessage.id == message_id,
            ContactPoint.kind == ContactKind.PHONE,
            ContactPoint.removed_at.is_(None),
        )
        .order_by(ContactPoint.position, ContactPoint.id)
    )
    found = [(row.value, row.sim_in_device_id is not None) for row in rows]
    return tuple(sorted(found, key=lambda pair: pair[1]))
