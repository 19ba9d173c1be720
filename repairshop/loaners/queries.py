"""Reads about loaners."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from repairshop.customers.models import Customer
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.loaners.models import Loan, Loaner
from repairshop.loaners.rules import LoanEnd
from repairshop.money import Money
from repairshop.staff.models import Shop, Staff
from repairshop.tickets.models import Ticket, Visit

MOST_LOANS_SHOWN = 50


@dataclass(frozen=True, kw_only=True)
class LoanerRow:
    """A loaner and, while it is out, the job it is out for."""

    id: int
    name: str
    number: str
    needs_wipe: bool
    reference: str | None
    ticket_number: str  # "R-4821", "" while it is here
    customer_name: str | None
    lent_at: datetime | None
    due_on: date | None

    def is_overdue(self, today: date) -> bool:
        return self.due_on is not None and self.due_on < today


@dataclass(frozen=True, kw_only=True)
class PastLoan:
    """A loan of one loaner, over or not."""

    reference: str
    number: str  # "R-4821"
    condition: str
    lent_at: datetime
    lent_by: str | None
    due_on: date | None
    deposit: Money | None
    deposit_back: Money | None
    ended_at: datetime | None
    ended_by: str | None
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
    """A loan that is not over."""

    name: str
    number: str
    condition: str
    lent_at: datetime
    due_on: date | None
    deposit: Money | None


def list_loaners(shop_id: int) -> list[LoanerRow]:
    """Those in use, by name."""
    rows = db.session.execute(
        select(Loaner, Loan, Ticket.code, Ticket.number, Shop.number_prefix, Customer.name)
        .join(Shop, Shop.id == Loaner.shop_id)
        .outerjoin(Loan, (Loan.loaner_id == Loaner.id) & Loan.ended_at.is_(None))
        .outerjoin(Ticket, Ticket.id == Loan.ticket_id)
        .outerjoin(Visit, Visit.id == Ticket.visit_id)
        .outerjoin(Customer, Customer.id == Visit.customer_id)
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
            ticket_number=f"{prefix}{number}" if code else "",
            customer_name=customer_name,
            lent_at=loan.lent_at if loan else None,
            due_on=loan.due_on if loan else None,
        )
        for loaner, loan, code, number, prefix, customer_name in rows
    ]


def count_overdue(shop_id: int, *, today: date) -> int:
    """Loaners that were to be back before today."""
    due = (
        select(func.count(Loan.id))
        .join(Loaner, Loaner.id == Loan.loaner_id)
        .where(Loaner.shop_id == shop_id, Loan.ended_at.is_(None), Loan.due_on < today)
    )
    return db.session.scalar(due) or 0


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
    taker = aliased(Staff)
    rows = db.session.execute(
        select(Loan, Ticket.code, Ticket.number, Shop, Staff.first_name, taker.first_name)
        .join(Ticket, Ticket.id == Loan.ticket_id)
        .join(Shop, Shop.id == Ticket.shop_id)
        .outerjoin(Staff, Staff.id == Loan.lent_by_id)
        .outerjoin(taker, taker.id == Loan.ended_by_id)
        .where(Loan.loaner_id == loaner_id)
        .order_by(Loan.id.desc())
        .limit(MOST_LOANS_SHOWN)
    )
    return [
        PastLoan(
            reference=code,
            number=f"{shop.number_prefix}{number}",
            condition=loan.condition,
            lent_at=loan.lent_at,
            lent_by=lent_by,
            due_on=loan.due_on,
            deposit=_money(loan.deposit_minor, shop.currency),
            deposit_back=_money(loan.deposit_back_minor, shop.currency),
            ended_at=loan.ended_at,
            ended_by=ended_by,
            ended_as=loan.ended_as,
            end_note=loan.end_note,
        )
        for loan, code, number, shop, lent_by, ended_by in rows
    ]


def list_lent(ticket_ids: Sequence[int]) -> dict[int, LoanRow]:
    """The loaner that is out, by job."""
    rows = db.session.execute(
        select(Loan, Loaner.name, Loaner.number, Shop.currency)
        .join(Loaner, Loaner.id == Loan.loaner_id)
        .join(Shop, Shop.id == Loaner.shop_id)
        .where(Loan.ticket_id.in_(ticket_ids), Loan.ended_at.is_(None))
    )
    return {
        loan.ticket_id: LoanRow(
            name=name,
            number=number,
            condition=loan.condition,
            lent_at=loan.lent_at,
            due_on=loan.due_on,
            deposit=_money(loan.deposit_minor, currency),
        )
        for loan, name, number, currency in rows
    }


def find_loan(ticket_id: int) -> LoanRow | None:
    """The loaner that is out for this job."""
    return list_lent([ticket_id]).get(ticket_id)


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor=minor, currency=currency)
