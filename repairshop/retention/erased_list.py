"""Who was erased on request, kept beside the passcodes' keys: a database restored from before does not know.

Nothing personal: a row's number, and when the row was made, since a restored database hands out its numbers
once more to other people.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Column, Integer, MetaData, Table, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from repairshop.database import UtcDateTime, db
from repairshop.privacy.vault_keys import the_vault

log = structlog.get_logger("repairshop.retention")

_TABLE = Table(
    "erased_customer",
    MetaData(),
    Column("customer_id", Integer, primary_key=True, autoincrement=False),
    Column("created_at", UtcDateTime(), primary_key=True),
)
_NOTED = "erased customers to note once this is committed"


@dataclass(frozen=True, kw_only=True)
class Erased:
    """A customer's row: its number means this person only together with the moment it was made."""

    customer_id: int
    created_at: datetime


def list_erased() -> list[Erased]:
    with the_vault().keys.open() as connection:
        _TABLE.create(connection, checkfirst=True)
        rows = connection.execute(select(_TABLE).order_by(_TABLE.c.customer_id)).all()
    return [Erased(customer_id=row.customer_id, created_at=row.created_at) for row in rows]


def note_after_commit(erased: Iterable[Erased]) -> None:
    """Not before: whoever is on the list is erased again without being asked."""
    db.session().info.setdefault(_NOTED, []).extend(erased)


@event.listens_for(db.session, "after_commit")
def _after_commit(session: Session) -> None:
    erased = session.info.pop(_NOTED, [])
    if not erased:
        return
    try:
        _note(erased)
    except Exception:  # they are erased and committed; only a restored backup would bring them back
        log.exception("erased customers are not on the list", customers=[one.customer_id for one in erased])


@event.listens_for(db.session, "after_rollback")
def _after_rollback(session: Session) -> None:
    session.info.pop(_NOTED, None)


def _note(erased: list[Erased]) -> None:
    with the_vault().keys.open() as connection:
        _TABLE.create(connection, checkfirst=True)
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        rows = [{"customer_id": one.customer_id, "created_at": one.created_at} for one in erased]
        connection.execute(insert(_TABLE).values(rows).on_conflict_do_nothing())
