"""What the worker does at its ticks. Any number of processes may: the work is claimed in the database."""

import threading
from datetime import timedelta

from flask import current_app
from sqlalchemy import select, update

from config import Config
from repairshop.database import db
from repairshop.notifications import claims, delivery, over_age, second_looks, settling
from repairshop.notifications.channels.listed import CARRIERS, sending_carriers
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.moments import database_now
from repairshop.notifications.providers import Providers
from repairshop.notifications.rules import Channel, State
from repairshop.notifications.service import wake_held
from repairshop.transaction import transaction

# Set while the worker stops: the message in hand is finished and no other is claimed.
STOPPING = threading.Event()


def deliver(channel: Channel) -> int:
    """Send what is due on this channel, over kept connections; how many were handed over."""
    grace = grace_of(_config())
    providers = Providers(_config())
    sender, per_second = providers.pace(channel)
    sent = 0
    try:
        while not STOPPING.is_set() and claims.is_anything_due(channel):
            claim = claims.claim_next(channel, lease=grace, sender=sender, per_second=per_second)
            if claim is None:
                break
            if STOPPING.is_set():  # told to stop while it claimed: another worker need not wait for the lease
                delivery.return_claim(claim)
                break
            delivery.deliver(claim, providers, grace=grace)
            sent += 1
    finally:
        providers.close()
    return sent


def settle_lost() -> int:
    """Find out what became of messages whose answer was lost."""
    grace = grace_of(_config())
    providers = Providers(_config())
    try:
        settling.sweep_abandoned(grace=grace)
        second_looks.look_again(providers, grace=grace)
        return settling.settle_lost(providers, grace=grace)
    finally:
        providers.close()


def release_held() -> int:
    """The night is over: what was held for it may go, in words that are still true."""
    with transaction():
        at = database_now()
        return wake_held(at=at)


def raise_calls() -> int:
    """Put the calls that are due on the page of people."""
    with transaction():
        at = database_now()
        by_hand = [carrier.channel for carrier in CARRIERS if carrier.provider is None]
        due = select(OutgoingMessage.id).where(
            OutgoingMessage.channel.in_(by_hand),
            OutgoingMessage.state == State.QUEUED,
            OutgoingMessage.due_at <= at,
        )
        result = db.session.execute(
            update(OutgoingMessage)
            .where(OutgoingMessage.id.in_(due), OutgoingMessage.state == State.QUEUED)
            .values(state=State.NEEDS_HUMAN, due_at=None)
            .execution_options(synchronize_session=False)
        )
        return int(result.rowcount)  # type: ignore[attr-defined]


def sweep_over_age() -> int:
    """Find what stands still, each minute: rows that no other job finds, that are too old, or overdue."""
    return over_age.sweep_over_age(grace=grace_of(_config()))


def probe() -> int:
    """Try the oldest waiting message of each channel each minute: an end of trouble is noticed early."""
    with transaction():
        at = database_now()
        return sum(_hasten_oldest(carrier.channel, at) for carrier, _ in sending_carriers())


def _hasten_oldest(channel: Channel, at: object) -> int:
    oldest = (
        select(OutgoingMessage.id)
        .where(
            OutgoingMessage.state == State.QUEUED,
            OutgoingMessage.channel == channel,
            OutgoingMessage.attempts > 0,
            OutgoingMessage.due_at > at,
        )
        .order_by(OutgoingMessage.claimed_at)
        .limit(1)
        .scalar_subquery()
    )
    result = db.session.execute(
        update(OutgoingMessage)
        .where(OutgoingMessage.id == oldest, OutgoingMessage.state == State.QUEUED)
        .values(due_at=at)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def grace_of(config: Config) -> timedelta:
    return timedelta(seconds=config.notice_grace_seconds)


def _config() -> Config:
    config: Config = current_app.extensions["repairshop_config"]
    return config
