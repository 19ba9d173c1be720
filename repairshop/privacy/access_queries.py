"""Openings of a customer's data: what staff and the customer read of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from repairshop.database import db
from repairshop.privacy.models import DataAccess
from repairshop.privacy.openings import Opened, access_minutes
from repairshop.staff.models import Staff


@dataclass(frozen=True, kw_only=True)
class DataAccessRow:
    """One opening of the customer's data, as staff and the customer see it."""

    id: int
    opened: Opened
    reason: str
    opened_at: datetime
    opened_by: str | None
    role: str  # shown to the customer instead of the name where the shop wants it so
    ends_at: datetime
    closed_at: datetime | None
    closed_by: str | None  # None: it closed by itself, or is open
    minutes: int | None  # None while it is open


def list_data_access(ticket_id: int) -> list[DataAccessRow]:
    """Every opening, newest first; an empty list is a fact the customer sees as "0 openings"."""
    opener, closer = aliased(Staff), aliased(Staff)
    rows = db.session.execute(
        select(DataAccess, opener.first_name, closer.first_name)
        .outerjoin(opener, opener.id == DataAccess.opened_by_id)
        .outerjoin(closer, closer.id == DataAccess.closed_by_id)
        .where(DataAccess.ticket_id == ticket_id)
        .order_by(DataAccess.id.desc())
    )
    return [
        DataAccessRow(
            id=access.id,
            opened=access.opened,
            reason=access.reason,
            opened_at=access.opened_at,
            opened_by=opened_by,
            role=access.opened_by_role,
            ends_at=access.ends_at,
            closed_at=access.closed_at,
            closed_by=closed_by,
            minutes=access_minutes(access.opened_at, access.closed_at) if access.closed_at else None,
        )
        for access, opened_by, closed_by in rows
    ]


def count_openings(ticket_id: int) -> int:
    return db.session.scalar(select(func.count()).where(DataAccess.ticket_id == ticket_id)) or 0


def find_open_access(ticket_id: int) -> int | None:
    """The opening that runs now."""
    return db.session.scalars(
        select(DataAccess.id).where(DataAccess.ticket_id == ticket_id, DataAccess.closed_at.is_(None))
    ).first()


def list_overdue_access(*, at: datetime, limit: int = 100) -> list[int]:
    """Openings past their end that nobody closed."""
    query = select(DataAccess.id).where(DataAccess.closed_at.is_(None), DataAccess.ends_at <= at)
    return list(db.session.scalars(query.order_by(DataAccess.id).limit(limit)))
