"""What time it is for deliveries."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, literal, select

from repairshop import clock
from repairshop.database import UtcDateTime, db

# Delivery's own transactions take milliseconds. PostgreSQL ends one whose process has been stopped inside it,
# and frees the rows that the others wait for: a shop's counts, a sender's pace.
_STOPPED_AFTER_MS = "5000"


def database_now() -> datetime:
    """The database's clock where several machines share it, so that a wrong clock steals nothing."""
    if db.engine.dialect.name == "postgresql":
        return db.session.scalars(select(func.now())).one()
    return clock.now()


def moment(*, ago: timedelta = timedelta()) -> ColumnElement[datetime]:
    """The same, so long ago, for a place inside a statement, which need not ask for it first."""
    if db.engine.dialect.name == "postgresql":
        return func.now() - ago
    return literal(clock.now() - ago, UtcDateTime())


def begin_short_work() -> datetime:
    """What time it is, at the beginning of a transaction in which nothing slow is done.

    On PostgreSQL the transaction is over when this process has asked nothing for five seconds.
    """
    if db.engine.dialect.name != "postgresql":
        return clock.now()
    at: datetime = db.session.execute(_BEGIN).one()[0]
    return at


_BEGIN = select(func.now(), func.set_config("idle_in_transaction_session_timeout", _STOPPED_AFTER_MS, True))
