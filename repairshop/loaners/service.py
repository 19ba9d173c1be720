"""Verbs about loaners. Everything here runs inside the caller's transaction."""

from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from repairshop import clock
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.loaners.models import Loan, Loaner
from repairshop.loaners.queries import find_loan
from repairshop.loaners.rules import (
    Ending,
    Lending,
    LoanEnd,
    LoanerOut,
    LoanerStillOut,
    LoanOpen,
    NoLoanOpen,
    require_deposit_settled,
    require_lendable,
    require_not_due_before,
)
from repairshop.money import Money
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor
from repairshop.tickets.custody import pass_on
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Ticket
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


def lend(reference: str, lending: Lending, *, by: Actor) -> None:
    """Give a loaner to the customer of this job; the history says which."""
    lend_for(get_ticket_for_change(reference, by=by), lending, by=by)


def lend_for(ticket: Ticket, lending: Lending, *, by: Actor) -> None:
    """The same for a verb that has the job in hand, such as the hand-in."""
    require_held(ticket.stage)
    if find_loan(ticket.id) is not None:
        raise LoanOpen(field="loaner")
    shop = db.session.get_one(Shop, ticket.shop_id)
    require_not_due_before(lending.due_on, today=clock.now().astimezone(ZoneInfo(shop.time_zone)).date())
    loaner = _get_loaner(lending.loaner_id, by=by)
    require_lendable(
        name=loaner.name, is_out=_is_out(loaner), needs_wipe=loaner.needs_wipe, retired_at=loaner.retired_at
    )
    loaner.needs_wipe = True
    pass_on(ticket, Holder.CUSTOMER, to_label="", by=by, item=LOANER + loaner.name)
    deposit = lending.deposit_minor or None  # none at all where nothing was asked
    if deposit is not None:
        record_history(ticket, "deposit_taken", by=by, after={"minor": deposit, "currency": shop.currency})
    try:
        with db.session.begin_nested():
            db.session.add(
                Loan(
                    loaner_id=loaner.id,
                    ticket_id=ticket.id,
                    condition=lending.condition,
                    lent_at=clock.now(),
                    lent_by_id=by.staff_id,
                    due_on=lending.due_on,
                    deposit_minor=deposit,
                )
            )
    except IntegrityError as error:  # a colleague lent it at the same moment
        raise LoanerOut(field="loaner", name=loaner.name) from error


def end_loan(reference: str, ending: Ending, *, by: Actor) -> None:
    """It came back, or never will. One that was not wiped is not lent again before it is."""
    ticket = get_ticket_for_change(reference, by=by)
    loan = db.session.scalar(select(Loan).where(Loan.ticket_id == ticket.id, Loan.ended_at.is_(None)))
    if loan is None:
        raise NoLoanOpen
    _settle_deposit(ticket, loan, ending, by=by)
    loaner = _get_loaner(loan.loaner_id, by=by)
    loan.ended_at, loan.ended_as, loan.end_note = clock.now(), ending.end, ending.note
    loan.ended_by_id = by.staff_id
    if ending.end is LoanEnd.LOST:
        loaner.retired_at = loan.ended_at
        record_history(ticket, "loaner_lost", by=by, after={"item": LOANER + loaner.name})
    else:
        if ending.wiped:
            _note_wipe(loaner, by=by)
        pass_on(ticket, Holder.PLACE, to_label="", by=by, item=LOANER + loaner.name)


def _settle_deposit(ticket: Ticket, loan: Loan, ending: Ending, *, by: Actor) -> None:
    if loan.deposit_minor is None:
        return
    currency = db.session.get_one(Shop, ticket.shop_id).currency
    require_deposit_settled(Money(minor=loan.deposit_minor, currency=currency), ending)
    loan.deposit_back_minor = ending.deposit_back_minor
    record_history(
        ticket, "deposit_returned", by=by, after={"minor": ending.deposit_back_minor, "currency": currency}
    )


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
