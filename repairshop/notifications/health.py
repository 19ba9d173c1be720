"""How delivery is doing: what the doctor, /readyz and `flask notices metrics` say about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from repairshop.database import db
from repairshop.notifications.marks import find_noticed
from repairshop.notifications.models import DeliveryAttempt, OutgoingMessage, WorkerBeat
from repairshop.notifications.moments import database_now
from repairshop.notifications.rules import RESTORED, State

# A worker that was quiet for this long is taken for dead.
QUIET_AFTER = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Runs that did not happen as they should, since the process started."""

    missed: int = 0
    failed: int = 0
    overlapped: int = 0


@dataclass(frozen=True, kw_only=True)
class Restored:
    """The database was found to be an older copy, and messages are held for it still."""

    noticed_at: datetime
    copy_of: datetime | None  # at least so far the copy goes; None: no worker had marked it
    lived_until: datetime  # at least so far went the one before
    held: int


@dataclass(frozen=True, kw_only=True)
class DeliveryHealth:
    """Figures of this moment, texts and mails alike."""

    workers_alive: int
    last_beat: datetime | None
    oldest_due_seconds: int  # how long the oldest message that may go has waited; 0 when none does
    overdue: int  # due for more than two minutes and still not claimed
    waiting: int
    being_checked: int
    needing_somebody: int
    held_for_somebody: int
    restored: Restored | None
    counts: Counts


_OVERDUE = timedelta(minutes=2)


def delivery_health() -> DeliveryHealth:
    at = database_now()
    beats = db.session.scalars(select(WorkerBeat).order_by(WorkerBeat.beat_at.desc()).limit(50)).all()
    running = [row for row in beats if row.stopped_at is None]
    alive = [row for row in running if row.beat_at > at - QUIET_AFTER]
    oldest = db.session.scalars(select(func.min(OutgoingMessage.due_at)).where(*_is_due(at))).one()
    return DeliveryHealth(
        workers_alive=len(alive),
        last_beat=running[0].beat_at if running else None,
        oldest_due_seconds=int((at - oldest).total_seconds()) if oldest else 0,
        overdue=_count(*_is_due(at - _OVERDUE)),
        waiting=_count(OutgoingMessage.state == State.QUEUED),
        being_checked=_count(OutgoingMessage.state == State.UNKNOWN),
        needing_somebody=_count(OutgoingMessage.state == State.NEEDS_HUMAN),
        held_for_somebody=_count(OutgoingMessage.state == State.HELD, OutgoingMessage.due_at.is_(None)),
        restored=find_restored(),
        counts=Counts(
            missed=sum(row.missed for row in alive),
            failed=sum(row.failed for row in alive),
            overlapped=sum(row.overlapped for row in alive),
        ),
    )


def find_restored(shop_id: int | None = None) -> Restored | None:
    """With a shop: its messages alone."""
    where = [OutgoingMessage.state == State.HELD, OutgoingMessage.error_code == RESTORED]
    if shop_id is not None:
        where.append(OutgoingMessage.shop_id == shop_id)
    held = _count(*where)
    found = find_noticed() if held else None
    if found is None or found.noticed_at is None:
        return None
    return Restored(noticed_at=found.noticed_at, copy_of=found.copy_of, lived_until=found.at, held=held)


def restored_sentence(restored: Restored) -> str:
    """For whoever runs the installation."""
    copy_of = f"{restored.copy_of:%Y-%m-%d %H:%M:%S}" if restored.copy_of else "an unknown moment"
    messages = "1 message is held" if restored.held == 1 else f"{restored.held} messages are held"
    return (
        f"the database is a copy of {copy_of}, but was in use until {restored.lived_until:%Y-%m-%d %H:%M:%S}"
        f" (UTC): {messages}, because what is held may have gone"
    )


def _is_due(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return OutgoingMessage.state == State.QUEUED, OutgoingMessage.due_at < at


def count_calls() -> dict[str, int]:
    """Calls of providers by how they ended; "" are under way, or their process died."""
    rows = db.session.execute(
        select(DeliveryAttempt.ending, func.count()).group_by(DeliveryAttempt.ending)
    ).all()
    return {ending: count for ending, count in rows}


def _count(*where: ColumnElement[bool]) -> int:
    return db.session.scalars(select(func.count()).select_from(OutgoingMessage).where(*where)).one()
