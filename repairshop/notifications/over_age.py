"""Every minute: what is under way for longer than anything should be. No row is left that nobody looks at.

The other jobs pick rows by their state and by when they are due. A row that has lost its due time, that makes
a job fail each time, or that waits because of a mistake of ours would stand still without a word.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, Select, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from repairshop.database import db
from repairshop.notifications.channels.listed import sending_carriers
from repairshop.notifications.fallback import OVERDUE, alert_staff
from repairshop.notifications.health import QUIET_AFTER
from repairshop.notifications.models import OutgoingMessage, WorkerBeat
from repairshop.notifications.moments import database_now
from repairshop.notifications.retrying import TRY_FOR
from repairshop.notifications.rules import IN_THE_WAY_STATES, Channel, State
from repairshop.transaction import transaction

log = structlog.get_logger("repairshop.delivery")
_AT_ONCE = 200
# What back-off and the provider's list may take is over by then.
_OLDEST = TRY_FOR + timedelta(hours=1)


def sweep_over_age(*, grace: timedelta) -> int:
    """Set going what lost its due time, ask a person about what is too old, tell the shop; how many rows.

    `grace` is the lease of a claim. Any number of processes may do this.
    """
    with transaction():
        at = database_now()
        found = _set_going(at, grace=grace)
        if not _has_worker_since(at - OVERDUE, at=at):
            return found  # after a night without one everything is late, and on its way
        return found + _ask_about_the_oldest(at) + _tell_of_overdue(at)


def _set_going(at: datetime, *, grace: timedelta) -> int:
    """Rows that no other job would ever find."""
    found = 0
    for state in (State.QUEUED, State.UNKNOWN):
        found += _update(
            (OutgoingMessage.state == state, OutgoingMessage.due_at.is_(None)), state=state, due_at=at
        )
    is_nobodys = OutgoingMessage.state == State.SENDING, OutgoingMessage.claimed_at.is_(None)
    found += _update(is_nobodys, state=State.UNKNOWN, due_at=at + grace)
    if found:
        log.error("messages without a due time", messages=found)
    return found


def _update(where: tuple[ColumnElement[bool], ...], **values: object) -> int:
    result = db.session.execute(
        update(OutgoingMessage)
        .where(OutgoingMessage.channel.in_(_sent()), *where)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def _ask_about_the_oldest(at: datetime) -> int:
    """Tried for longer than we try, or looked for longer than we look: a person decides."""
    limit = at - _OLDEST
    query = _under_way(
        or_(
            OutgoingMessage.state == State.UNKNOWN,
            (OutgoingMessage.state == State.QUEUED) & (OutgoingMessage.attempts > 0),
        ),
        # By the last try: what was held for a night in between is old without having stood still.
        OutgoingMessage.claimed_at < limit,
        or_(OutgoingMessage.due_at > at, OutgoingMessage.due_at < at - OVERDUE),
    )
    messages = db.session.scalars(query).all()
    for message in messages:
        message.state, message.due_at = State.NEEDS_HUMAN, None
        alert_staff(message, at=at)
    if messages:
        log.error("messages over age", messages=[message.id for message in messages])
    return len(messages)


def _tell_of_overdue(at: datetime) -> int:
    """Due for minutes, with a worker there, and nobody has taken them; the shop is told, they stay due."""
    earlier = aliased(OutgoingMessage)
    waits_for_another = exists().where(
        earlier.visit_id == OutgoingMessage.visit_id,
        earlier.channel == OutgoingMessage.channel,
        earlier.id < OutgoingMessage.id,
        earlier.state.in_(IN_THE_WAY_STATES),
    )
    query = _under_way(
        OutgoingMessage.state.in_({State.QUEUED, State.UNKNOWN}),
        OutgoingMessage.due_at < at - OVERDUE,
        ~waits_for_another,
    )
    messages = db.session.scalars(query).all()
    for one in {(message.shop_id, message.channel): message for message in messages}.values():
        alert_staff(one, at=at)
    if messages:
        log.error("messages overdue", messages=[message.id for message in messages])
    return len(messages)


def _under_way(*where: ColumnElement[bool]) -> Select[OutgoingMessage]:
    return (
        select(OutgoingMessage)
        .where(OutgoingMessage.channel.in_(_sent()), *where)
        .order_by(OutgoingMessage.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def _sent() -> list[Channel]:
    """Calls wait for a person and not for a worker."""
    return [carrier.channel for carrier, _ in sending_carriers()]


def _has_worker_since(moment: datetime, *, at: datetime) -> bool:
    since = select(func.min(WorkerBeat.started_at)).where(
        WorkerBeat.stopped_at.is_(None), WorkerBeat.beat_at > at - QUIET_AFTER
    )
    first = db.session.scalars(since).one()
    return first is not None and first < moment
