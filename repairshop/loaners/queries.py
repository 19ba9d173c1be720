"""Reads about loaners."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from repairshop.database import db
from repairshop.loaners.models import Loan, Loaner
from repairshop.tickets.models import Ticket


@dataclass(frozen=True, kw_only=True)
class LoanerRow:
    """A loaner and, while it is out, the job it is out for."""

    id: int
    name: str
    number: str
    needs_wipe: bool
    reference: str | None
    lent_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class LoanRow:
    name: str
    number: str
    condition: str
    lent_at: datetime


def list_loaners(shop_id: int) -> list[LoanerRow]:
    """Those in use, by name."""
    rows = db.session.execute(
        select(Loaner, Loan.lent_at, Ticket.code)
        .outerjoin(Loan, (Loan.loaner_id == Loaner.id) & Loan.ended_at.is_(None))
        .outerjoin(Ticket, Ticket.id == Loan.ticket_id)
        .where(Loaner.shop_id == shop_id, Loaner.retired_at.is_(None))
        .order_by(Loaner.name, Loaner.id)
    )
    return [
        LoanerRow(
            id=loaner.id,
            name=loaner.name,
            number=loaner.number,
            needs_wipe=loaner.needs_wipe,
            reference=code,
            lent_at=lent_at,
        )
        for loaner, lent_at, code in rows
    ]


def list_lent_names(ticket_ids: Sequence[int]) -> dict[int, str]:
    """The loaner that is out, by job."""
    rows = db.session.execute(
        select(Loan.ticket_id, Loaner.name)
        .join(Loaner, Loaner.id == Loan.loaner_id)
        .where(Loan.ticket_id.in_(ticket_ids), Loan.ended_at.is_(None))
    )
    return {row.ticket_id: row.name for row in rows}


def find_loan(ticket_id: int) -> LoanRow | None:
    """The loaner that is out for this job."""
    row = db.session.execute(
        select(Loaner.name, Loaner.number, Loan.condition, Loan.lent_at)
        .join(Loan, Loan.loaner_id == Loaner.id)
        .where(Loan.ticket_id == ticket_id, Loan.ended_at.is_(None))
    ).one_or_none()
    return LoanRow(**row._mapping) if row else None
