"""The page of a ticket's parts: on order, fitted, taken out. It moves no stage."""

from collections.abc import Callable

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from repairshop.parts import service
from repairshop.parts.forms import ExpectedForm, FitForm, TakeOutForm
from repairshop.parts.ticket_page import effects_of, find_chosen, render_parts_of
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.tickets.queries import get_head
from repairshop.tickets.service import get_ticket_for_change
from repairshop.web.access import staff_only
from repairshop.web.forms import Form
from repairshop.web.once import done_once

parts = Blueprint("parts", __name__)


@parts.get("/tickets/<reference>/parts")
@staff_only(Right.WORK_ON)
def show(reference: str) -> ResponseReturnValue:
    return render_parts_of(reference, Form(formdata=None))


@parts.post("/tickets/<reference>/parts/fit")
@staff_only(Right.WORK_ON)
def fit(reference: str) -> ResponseReturnValue:
    form = FitForm()
    head = get_head(reference, shop_id=current_actor().shop_id)
    chosen = find_chosen(form)
    effects = effects_of(head.id, chosen) if chosen else []
    return _act(
        reference,
        form,
        lambda: service.fit_part(reference, form.facts(chosen, effects), by=current_actor()),
    )


@parts.post("/tickets/<reference>/parts/<int:part_id>/take-out")
@staff_only(Right.WORK_ON)
def take_out(reference: str, part_id: int) -> ResponseReturnValue:
    form = TakeOutForm()
    return _act(
        reference,
        form,
        lambda: service.take_part_out(
            reference,
            part_id,
            because=form.because.data,
            goes_back=form.goes_back.data,
            by=current_actor(),
        ),
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
    return done_once(form, act, leads_to=there) or (render_parts_of(reference, form), 422)
