"""Reads about loaners."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.loaners.models import Loan, Loaner
from repairshop.loaners.rules import LoanEnd
from repairshop.staff.models import Shop, Staff
from repairshop.tickets.models import Ticket

MOST_LOANS_SHOWN = 50


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
class PastLoan:
    """A loan of one loaner, over or not."""

    reference: str
    number: str  # "R-4821"
    condition: str
    lent_at: datetime
    lent_by: str | None
    ended_at: datetime | None
    ended_as: LoanEnd | None
    end_note: str


@dataclass(frozen=True, kw_only=True)
class LoanerPage:
    """One loaner with what became of it so far."""

    id: int
    name: str
    number: str
    needs_wipe: bool
    wiped_at: datetime | None
    wiped_by: str | None
    retired_at: datetime | None
    loans: tuple[PastLoan, ...]  # newest first

    @property
    def is_out(self) -> bool:
        return any(loan.ended_at is None for loan in self.loans)


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


def get_loaner(loaner_id: int, *, shop_id: int) -> LoanerPage:
    """NotFound for other shops' too. One that was retired stays readable."""
    row = db.session.execute(
        select(Loaner, Staff.first_name)
        .outerjoin(Staff, Staff.id == Loaner.wiped_by_id)
        .where(Loaner.id == loaner_id, Loaner.shop_id == shop_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    loaner, wiped_by = row
    return LoanerPage(
        id=loaner.id,
        name=loaner.name,
        number=loaner.number,
        needs_wipe=loaner.needs_wipe,
        wiped_at=loaner.wiped_at,
        wiped_by=wiped_by,
        retired_at=loaner.retired_at,
        loans=tuple(_list_loans(loaner_id)),
    )


def _list_loans(loaner_id: int) -> list[PastLoan]:
    rows = db.session.execute(
        select(Loan, Ticket.code, Ticket.number, Shop.number_prefix, Staff.first_name)
        .join(Ticket, Ticket.id == Loan.ticket_id)
        .join(Shop, Shop.id == Ticket.shop_id)
        .outerjoin(Staff, Staff.id == Loan.lent_by_id)
        .where(Loan.loaner_id == loaner_id)
        .order_by(Loan.id.desc())
        .limit(MOST_LOANS_SHOWN)
    )
    return [
        PastLoan(
            reference=code,
            number=f"{prefix}{number}",
            condition=loan.condition,
            lent_at=loan.lent_at,
            lent_by=lent_by,
            ended_at=loan.ended_at,
            ended_as=loan.ended_as,
            end_note=loan.end_note,
        )
        for loan, code, number, prefix, lent_by in rows
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
