"""A text comes in: kept once, put with the right repair, STOP and START minded."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from repairshop import clock
from repairshop.catalogue.rules import DeviceType
from repairshop.customers.models import ContactPoint, Customer
from repairshop.customers.rules import TouchpointKind
from repairshop.customers.service import record_touchpoint
from repairshop.database import db
from repairshop.inbox.models import InboundMessage, InboxAssignment
from repairshop.inbox.rules import (
    Candidate,
    Handled,
    InboundKind,
    ItemKind,
    Owner,
    Thread,
    answers_help,
    can_be_texted,
    find_thread,
    kind_of_inbound,
    waits_for_somebody,
)
from repairshop.notifications.composition import words_for
from repairshop.notifications.consent import find_consent, opt_in, opt_out
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.planning import Planned
from repairshop.notifications.rules import Channel, Notice, Purpose
from repairshop.notifications.spending import get_limits, may_text
from repairshop.notifications.texts import TextFacts
from repairshop.notifications.writing import About, write_message
from repairshop.staff.models import Shop
from repairshop.tickets.models import Ticket, Visit
from repairshop.tickets.service import mark_changed
from repairshop.tickets.stages import OPEN_STAGES

log = structlog.get_logger("repairshop.inbox")
# What the tables hold; the provider cuts texts off at 1,600 signs itself.
_LONGEST_SID, _LONGEST_SENDER, _LONGEST_BODY = 64, 40, 4000
_MOST_PICTURES = 10


@dataclass(frozen=True, kw_only=True)
class ArrivedText:
    """One text from a handset, as the provider's form says it."""

    provider_id: str
    sender: str
    body: str
    pictures: int = 0
    provider_answered: bool = False  # the provider has answered STOP, START or HELP itself


def receive_text(arrived: ArrivedText) -> None:
    """Keep it once, however often it is brought, with the newest open repair of its number.

    Two texts at once, or the same one twice, never fail each other: Twilio does not bring a text again.
    """
    sender = _clean(arrived.sender)[:_LONGEST_SENDER]
    body = _clean(arrived.body)[:_LONGEST_BODY]
    thread = _find_thread(sender)
    ticket = _lock_ticket(thread.ticket_id)
    stopped = find_consent(Channel.SMS, sender, Purpose.SERVICE)
    kind = kind_of_inbound(body, has_stopped=stopped is not None and stopped.opted_out)
    at = clock.now()
    text_id = _insert(arrived, thread, sender=sender, body=body, kind=kind, at=at)
    if text_id is None:
        return
    if kind is InboundKind.STOP:
        opt_out(Channel.SMS, sender, source="stop")
    elif kind is InboundKind.START:
        opt_in(Channel.SMS, sender, source="start")
    elif kind is InboundKind.HELP and not arrived.provider_answered:
        _answer_help(sender, body, thread, at=at)
    if ticket is not None:
        mark_changed(ticket)
    if thread.shop_id is not None:
        _take_like_the_others(text_id, thread, sender)
        record_touchpoint(
            thread.shop_id,
            TouchpointKind.REPLY,
            customer_id=thread.customer_id,
            ticket_id=thread.ticket_id,
            channel=Channel.SMS.value,
        )


def _clean(text: str) -> str:
    """Without signs that no database keeps (NUL) and half pairs that no encoding has."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(
        sign for sign in composed if sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Cs"}
    ).strip()


def _insert(
    arrived: ArrivedText, thread: Thread, *, sender: str, body: str, kind: InboundKind, at: datetime
) -> int | None:
    """The new row's number; None when the text was kept before."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    waits = waits_for_somebody(kind, body)
    return db.session.scalar(
        insert(InboundMessage)
        .values(
            provider_id=_clean(arrived.provider_id)[:_LONGEST_SID],
            shop_id=thread.shop_id,
            ticket_id=thread.ticket_id,
            customer_id=thread.customer_id,
            sender=sender,
            body=body,
            kind=kind,
            received_at=at,
            pictures=max(0, min(arrived.pictures, _MOST_PICTURES)),
            handled_at=None if waits else at,
            handled_how=None if waits else Handled.WORD,
        )
        .on_conflict_do_nothing()
        .returning(InboundMessage.id)
    )


def _lock_ticket(ticket_id: int | None) -> Ticket | None:
    if ticket_id is None:
        return None
    return db.session.get_one(Ticket, ticket_id, with_for_update=True, populate_existing=True)


def _find_thread(number: str) -> Thread:
    owners = [
        Owner(customer_id=row.id, shop_id=row.shop_id)
        for row in db.session.execute(
            select(Customer.id, Customer.shop_id)
            .join(ContactPoint, ContactPoint.customer_id == Customer.id)
            .where(
                ContactPoint.value == number,
                ContactPoint.removed_at.is_(None),
                Customer.merged_into_id.is_(None),
                Customer.erased_at.is_(None),
            )
            .distinct()
        )
    ]
    tickets = db.session.execute(
        select(Ticket.id, Ticket.shop_id, Visit.customer_id, Ticket.stage)
        .join(Visit, Visit.id == Ticket.visit_id)
        .where(Visit.customer_id.in_([owner.customer_id for owner in owners]))
    )
    return find_thread(
        owners,
        [
            Candidate(
                ticket_id=row.id,
                shop_id=row.shop_id,
                customer_id=row.customer_id,
                is_open=row.stage in OPEN_STAGES,
            )
            for row in tickets
        ],
        last_writer=_find_last_writer(number),
        only_shop=_find_only_shop(),
    )


def _find_last_writer(number: str) -> int | None:
    return db.session.scalars(
        select(OutgoingMessage.shop_id)
        .where(OutgoingMessage.recipient == number)
        .order_by(OutgoingMessage.id.desc())
        .limit(1)
    ).first()


def _find_only_shop() -> int | None:
    shops = db.session.scalars(select(Shop.id).limit(2)).all()
    return shops[0] if len(shops) == 1 else None


def _take_like_the_others(text_id: int, thread: Thread, sender: str) -> None:
    """Whoever has taken the texts of this number that wait also has the new one."""
    taken = db.session.scalars(
        select(InboxAssignment.staff_id)
        .join(InboundMessage, InboundMessage.id == InboxAssignment.source_id)
        .where(
            InboxAssignment.kind == ItemKind.TEXT,
            InboundMessage.shop_id == thread.shop_id,
            InboundMessage.sender == sender,
            InboundMessage.ticket_id == thread.ticket_id
            if thread.ticket_id is not None
            else InboundMessage.ticket_id.is_(None),
            InboundMessage.handled_at.is_(None),
        )
        .order_by(InboxAssignment.id.desc())
        .limit(1)
    ).first()
    if taken is not None and thread.shop_id is not None:
        db.session.add(
            InboxAssignment(
                shop_id=thread.shop_id,
                kind=ItemKind.TEXT,
                source_id=text_id,
                staff_id=taken,
                at=clock.now(),
            )
        )


def _answer_help(sender: str, body: str, thread: Thread, *, at: datetime) -> None:
    """Who we are, and how to end it. Rarely, so that two machines do not talk to each other."""
    if thread.shop_id is None or not can_be_texted(sender):
        return
    sent = select(OutgoingMessage).where(
        OutgoingMessage.notice == Notice.HELP,
        OutgoingMessage.shop_id == thread.shop_id,
        OutgoingMessage.created_at > at - timedelta(days=1),
    )
    last = db.session.scalar(
        select(func.max(OutgoingMessage.created_at)).where(
            OutgoingMessage.notice == Notice.HELP, OutgoingMessage.recipient == sender
        )
    )
    today = db.session.scalar(select(func.count()).select_from(sent.subquery())) or 0
    if not answers_help(body, last=last, today=today, at=at):
        log.info("HELP is not answered", shop=thread.shop_id, today=today)
        return
    shop = db.session.get_one(Shop, thread.shop_id)
    # A stranger's HELP is what anybody can set off, from a number that costs the shop a lot.
    asked = Notice.LINK if thread.customer_id is None else Notice.HELP
    if not may_text(sender, get_limits(shop.id).countries_for(asked, own=shop.country)):
        return
    facts = TextFacts(shop=shop.name, tickets=(), device_type=DeviceType.OTHER, phone=shop.phone)
    language = _language_of(thread, shop)
    write_message(
        Notice.HELP,
        Planned(channel=Channel.SMS, address=sender, language=language, send_after=at),
        words_for(Notice.HELP, Channel.SMS, facts, language),
        About(shop_id=shop.id, customer_id=thread.customer_id),
        event_key=f"help:{sender}:{at:%Y-%m-%dT%H:%M:%S}",
        facts=facts,
        covers=[],
        at=at,
    )


def _language_of(thread: Thread, shop: Shop) -> str:
    customer = db.session.get(Customer, thread.customer_id) if thread.customer_id is not None else None
    if customer is not None:
        return customer.language
    return str(shop.languages[0]) if shop.languages else "en"
