"""Signs of life of worker processes, and the days on which daily jobs have run."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.exc import IntegrityError

from repairshop import clock
from repairshop.database import db
from repairshop.notifications.models import JobDay, OutgoingMessage, WorkerBeat
from repairshop.notifications.rules import State
from repairshop.staff.models import Shop
from repairshop.transaction import transaction

# A worker that was quiet for this long is taken for dead.
QUIET_AFTER = timedelta(seconds=30)
_KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Runs that did not happen as they should, since the process started."""

    missed: int = 0
    failed: int = 0
    overlapped: int = 0


def beat(worker_id: str, *, host: str, process: int, counts: Counts, stopped: bool = False) -> None:
    with transaction():
        at = clock.now()
        row = db.session.get(WorkerBeat, worker_id)
        if row is None:
            row = WorkerBeat(id=worker_id, host=host[:120], process=process, started_at=at, beat_at=at)
            db.session.add(row)
            db.session.execute(delete(WorkerBeat).where(WorkerBeat.beat_at < at - _KEPT_FOR))
        row.beat_at, row.missed, row.failed = at, counts.missed, counts.failed
        row.overlapped = counts.overlapped
        row.stopped_at = at if stopped else None


def take_day(job: str, day: date) -> bool:
    """Whether this process may run the job for this local day: the first to insert the row may."""
    try:
        with transaction():
            if db.session.get(JobDay, (job, day.isoformat())) is not None:
                return False
            db.session.add(JobDay(job=job, day=day.isoformat(), at=clock.now()))
    except IntegrityError:
        return False
    return True


def list_shops_past(local: time) -> list[tuple[int, date]]:
    """The shops whose clock has passed this time of their day, with the day it is there."""
    at = clock.now()
    due = []
    for shop_id, zone in db.session.execute(select(Shop.id, Shop.time_zone)).all():
        there = at.astimezone(ZoneInfo(zone))
        if there.time() >= local:
            due.append((shop_id, there.date()))
    db.session.rollback()
    return due


@dataclass(frozen=True, kw_only=True)
class DeliveryHealth:
    """What the health page and doctor say about delivery."""

    workers_alive: int
    last_beat: datetime | None
    overdue: int  # due for more than two minutes and still not claimed
    being_checked: int
    needing_somebody: int
    counts: Counts


def delivery_health() -> DeliveryHealth:
    at = clock.now()
    beats = db.session.scalars(select(WorkerBeat).order_by(WorkerBeat.beat_at.desc()).limit(50)).all()
    alive = [row for row in beats if row.stopped_at is None and row.beat_at > at - QUIET_AFTER]
    return DeliveryHealth(
        workers_alive=len(alive),
        last_beat=beats[0].beat_at if beats else None,
        overdue=_count(
            OutgoingMessage.state == State.QUEUED, OutgoingMessage.due_at < at - timedelta(minutes=2)
        ),
        being_checked=_count(OutgoingMessage.state == State.UNKNOWN),
        needing_somebody=_count(OutgoingMessage.state == State.NEEDS_HUMAN),
        counts=Counts(
            missed=sum(row.missed for row in alive),
            failed=sum(row.failed for row in alive),
            overlapped=sum(row.overlapped for row in alive),
        ),
    )


def _count(*where: ColumnElement[bool]) -> int:
    return db.session.scalars(select(func.count()).select_from(OutgoingMessage).where(*where)).one()
