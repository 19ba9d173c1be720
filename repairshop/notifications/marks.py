"""How a worker knows that its database is the one it sent from, and not an older copy of it.

The database keeps marks, the newest of which stands in the keys' database as well, which no backup of this
one holds. A claim asks for the mark that its worker knows: in a copy from before it, nothing is claimed.
"""

import math
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite

from repairshop import clock
from repairshop.database import db, read_alone
from repairshop.notifications.models import DeliveryMark
from repairshop.notifications.moments import database_now

# Where nothing was sent callbacks, STOPs and people's decisions are still lost with the time since the copy.
_MARKED_EVERY_SECONDS = 60.0
# Older ones are removed. A worker that slept through so many waits for its next comparison.
_KEPT = 1000
# Jobs that a copy takes for not done run again within this time, the slowest of them each quarter of an hour.
CATCHES_UP_FOR = timedelta(minutes=20)


@dataclass
class Watch:
    """What this worker process knows; "" until it has compared, and then it claims nothing."""

    known: str = ""
    has_sent: bool = False
    marked_at: float = -math.inf  # monotonic seconds
    noticed_at: datetime | None = None

    def must_mark(self) -> bool:
        return self.has_sent or time.monotonic() - self.marked_at > _MARKED_EVERY_SECONDS


_watch: Watch | None = None


def begin_watching() -> Watch:
    """From now on this process claims nothing in a database without the mark it knows."""
    global _watch
    _watch = Watch()
    return _watch


def end_watching() -> None:
    global _watch
    _watch = None


def the_watch() -> Watch | None:
    """None in a process that is no worker."""
    return _watch


def note_calls() -> None:
    if _watch is not None:
        _watch.has_sent = True


def is_catching_up() -> bool:
    """Whether this worker may be doing again what was done before the database was put back."""
    if _watch is None or _watch.noticed_at is None:
        return False
    return clock.now() < _watch.noticed_at + CATCHES_UP_FOR


def look_for(token: str) -> tuple[bool, datetime | None]:
    """Whether this database has the mark, and when it last missed one; one statement that takes no lock."""
    is_here = exists().where(DeliveryMark.token == token)
    row = read_alone(select(is_here, func.max(DeliveryMark.noticed_at)))[0]
    return bool(row[0]), row[1]


def find_noticed() -> DeliveryMark | None:
    """The last time this database was found to be an older copy."""
    query = select(DeliveryMark).where(DeliveryMark.noticed_at.is_not(None)).order_by(DeliveryMark.id.desc())
    return db.session.scalars(query.limit(1)).first()


def add_mark(token: str, *, after: str | None) -> datetime | None:
    """Write the next mark; when that was, or None where the one before it, `after`, is not here."""
    if after is not None:
        before = db.session.scalars(select(DeliveryMark.id).where(DeliveryMark.token == after)).first()
        if before is None:
            return None
        old = delete(DeliveryMark).where(DeliveryMark.id < before - _KEPT, DeliveryMark.noticed_at.is_(None))
        db.session.execute(old)
    at = database_now()
    db.session.add(DeliveryMark(token=token, at=at))
    return at


def adopt_mark(token: str, *, at: datetime) -> bool:
    """Write down that this mark was missing; False where another worker has just done so."""
    newest = db.session.scalars(select(func.max(DeliveryMark.at))).one()
    insert = insert_on_postgresql if db.engine.dialect.name == "postgresql" else insert_on_sqlite
    statement = (
        insert(DeliveryMark)
        .values(token=token, at=at, noticed_at=database_now(), copy_of=newest)
        .on_conflict_do_nothing(index_elements=[DeliveryMark.token])
        .returning(DeliveryMark.id)
    )
    return db.session.scalars(statement).first() is not None
