"""The shop's loaners, and lending one for a job."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.clock import now
from repairshop.loaners import queries, service
from repairshop.loaners.forms import LendForm, LoanerForm, ReturnForm
from repairshop.money import amount_text
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.tickets.queries import TicketHead, get_head
from repairshop.web.access import staff_only
from repairshop.web.forms import Form
from repairshop.web.once import done_once
from repairshop.web.saying import say_done

loaners = Blueprint("loaners", __name__)


@loaners.get("/tickets/<reference>/loaner")
@staff_only(Right.TAKE_IN)
def show(reference: str) -> ResponseReturnValue:
    return _render(_head(reference))


@loaners.post("/tickets/<reference>/loaner")
@staff_only(Right.TAKE_IN)
def lend(reference: str) -> ResponseReturnValue:
    head, form = _head(reference), LendForm()
    form.offer_loaners(queries.list_loaners(current_actor().shop_id))

    def act() -> None:
        lending = form.lending(currency=head.currency)
        if lending is not None:  # the form insists on one
            service.lend(reference, lending, by=current_actor())

    there = url_for("board.ticket", reference=reference)
    return done_once(form, act, leads_to=there) or (_render(head, lend_form=form), 422)


@loaners.post("/tickets/<reference>/loaner/end")
@staff_only(Right.TAKE_IN)
def end(reference: str) -> ResponseReturnValue:
    head, form = _head(reference), ReturnForm()

    def act() -> None:
        service.end_loan(reference, form.ending(currency=head.currency), by=current_actor())

    there = url_for("board.ticket", reference=reference)
    done = say_done("loan_ended", done_once(form, act, leads_to=there))
    return done or (_render(head, return_form=form), 422)


@loaners.get("/shop/loaners")
@staff_only(Right.TAKE_IN)
def list_() -> ResponseReturnValue:
    return _render_list(LoanerForm(formdata=None))


@loaners.post("/shop/loaners")
@staff_only(Right.MANAGE)
def add() -> ResponseReturnValue:
    form = LoanerForm()

    def act() -> None:
        service.add_loaner(form.name.data, number=form.number.data or "", by=current_actor())

    return done_once(form, act, leads_to=url_for("loaners.list_")) or (_render_list(form), 422)


@loaners.get("/shop/loaners/<int:loaner_id>")
@staff_only(Right.TAKE_IN)
def one(loaner_id: int) -> ResponseReturnValue:
    """A loaner's own page: who erased it and when, and each loan of it."""
    loaner = queries.get_loaner(loaner_id, shop_id=current_actor().shop_id)
    return render_template("loaners/one.html", loaner=loaner)


@loaners.post("/shop/loaners/<int:loaner_id>/retire")
@staff_only(Right.MANAGE)
def retire(loaner_id: int) -> ResponseReturnValue:
    return _change(lambda: service.retire_loaner(loaner_id, by=current_actor()))


@loaners.post("/shop/loaners/<int:loaner_id>/wiped")
@staff_only(Right.TAKE_IN)
def wiped(loaner_id: int) -> ResponseReturnValue:
    return _change(lambda: service.mark_wiped(loaner_id, by=current_actor()))


def _change(act: Callable[[], None]) -> ResponseReturnValue:
    """A button of the list; what is refused is said above it."""
    form, there = Form(), url_for("loaners.list_")
    answer = done_once(form, act, leads_to=there)
    if answer is not None:
        return answer
    listed = LoanerForm(formdata=None)
    listed.form_errors += form.form_errors
    return _render_list(listed), 422


def _head(reference: str) -> TicketHead:
    return get_head(reference, shop_id=current_actor().shop_id)


def _render(
    head: TicketHead, *, lend_form: LendForm | None = None, return_form: ReturnForm | None = None
) -> str:
    rows = queries.list_loaners(current_actor().shop_id)
    if lend_form is None:
        lend_form = LendForm(formdata=None)
        lend_form.offer_loaners(rows)
    loan = queries.find_loan(head.id)
    if return_form is None:
        return_form = ReturnForm(formdata=None)
        if loan is not None and loan.deposit is not None:
            return_form.deposit_back.data = amount_text(loan.deposit.minor, currency=head.currency)
    return render_template(
        "loaners/show.html",
        head=head,
        loan=loan,
        has_free=bool(lend_form.loaner.choices),
        lend_form=lend_form,
        return_form=return_form,
    )


def _render_list(form: LoanerForm) -> str:
    rows = queries.list_loaners(current_actor().shop_id)
    today = now().astimezone(ZoneInfo(current_shop().time_zone)).date()
    overdue = sorted((row for row in rows if row.is_overdue(today)), key=lambda row: row.due_on or today)
    return render_template("loaners/list.html", form=form, loaners=rows, overdue=overdue, today=today)
