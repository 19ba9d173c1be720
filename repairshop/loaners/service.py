"""Verbs about loaners. Everything here runs inside the caller's transaction."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from repairshop import clock
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.loaners.models import Loan, Loaner
from repairshop.loaners.queries import find_loan
from repairshop.loaners.rules import (
    LoanEnd,
    LoanerOut,
    LoanerStillOut,
    LoanOpen,
    NoLoanOpen,
    require_lendable,
)
from repairshop.staff.rules import Actor
from repairshop.tickets.custody import pass_on
from repairshop.tickets.history import record_history
from repairshop.tickets.rules import LOANER, Holder, require_held
from repairshop.tickets.service import get_ticket_for_change


def add_loaner(name: str, *, number: str, by: Actor) -> None:
    db.session.add(Loaner(shop_id=by.shop_id, name=name, number=number))


def retire_loaner(loaner_id: int, *, by: Actor) -> None:
    """Lent no more; LoanerOut while somebody has it."""
    loaner = _get_loaner(loaner_id, by=by)
    if _is_out(loaner):
        raise LoanerOut(name=loaner.name)
    loaner.retired_at = loaner.retired_at or clock.now()


def mark_wiped(loaner_id: int, *, by: Actor) -> None:
    """Nothing of the last borrower is on it any more; LoanerOut while somebody has it."""
    loaner = _get_loaner(loaner_id, by=by)
    if _is_out(loaner):
        raise LoanerOut(name=loaner.name)
    if loaner.needs_wipe:
        _note_wipe(loaner, by=by)


def _note_wipe(loaner: Loaner, *, by: Actor) -> None:
    loaner.needs_wipe = False
    loaner.wiped_at, loaner.wiped_by_id = clock.now(), by.staff_id


def lend(reference: str, loaner_id: int, *, condition: str, by: Actor) -> None:
    """Give a loaner to the customer of this job; the history says which."""
    ticket = get_ticket_for_change(reference, by=by)
    require_held(ticket.stage)
    if find_loan(ticket.id) is not None:
        raise LoanOpen
    loaner = _get_loaner(loaner_id, by=by)
    require_lendable(
        name=loaner.name, is_out=_is_out(loaner), needs_wipe=loaner.needs_wipe, retired_at=loaner.retired_at
    )
    loaner.needs_wipe = True
    pass_on(ticket, Holder.CUSTOMER, to_label="", by=by, item=LOANER + loaner.name)
    try:
        with db.session.begin_nested():
            db.session.add(
                Loan(
                    loaner_id=loaner.id,
                    ticket_id=ticket.id,
                    condition=condition,
                    lent_at=clock.now(),
                    lent_by_id=by.staff_id,
                )
            )
    except IntegrityError as error:  # a colleague lent it at the same moment
        raise LoanerOut(name=loaner.name) from error


def end_loan(reference: str, end: LoanEnd, *, note: str, wiped: bool, by: Actor) -> None:
    """It came back, or never will. One that was not wiped is not lent again before it is."""
    ticket = get_ticket_for_change(reference, by=by)
    loan = db.session.scalar(select(Loan).where(Loan.ticket_id == ticket.id, Loan.ended_at.is_(None)))
    if loan is None:
        raise NoLoanOpen
    loaner = _get_loaner(loan.loaner_id, by=by)
    loan.ended_at, loan.ended_as, loan.end_note = clock.now(), end, note
    if end is LoanEnd.LOST:
        loaner.retired_at = loan.ended_at
        record_history(ticket, "loaner_lost", by=by, after={"item": LOANER + loaner.name})
    else:
        if wiped:
            _note_wipe(loaner, by=by)
        pass_on(ticket, Holder.PLACE, to_label="", by=by, item=LOANER + loaner.name)


def require_loaner_back(ticket_id: int) -> None:
    """Before the customer's own device leaves."""
    loan = find_loan(ticket_id)
    if loan is not None:
        raise LoanerStillOut(name=loan.name)


def _is_out(loaner: Loaner) -> bool:
    out = select(Loan.id).where(Loan.loaner_id == loaner.id, Loan.ended_at.is_(None))
    return db.session.scalar(out) is not None


def _get_loaner(loaner_id: int, *, by: Actor) -> Loaner:
    """Its row locked until the transaction ends: lending, retiring and erasing wait for each other.

    A verb that needs the ticket too locks that first.
    """
    query = select(Loaner).where(Loaner.id == loaner_id, Loaner.shop_id == by.shop_id).with_for_update()
    loaner = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if loaner is None:
        raise NotFound
    return loaner
