"""One commit, or nothing. The only place in the program that commits."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm.exc import StaleDataError

from repairshop.database import WRITES, db, writer_lock
from repairshop.errors import Conflict


@contextmanager
def transaction() -> Iterator[None]:
    """Everything inside is committed together, or rolled back together when something is raised.

    The request's read transaction ends first: on SQLite the write lock must be asked for at BEGIN, and an
    option set on a connection that has already begun is silently ignored. So load inside the block
    whatever the block changes.
    """
    info = db.session().info
    if info.get(WRITES):
        raise RuntimeError("transaction() inside transaction() would undo what the outer one did so far")
    db.session.rollback()
    with writer_lock(db.engine):
        info[WRITES] = True
        try:
            db.session.connection(execution_options={"write": True})
            yield
            db.session.commit()
        except StaleDataError as error:
            db.session.rollback()
            raise Conflict("row", str(error)) from error
        except BaseException:
            db.session.rollback()
            raise
        finally:
            info[WRITES] = False
