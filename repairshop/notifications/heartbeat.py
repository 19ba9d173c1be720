"""Signs of life of worker processes, and the days on which daily jobs have run."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from repairshop import clock
from repairshop.database import db
from repairshop.notifications.health import Counts
from repairshop.notifications.models import JobDay, WorkerBeat
from repairshop.notifications.moments import moment
from repairshop.staff.models import Shop
from repairshop.transaction import transaction

_KEPT_FOR = timedelta(days=7)


def beat(worker_id: str, *, host: str, process: int, counts: Counts, stopped: bool = False) -> None:
    with transaction():
        at = moment()  # the database's: a worker whose own clock is wrong is alive all the same
        values = {
            "beat_at": at,
            "missed": counts.missed,
            "failed": counts.failed,
            "overlapped": counts.overlapped,
            "stopped_at": at if stopped else None,
        }
        known = update(WorkerBeat).where(WorkerBeat.id == worker_id).values(values)
        if db.session.execute(known.execution_options(synchronize_session=False)).rowcount:  # type: ignore[attr-defined]
            return
        db.session.execute(
            insert(WorkerBeat).values(id=worker_id, host=host[:120], process=process, started_at=at, **values)
        )
        db.session.execute(delete(WorkerBeat).where(WorkerBeat.beat_at < moment(ago=_KEPT_FOR)))


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
