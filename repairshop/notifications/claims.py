"""A message becomes one attempt's own, by one committed UPDATE, before any call."""

import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import aliased

from repairshop import fault_points
from repairshop.customers.models import Customer
from repairshop.database import db
from repairshop.notifications.channels.listed import carrier_of
from repairshop.notifications.consent import is_opted_out
from repairshop.notifications.fallback import alert_staff, queue_fallback
from repairshop.notifications.models import DeliveryAttempt, OutgoingMessage
from repairshop.notifications.moments import database_now
from repairshop.notifications.planning import QuietTimes
from repairshop.notifications.quiet import quiet_for
from repairshop.notifications.rules import IN_THE_WAY_STATES, Channel, Purpose, State
from repairshop.notifications.spending import count_in, take_turn
from repairshop.staff.models import Shop
from repairshop.tickets.models import PortalLink
from repairshop.transaction import transaction


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One message that is ours to send, with everything the call needs."""

    message_id: int
    attempt: str
    attempts: int
    channel: Channel
    purpose: Purpose
    recipient: str
    subject: str
    text: str
    html: str
    uid: str
    first_uid: str  # of the visit's first message to this address by this channel; empty for that one
    created_at: datetime
    send_after: datetime
    link_id: int | None
    link_version: int
    shop_name: str
    shop_email: str
    quiet: QuietTimes
    is_demo: bool
    hand_over_until: float  # monotonic seconds; later than this the claim may be somebody else's


def is_anything_due(channel: Channel) -> bool:
    """A cheap look that takes no lock; on SQLite a claim stops every other writer for a moment."""
    due = _claimable(channel, database_now())
    found = db.session.scalars(select(OutgoingMessage.id).where(*due).limit(1)).first()
    db.session.rollback()
    return found is not None


def _claimable(channel: Channel, at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Due, and nothing earlier for the same visit and channel still on its way."""
    earlier = aliased(OutgoingMessage)
    return (
        OutgoingMessage.state == State.QUEUED,
        OutgoingMessage.channel == channel,
        OutgoingMessage.due_at <= at,
        ~exists().where(
            earlier.visit_id == OutgoingMessage.visit_id,
            earlier.channel == OutgoingMessage.channel,
            earlier.id < OutgoingMessage.id,
            earlier.state.in_(IN_THE_WAY_STATES),
        ),
    )


def claim_next(channel: Channel, *, lease: timedelta, sender: str = "", per_second: int = 0) -> Claim | None:
    """Make the next due message ours: one conditional UPDATE, committed before any call.

    None when nothing is due, and when this sender has sent as many as it may a second.
    """
    started = time.monotonic()
    while True:
        with transaction():
            at = database_now()
            if not take_turn(sender, per_second=per_second, at=at):
                return None
            message = _take(channel, at)
            if message is None:
                return None
            shop = db.session.get_one(Shop, message.shop_id)
            if not _is_kept_back(message, shop, at=at):
                claim = _claim(message, shop, hand_over_until=started + lease.total_seconds() / 2)
                fault_points.reach("claim.written")
                return claim


def _is_kept_back(message: OutgoingMessage, shop: Shop, *, at: datetime) -> bool:
    """What was queued may not go any more, or not now: STOP, the night, the shop's limits."""
    carrier = carrier_of(message.channel)
    if message.purpose is not Purpose.CODE and is_opted_out(message):
        _suppress(message)
        return True
    if message.ticket_id is None or message.over_limits:  # to the shop itself; or somebody let it go
        return False
    if carrier.wakes and message.purpose is not Purpose.CODE:
        quiet = _quiet(message, shop)
        # An answer in the night goes to somebody who is awake: it was meant for that hour.
        if quiet.contains(at) and not quiet.contains(message.send_after):
            _hold(message, due_at=quiet.next_end(at))
            return True
    if carrier.measure is None:
        return False
    over = count_in(message, shop, at=at)
    if over is not None:
        _hold(message, due_at=None, code=over.value)
        alert_staff(message, at=at)
    return over is not None


def _quiet(message: OutgoingMessage, shop: Shop) -> QuietTimes:
    customer = db.session.get(Customer, message.customer_id) if message.customer_id is not None else None
    return quiet_for(shop, customer)


def _hold(message: OutgoingMessage, *, due_at: datetime | None, code: str = "") -> None:
    """Back before the claim; `due_at` None: until somebody lets it go."""
    message.state, message.attempt, message.due_at = State.HELD, None, due_at
    message.attempts, message.error_code = message.attempts - 1, code


def _take(channel: Channel, at: datetime) -> OutgoingMessage | None:
    chosen = (
        select(OutgoingMessage.id)
        .where(*_claimable(channel, at))
        .order_by(OutgoingMessage.due_at, OutgoingMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    statement = (
        update(OutgoingMessage)
        .where(OutgoingMessage.id == chosen, OutgoingMessage.state == State.QUEUED)
        .values(
            state=State.SENDING,
            attempt=uuid.uuid4().hex,
            attempts=OutgoingMessage.attempts + 1,
            claimed_at=at,
        )
        .returning(OutgoingMessage)
        .execution_options(populate_existing=True, synchronize_session=False)
    )
    return db.session.scalars(statement).one_or_none()


def _claim(message: OutgoingMessage, shop: Shop, *, hand_over_until: float) -> Claim:
    link = db.session.get(PortalLink, message.link_id) if message.link_id is not None else None
    attempt = message.attempt or ""
    db.session.add(DeliveryAttempt(id=attempt, message_id=message.id, started_at=message.claimed_at))
    return Claim(
        message_id=message.id,
        attempt=attempt,
        attempts=message.attempts,
        channel=message.channel,
        purpose=message.purpose,
        recipient=message.recipient,
        subject=message.subject,
        text=message.text,
        html=message.html,
        uid=message.uid,
        first_uid=_first_uid(message) if carrier_of(message.channel).threads else "",
        created_at=message.created_at,
        send_after=message.send_after,
        link_id=message.link_id,
        link_version=link.version if link else 0,
        shop_name=shop.name,
        shop_email=shop.email,
        quiet=_quiet(message, shop),
        is_demo=shop.is_demo,
        hand_over_until=hand_over_until,
    )


def _first_uid(message: OutgoingMessage) -> str:
    """Whether that one ever went does not matter: what names it is shown together."""
    first = (
        select(OutgoingMessage.uid)
        .where(
            OutgoingMessage.visit_id == message.visit_id,
            OutgoingMessage.channel == message.channel,
            OutgoingMessage.recipient == message.recipient,
            OutgoingMessage.id < message.id,
        )
        .order_by(OutgoingMessage.id)
        .limit(1)
    )
    return (db.session.scalars(first).first() or "") if message.visit_id is not None else ""


def _suppress(message: OutgoingMessage) -> None:
    """The person said STOP after this was queued."""
    message.state, message.attempt, message.finished_at = State.SUPPRESSED, None, message.claimed_at
    message.error_code = "opted_out"
    queue_fallback(message)
