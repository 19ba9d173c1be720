"""A message becomes one attempt's own, by one committed UPDATE, before any call."""

import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import aliased

from repairshop import fault_points
from repairshop.database import db
from repairshop.notifications.consent import is_opted_out
from repairshop.notifications.fallback import queue_fallback
from repairshop.notifications.models import DeliveryAttempt, OutgoingMessage
from repairshop.notifications.moments import database_now
from repairshop.notifications.rules import IN_THE_WAY_STATES, Channel, Purpose, State
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
    created_at: datetime
    send_after: datetime
    link_id: int | None
    link_version: int
    shop_name: str
    shop_email: str
    time_zone: str
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


def claim_next(channel: Channel, *, lease: timedelta) -> Claim | None:
    """Make the next due message ours: one conditional UPDATE, committed before any call."""
    started = time.monotonic()
    while True:
        with transaction():
            message = _take(channel)
            if message is None:
                return None
            if message.purpose is Purpose.CODE or not is_opted_out(message):
                claim = _claim(message, hand_over_until=started + lease.total_seconds() / 2)
                fault_points.reach("claim.written")
                return claim
            _suppress(message)


def _take(channel: Channel) -> OutgoingMessage | None:
    at = database_now()
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


def _claim(message: OutgoingMessage, *, hand_over_until: float) -> Claim:
    shop = db.session.get_one(Shop, message.shop_id)
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
        created_at=message.created_at,
        send_after=message.send_after,
        link_id=message.link_id,
        link_version=link.version if link else 0,
        shop_name=shop.name,
        shop_email=shop.email,
        time_zone=shop.time_zone,
        is_demo=shop.is_demo,
        hand_over_until=hand_over_until,
    )


def _suppress(message: OutgoingMessage) -> None:
    """The person said STOP after this was queued."""
    message.state, message.attempt, message.finished_at = State.SUPPRESSED, None, message.claimed_at
    message.error_code = "opted_out"
    queue_fallback(message)
