"""What the provider reports about messages, and what customers text back. Called by the signed callbacks."""

from dataclasses import dataclass

import structlog
from sqlalchemy import select

from repairshop import clock
from repairshop.customers.models import ContactPoint, Customer
from repairshop.customers.rules import TouchpointKind
from repairshop.customers.service import record_touchpoint
from repairshop.database import db
from repairshop.notifications.consent import opt_in, opt_out
from repairshop.notifications.fallback import queue_fallback
from repairshop.notifications.models import DeliveryAttempt, InboundMessage, OutgoingMessage
from repairshop.notifications.rules import (
    TRANSITIONS,
    Channel,
    InboundKind,
    State,
    is_news,
    kind_of_inbound,
    state_reported,
)
from repairshop.staff.models import Shop
from repairshop.tickets.models import Ticket, Visit
from repairshop.tickets.stages import OPEN_STAGES

log = structlog.get_logger("repairshop.delivery")
_OPTED_OUT_CODE = "21610"


@dataclass(frozen=True, kw_only=True)
class Report:
    """One status callback; `attempt` is ours, read from the signed address."""

    attempt: str
    provider_id: str
    status: str
    error_code: str = ""


def record_report(report: Report) -> None:
    """Believe each report once: late, doubled and unordered ones change nothing."""
    attempt = db.session.get(DeliveryAttempt, report.attempt, populate_existing=True, with_for_update=True)
    target = state_reported(report.status)
    if attempt is None or target is None:
        log.warning("report about nothing we know", status=report.status)
        return
    message = db.session.get_one(
        OutgoingMessage, attempt.message_id, populate_existing=True, with_for_update=True
    )
    if attempt.provider_id not in {None, report.provider_id}:
        message.doubled = True
        return
    if not is_news(report.status, known=attempt.provider_status if attempt.provider_id else ""):
        return
    attempt.provider, attempt.provider_id = "twilio", report.provider_id
    attempt.provider_status, attempt.error_code = report.status, report.error_code
    if _is_second_copy(message, attempt):
        message.doubled = True
        log.error("a second copy was accepted", message=message.id)
        return
    _apply(message, report, target)


def _is_second_copy(message: OutgoingMessage, attempt: DeliveryAttempt) -> bool:
    """An earlier attempt turns out accepted after a later one was, or may have been."""
    if message.attempt == attempt.id:
        return False
    return message.provider_id not in {None, attempt.provider_id} or message.state is State.SENDING


def _apply(message: OutgoingMessage, report: Report, target: State) -> None:
    if message.state is not target and target not in TRANSITIONS[message.state]:
        return
    is_first_word = message.provider_id is None
    message.provider, message.provider_id = "twilio", report.provider_id
    message.provider_status, message.error_code = report.status, report.error_code
    at = clock.now()
    message.accepted_at = message.accepted_at or at
    message.state, message.due_at = target, None
    if is_first_word:
        record_touchpoint(
            message.shop_id,
            TouchpointKind.NOTICE,
            customer_id=message.customer_id,
            ticket_id=message.ticket_id,
            channel=message.channel.value,
        )
    if target is not State.SENT:
        message.finished_at = at
    if target in {State.UNDELIVERED, State.FAILED}:
        if report.error_code == _OPTED_OUT_CODE:
            opt_out(message.channel, message.recipient, source="provider")
        queue_fallback(message)


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """One text from a handset."""

    provider_id: str
    sender: str
    body: str


def record_inbound(inbound: Inbound) -> None:
    """Keep a customer's text with their newest open ticket; STOP and START change what they get."""
    exists = select(InboundMessage.id).where(InboundMessage.provider_id == inbound.provider_id)
    if db.session.scalars(exists).first() is not None:
        return
    kind = kind_of_inbound(inbound.body)
    if kind is InboundKind.STOP:
        opt_out(Channel.SMS, inbound.sender, source="stop")
    elif kind is InboundKind.START:
        opt_in(Channel.SMS, inbound.sender, source="start")
    ticket, customer_id = _find_thread(inbound.sender)
    shop_id = ticket.shop_id if ticket else _find_shop_id(inbound.sender)
    db.session.add(
        InboundMessage(
            provider_id=inbound.provider_id,
            shop_id=shop_id,
            ticket_id=ticket.id if ticket else None,
            customer_id=customer_id,
            sender=inbound.sender,
            body=inbound.body,
            kind=kind,
            received_at=clock.now(),
            # A command is done by being kept; only words to people wait for a person.
            handled_at=None if kind is InboundKind.REPLY else clock.now(),
        )
    )
    if shop_id is not None:
        record_touchpoint(
            shop_id,
            TouchpointKind.REPLY,
            customer_id=customer_id,
            ticket_id=ticket.id if ticket else None,
            channel=Channel.SMS.value,
        )


def _find_thread(number: str) -> tuple[Ticket | None, int | None]:
    """The newest open ticket of anybody with this number; families share one."""
    of_number = (
        select(Ticket, Visit.customer_id)
        .join(Visit, Visit.id == Ticket.visit_id)
        .join(Customer, Customer.id == Visit.customer_id)
        .join(ContactPoint, ContactPoint.customer_id == Customer.id)
        .where(ContactPoint.value == number)
        .order_by(Ticket.id.desc())
        .limit(1)
    )
    row = (
        db.session.execute(of_number.where(Ticket.stage.in_(OPEN_STAGES))).first()
        or db.session.execute(of_number).first()
    )
    return (row[0], row[1]) if row else (None, None)


def _find_shop_id(number: str) -> int | None:
    """Who last wrote to this number, or the only shop there is."""
    last = db.session.scalars(
        select(OutgoingMessage.shop_id)
        .where(OutgoingMessage.recipient == number)
        .order_by(OutgoingMessage.id.desc())
        .limit(1)
    ).first()
    if last is not None:
        return last
    shops = db.session.scalars(select(Shop.id).limit(2)).all()
    return shops[0] if len(shops) == 1 else None
