"""What pages show about messages: the preview before a move, a ticket's line, the inbox, the outbox."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, select

from repairshop import clock, codes
from repairshop.customers.models import Customer
from repairshop.database import db, read
from repairshop.errors import NotFound
from repairshop.notifications.composition import Reaches, compose, list_reaches
from repairshop.notifications.lengths import Length, length_of
from repairshop.notifications.models import InboundMessage, OutgoingMessage
from repairshop.notifications.rules import (
    UNSENT_STATES,
    Channel,
    InboundKind,
    Notice,
    NotSent,
    NotSentReason,
    State,
    masked_link,
    notice_for_move,
    send_after_move,
)
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor
from repairshop.tickets.models import PortalLink, Ticket
from repairshop.tickets.rules import MoveFacts, undo_until
from repairshop.tickets.stages import Outcome, Verb, outcome_after, require_move


@dataclass(frozen=True, kw_only=True)
class PreviewMessage:
    """One message that a move would send; `held` is until the morning."""

    channel: Channel
    recipient: str
    language: str
    subject: str
    text: str
    send_after: datetime
    held: bool
    length: Length


@dataclass(frozen=True, kw_only=True)
class Preview:
    """Who gets which words when a verb is done, and who does not, with the reason."""

    notice: Notice | None
    messages: tuple[PreviewMessage, ...]
    not_sent: tuple[NotSent, ...]
    window_seconds: int


def preview(
    reference: str, verb: Verb, *, by: Actor, facts: MoveFacts | None = None, outcome: Outcome | None = None
) -> Preview:
    """What the verb would send now; refuses a verb that does not start in the ticket's stage."""
    ticket, shop = _load(reference, by=by)
    return _preview(ticket, shop, verb, by=by, facts=facts, outcome=outcome)


def preview_each(reference: str, verbs: Iterable[Verb], *, by: Actor) -> dict[Verb, Preview]:
    """What each verb would send before its form adds anything; the customer's addresses are read once."""
    ticket, shop = _load(reference, by=by)
    reaches = cache(list_reaches)
    return {verb: _preview(ticket, shop, verb, by=by, reaches=reaches) for verb in verbs}


def _load(reference: str, *, by: Actor) -> tuple[Ticket, Shop]:
    found = db.session.execute(
        select(Ticket, Shop)
        .join(Shop, Shop.id == Ticket.shop_id)
        .where(Ticket.code == reference, Ticket.shop_id == by.shop_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    ticket, shop = found
    return ticket, shop


def _preview(
    ticket: Ticket,
    shop: Shop,
    verb: Verb,
    *,
    by: Actor,
    facts: MoveFacts | None = None,
    outcome: Outcome | None = None,
    reaches: Reaches | None = None,
) -> Preview:
    target = require_move(ticket.stage, verb)
    ends = outcome_after(verb, chosen=outcome, current=ticket.outcome)
    notice = notice_for_move(verb, target=target, outcome=ends)
    window = shop.undo_window_seconds
    if notice is None:
        silent = NotSent(channel=Channel.CALL, address="", reason=NotSentReason.SILENT)
        return Preview(notice=None, messages=(), not_sent=(silent,), window_seconds=window)
    at = clock.now()
    waits_until = undo_until(verb, at=at, by=by, window_seconds=window)
    composition = compose(
        notice,
        ticket,
        facts=facts or MoveFacts(),
        send_after=send_after_move(at=at, undo_until=waits_until, by=by.kind),
        reaches=reaches,
    )
    return Preview(
        notice=notice,
        messages=tuple(
            PreviewMessage(
                channel=message.planned.channel,
                recipient=message.planned.address,
                language=message.rendered.language,
                subject=message.rendered.subject,
                text=masked_link(message.rendered.text),
                send_after=message.planned.send_after,
                held=message.planned.held,
                length=length_of(message.rendered.text),
            )
            for message in composition.messages
        ),
        not_sent=composition.not_sent,
        window_seconds=window,
    )


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


def _rows(query: Select[*tuple[Any, ...]], **values: object) -> list[MessageRow]:
    return [
        MessageRow(
            id=message.id,
            notice=message.notice,
            channel=message.channel,
            recipient=message.recipient,
            language=message.language,
            subject=message.subject,
            text=masked_link(message.text).strip(),
            words=message.text.strip(),
            first_text=masked_link(message.first_text).strip(),
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


def list_needing_somebody(shop_id: int) -> list[MessageRow]:
    """Messages that wait for a person, oldest first: calls to make and texts nobody could place."""
    return _rows(
        _MESSAGES.where(OutgoingMessage.shop_id == shop_id, OutgoingMessage.state == State.NEEDS_HUMAN)
        .order_by(OutgoingMessage.id)
        .limit(200)
    )


def list_held_for_somebody(shop_id: int) -> list[MessageRow]:
    """Held until a person releases them, as after a restore."""
    return _rows(
        _MESSAGES.where(
            OutgoingMessage.shop_id == shop_id,
            OutgoingMessage.state == State.HELD,
            OutgoingMessage.due_at.is_(None),
        )
        .order_by(OutgoingMessage.id)
        .limit(200)
    )


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


@dataclass(frozen=True, kw_only=True)
class ReplyRow:
    """One text from a customer."""

    id: int
    sender: str
    body: str
    kind: InboundKind
    received_at: datetime
    handled_at: datetime | None
    reference: str | None
    number: str | None
    customer_name: str | None


def list_open_replies(shop_id: int) -> list[ReplyRow]:
    """Texts from customers that nobody has dealt with, oldest first."""
    return _replies(InboundMessage.shop_id == shop_id, InboundMessage.handled_at.is_(None))


def _replies(*where: ColumnElement[bool]) -> list[ReplyRow]:
    rows = db.session.execute(
        select(InboundMessage, Ticket.code, Ticket.number, Shop.number_prefix, Customer.name)
        .join(Shop, Shop.id == InboundMessage.shop_id)
        .outerjoin(Ticket, Ticket.id == InboundMessage.ticket_id)
        .outerjoin(Customer, Customer.id == InboundMessage.customer_id)
        .where(*where)
        .order_by(InboundMessage.id)
        .limit(200)
    )
    return [
        ReplyRow(
            id=reply.id,
            sender=reply.sender,
            body=reply.body,
            kind=reply.kind,
            received_at=reply.received_at,
            handled_at=reply.handled_at,
            reference=code,
            number=f"{prefix}{number}" if number is not None else None,
            customer_name=name,
        )
        for reply, code, number, prefix, name in rows
    ]


def count_waiting_for_people(shop_id: int) -> int:
    """How many messages and replies wait for somebody: the counter home's figure."""
    messages = select(func.count()).where(
        OutgoingMessage.shop_id == shop_id, OutgoingMessage.state == State.NEEDS_HUMAN
    )
    replies = select(func.count()).where(
        InboundMessage.shop_id == shop_id, InboundMessage.handled_at.is_(None)
    )
    return db.session.scalars(messages).one() + db.session.scalars(replies).one()
