"""What pages show about messages: the preview before a move, a ticket's line, the inbox, the outbox."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Select, bindparam, select

from repairshop import codes
from repairshop.customers.models import Customer
from repairshop.database import db, read
from repairshop.errors import NotFound
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import (
    RESTORED,
    UNSENT_STATES,
    Channel,
    Notice,
    State,
    masked_link,
    text_shown,
)
from repairshop.staff.models import Shop
from repairshop.tickets.models import PortalLink, Ticket


@dataclass(frozen=True, kw_only=True)
class MessageRow:
    """One message as pages show it; the link in its text is masked."""

    id: int
    notice: Notice
    channel: Channel
    recipient: str
    language: str
    subject: str
    text: str
    words: str  # with {link} where the link goes, for editing
    first_text: str
    state: State
    created_at: datetime
    send_after: datetime
    due_at: datetime | None
    accepted_at: datetime | None
    finished_at: datetime | None
    error_code: str
    provider: str
    attempts: int
    doubled: bool
    reference: str | None
    number: str | None
    customer_name: str | None

    @property
    def can_change(self) -> bool:
        """Whether it can still be edited and withdrawn."""
        return self.state in UNSENT_STATES

    @property
    def code_shown(self) -> str:
        return codes.shown(self.reference) if self.reference else ""


# Not the words as HTML and what they were made from: pages show the plain words.
_MESSAGES = (
    select(
        OutgoingMessage.id,
        OutgoingMessage.notice,
        OutgoingMessage.channel,
        OutgoingMessage.recipient,
        OutgoingMessage.language,
        OutgoingMessage.subject,
        OutgoingMessage.text,
        OutgoingMessage.first_text,
        OutgoingMessage.state,
        OutgoingMessage.created_at,
        OutgoingMessage.send_after,
        OutgoingMessage.due_at,
        OutgoingMessage.accepted_at,
        OutgoingMessage.finished_at,
        OutgoingMessage.error_code,
        OutgoingMessage.provider,
        OutgoingMessage.attempts,
        OutgoingMessage.doubled,
        Ticket.code,
        Ticket.number,
        Shop.number_prefix,
        Customer.name,
    )
    .join(Shop, Shop.id == OutgoingMessage.shop_id)
    .outerjoin(Ticket, Ticket.id == OutgoingMessage.ticket_id)
    .outerjoin(Customer, Customer.id == OutgoingMessage.customer_id)
)
_MESSAGES_OF_TICKET = (
    _MESSAGES.where(OutgoingMessage.ticket_id == bindparam("ticket_id"))
    .order_by(OutgoingMessage.id.desc())
    .limit(bindparam("most", type_=Integer))
)


def _shown(text: str, message: Any) -> str:
    """In the outbox of a shop that sends nothing yet a code is there to be typed: nobody else has it."""
    return masked_link(text) if message.provider == "outbox" else text_shown(text, message.notice)


def _rows(query: Select[*tuple[Any, ...]], **values: object) -> list[MessageRow]:
    return [
        MessageRow(
            id=message.id,
            notice=message.notice,
            channel=message.channel,
            recipient=message.recipient,
            language=message.language,
            subject=_shown(message.subject, message),
            text=_shown(message.text, message).strip(),
            words=message.text.strip() if message.notice is not Notice.CODE else "",
            first_text=_shown(message.first_text, message).strip(),
            state=message.state,
            created_at=message.created_at,
            send_after=message.send_after,
            due_at=message.due_at,
            accepted_at=message.accepted_at,
            finished_at=message.finished_at,
            error_code=message.error_code,
            provider=message.provider,
            attempts=message.attempts,
            doubled=message.doubled,
            reference=message.code,
            number=f"{message.number_prefix}{message.number}" if message.number is not None else None,
            customer_name=message.name,
        )
        for message in read(query, **values)
    ]


def list_written_events(event_keys: Collection[str]) -> set[str]:
    """Those of these events that have a message already."""
    query = select(OutgoingMessage.event_key).where(OutgoingMessage.event_key.in_(event_keys)).distinct()
    return set(db.session.scalars(query)) if event_keys else set()


def list_for_ticket(ticket_id: int, *, limit: int = 50) -> list[MessageRow]:
    """The ticket's delivery line: its messages, newest first."""
    return _rows(_MESSAGES_OF_TICKET, ticket_id=ticket_id, most=limit)


def list_messages(
    shop_id: int, *, states: Collection[State] = (), number: int | None = None, limit: int = 50
) -> list[MessageRow]:
    """The shop's newest messages, of these states and this ticket where they are given."""
    query = _MESSAGES.where(OutgoingMessage.shop_id == shop_id)
    if states:
        query = query.where(OutgoingMessage.state.in_(states))
    if number is not None:
        query = query.where(Ticket.number == number)
    return _rows(query.order_by(OutgoingMessage.id.desc()).limit(limit))


def list_latest(shop_id: int, *, limit: int = 100) -> list[MessageRow]:
    """The shop's newest messages that were meant to go."""
    return _rows(
        _MESSAGES.where(
            OutgoingMessage.shop_id == shop_id,
            OutgoingMessage.state.not_in({State.SUPERSEDED, State.NEEDS_HUMAN}),
        )
        .order_by(OutgoingMessage.id.desc())
        .limit(limit)
    )


def list_restored(shop_id: int, *, limit: int = 50) -> list[MessageRow]:
    """What is held because the database was an older copy, newest first."""
    return _rows(
        _MESSAGES.where(
            OutgoingMessage.shop_id == shop_id,
            OutgoingMessage.state == State.HELD,
            OutgoingMessage.error_code == RESTORED,
        )
        .order_by(OutgoingMessage.id.desc())
        .limit(limit)
    )


def list_outbox(shop_id: int, *, limit: int = 60) -> list[MessageRow]:
    """What was delivered to the outbox page, newest first."""
    return _rows(
        _MESSAGES.where(OutgoingMessage.shop_id == shop_id, OutgoingMessage.provider == "outbox")
        .order_by(OutgoingMessage.accepted_at.desc(), OutgoingMessage.id.desc())
        .limit(limit)
    )


def get_message(message_id: int, *, shop_id: int) -> MessageRow:
    """NotFound for another shop's."""
    rows = _rows(_MESSAGES.where(OutgoingMessage.id == message_id, OutgoingMessage.shop_id == shop_id))
    if not rows:
        raise NotFound
    return rows[0]


def find_outbox_link(message_id: int, *, shop_id: int) -> tuple[int, int] | None:
    """The link row's id and version of a message that went to the outbox page, and to nobody else."""
    message = db.session.get(OutgoingMessage, message_id)
    if message is None or message.shop_id != shop_id or message.provider != "outbox":
        raise NotFound
    if message.link_id is None:
        return None
    link = db.session.get_one(PortalLink, message.link_id)
    return link.id, link.version
