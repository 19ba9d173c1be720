"""The page of a ticket's parts: on order, fitted, taken out. It moves no stage."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.errors import Refused
from repairshop.parts import queries, service
from repairshop.parts.forms import ExpectedForm, FitForm, TakeOutForm
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.tickets.queries import get_head
from repairshop.tickets.service import get_ticket_for_change
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.forms import Form, apply_refusal
from repairshop.web.once import once

parts = Blueprint("parts", __name__)


@parts.get("/tickets/<reference>/parts")
@staff_only(Right.WORK_ON)
def show(reference: str) -> ResponseReturnValue:
    return _render(reference, FitForm())


@parts.post("/tickets/<reference>/parts/fit")
@staff_only(Right.WORK_ON)
def fit(reference: str) -> ResponseReturnValue:
    form = FitForm()
    return _act(reference, form, lambda: service.fit_part(reference, form.part(), by=current_actor()))


@parts.post("/tickets/<reference>/parts/<int:part_id>/take-out")
@staff_only(Right.WORK_ON)
def take_out(reference: str, part_id: int) -> ResponseReturnValue:
    form = TakeOutForm()
    return _act(
        reference,
        form,
        lambda: service.take_part_out(reference, part_id, because=form.because.data, by=current_actor()),
    )


@parts.post("/tickets/<reference>/parts/orders/<int:order_id>/expected")
@staff_only(Right.WORK_ON)
def expect(reference: str, order_id: int) -> ResponseReturnValue:
    form = ExpectedForm()

    def act() -> None:
        ticket = get_ticket_for_change(reference, by=current_actor())
        service.expect_part_on(ticket, order_id, expected_on=form.expected_on.data, by=current_actor())

    return _act(reference, form, act)


def _act(reference: str, form: Form, act: Callable[[], object]) -> ResponseReturnValue:
    there = url_for("parts.show", reference=reference)
    if form.validate():
        try:
            with transaction():
                once(form, leads_to=there)
                act()
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            return redirect(there)
    return _render(reference, form), 422


def _render(reference: str, form: Form) -> str:
    """The form that was sent keeps what was typed; the page's other forms are empty."""
    head = get_head(reference, shop_id=current_actor().shop_id)
    return render_template(
        "parts/show.html",
        head=head,
        parts=queries.list_parts(head.id),
        form=form,
        fit_form=form if isinstance(form, FitForm) else FitForm(formdata=None),
        expected_form=form if isinstance(form, ExpectedForm) else ExpectedForm(formdata=None),
        take_out_form=form if isinstance(form, TakeOutForm) else TakeOutForm(formdata=None),
    )
