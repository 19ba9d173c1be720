"""What the worker does at its ticks. Any number of processes may: the work is claimed in the database."""

import threading
import time
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from sqlalchemy import select, update

from config import Config
from repairshop.database import db
from repairshop.notifications import claims, delivery, marks, over_age, second_looks, settling
from repairshop.notifications.batching import next_size
from repairshop.notifications.channels.listed import CARRIERS, sending_carriers
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.moments import database_now
from repairshop.notifications.providers import Providers
from repairshop.notifications.retrying import TROUBLE_OF_ONE_MESSAGE
from repairshop.notifications.rules import Channel, State
from repairshop.notifications.service import wake_held
from repairshop.transaction import transaction

# Set while the worker stops: the message in hand is finished and no other is claimed.
STOPPING = threading.Event()


@dataclass(frozen=True, kw_only=True)
class Look:
    """What `Job.waits_for` names that is due now, and in how many seconds to look again."""

    due: frozenset[str]
    seconds: float


def look() -> Look:
    """Which channels have something to send, by one statement, and when the next message is due."""
    backstop = 2.0 if db.engine.dialect.name == "postgresql" else 0.5
    channels = tuple(carrier.channel for carrier, _ in sending_carriers())
    due, until_next = claims.look_for_due(channels)
    # What is due now is looked for again soon: its sender's pace may keep it waiting.
    wait = 0.5 if due else backstop
    return Look(due=due, seconds=min(wait, max(until_next, 0.01)))


def warm_up() -> None:
    """Open what sends, before the first message is due."""
    providers = Providers(_config())
    for carrier, provider in sending_carriers():
        if provider.is_set_up(_config()):
            providers.gateway(carrier.channel, is_demo=False)
    providers.close()


def deliver(channel: Channel) -> int:
    """Send what is due on this channel, over kept connections; how many were handed over."""
    grace = grace_of(_config())
    providers = Providers(_config())
    sender, per_second = providers.pace(channel)
    sent, size = 0, 1
    try:
        while not STOPPING.is_set():
            batch = claims.claim_batch(channel, most=size, lease=grace, sender=sender, per_second=per_second)
            if not batch:
                break
            marks.note_calls()
            began = time.monotonic()
            # Told to stop while it claimed, it gives all back: another worker need not wait for the lease.
            made = delivery.deliver_batch(batch, providers, grace=grace, stopping=STOPPING.is_set)
            size = next_size(size, handed_over=made, seconds=time.monotonic() - began)
            sent += made
    finally:
        providers.close()
    return sent


def settle_lost() -> int:
    """Find out what became of messages whose answer was lost."""
    grace = grace_of(_config())
    if not settling.is_anything_open(grace=grace):
        return 0
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
            OutgoingMessage.error_code.not_in(TROUBLE_OF_ONE_MESSAGE),
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
