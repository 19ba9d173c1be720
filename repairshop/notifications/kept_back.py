"""What was queued and may not go any more, or not now: STOP, the night, the shop's limits."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row

from repairshop.database import db
from repairshop.notifications.channels.listed import carrier_of
from repairshop.notifications.fallback import alert_staff, queue_fallback
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.planning import QuietTimes, quiet_times
from repairshop.notifications.rules import Channel, Notice, Purpose, State
from repairshop.notifications.spending import Going, count_in, read_policy


def those_that_may_go(
    rows: Sequence[Row[Any]], channel: Channel, *, at: datetime
) -> list[tuple[Row[Any], bool]]:
    """A claim's rows without those kept back, which are written so; each with whether the limits count it."""
    carrier = carrier_of(channel)
    going, counted = [], []
    for row in rows:
        if row.purpose is not Purpose.CODE and row.opted_out:
            _suppress(row.id, at=at)
        elif not _is_limited(row):
            going.append(row)
        elif (until := _night_end(row, at=at)) is not None and carrier.wakes:
            _hold(row.id, due_at=until)
        else:
            going.append(row)
            if carrier.measure is not None:
                counted.append(row)
    over = count_in(channel, [_going(row) for row in counted], at=at) if counted else {}
    for message_id, limit in over.items():
        alert_staff(_hold(message_id, due_at=None, code=limit.value), at=at)
    ids = {row.id for row in counted}
    return [(row, row.id in ids) for row in going if row.id not in over]


def _is_limited(row: Row[Any]) -> bool:
    """Not word to the shop itself, nor what somebody let go; but what its people send to try their words."""
    return not row.over_limits and row.notice is not Notice.STAFF_ALERT


def _going(row: Row[Any]) -> Going:
    return Going(
        message_id=row.id,
        shop_id=row.shop_id,
        time_zone=row.time_zone,
        recipient=row.recipient,
        claimed_at=row.claimed_at,
        limits=read_policy(row).limits,
    )


def _night_end(row: Row[Any], *, at: datetime) -> datetime | None:
    """When the night is over that this one must not be sent in; None when it may go now."""
    quiet = quiet_of(row)
    # An answer in the night goes to somebody who is awake: it was meant for that hour.
    if row.purpose is Purpose.CODE or not quiet.contains(at) or quiet.contains(row.send_after):
        return None
    return quiet.next_end(at)


def quiet_of(row: Row[Any]) -> QuietTimes:
    own = (row.own_from, row.own_to) if row.own_from and row.own_to else None
    return _quiet_of(read_policy(row).quiet, own, row.time_zone)


@lru_cache(maxsize=256)
def _quiet_of(shop: tuple[str, str], own: tuple[str, str] | None, zone: str) -> QuietTimes:
    return quiet_times([shop] if own is None else [shop, own], zone=zone)


def _hold(message_id: int, *, due_at: datetime | None, code: str = "") -> OutgoingMessage:
    """Back before the claim; `due_at` None: until somebody lets it go."""
    message = db.session.get_one(OutgoingMessage, message_id, populate_existing=True)
    message.state, message.attempt, message.due_at, message.error_code = State.HELD, None, due_at, code
    return message


def _suppress(message_id: int, *, at: datetime) -> None:
    """The person said STOP after this was queued."""
    message = db.session.get_one(OutgoingMessage, message_id, populate_existing=True)
    message.state, message.attempt, message.finished_at = State.SUPPRESSED, None, at
    message.error_code = "opted_out"
    queue_fallback(message)
