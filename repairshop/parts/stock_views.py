"""Stock: what comes in, turns out bad, goes back or was miscounted, and what is set aside for a repair."""

from collections.abc import Callable

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from repairshop.parts import stock as service
from repairshop.parts.catalogue_queries import get_part
from repairshop.parts.forms import CountForm, GoneForm, ReceiveForm, ReturnPartForm
from repairshop.parts.part_page import render_part
from repairshop.parts.rules import read_serials
from repairshop.parts.ticket_page import render_parts_of
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.web.access import staff_only
from repairshop.web.forms import Form
from repairshop.web.once import done_once

stock = Blueprint("stock", __name__)


@stock.post("/shop/parts/<int:catalogue_part_id>/receive")
@staff_only(Right.WORK_ON)
def receive(catalogue_part_id: int) -> ResponseReturnValue:
    form = ReceiveForm()

    def act() -> None:
        service.receive(
            catalogue_part_id,
            count=form.count.data or 1,
            serials=read_serials(form.serials.data or ""),
            lot=form.lot.data or "",
            reason=form.reason.data or "",
            by=current_actor(),
        )

    return _change(catalogue_part_id, form, act)


@stock.post("/shop/parts/<int:catalogue_part_id>/faulty")
@staff_only(Right.WORK_ON)
def find_faulty(catalogue_part_id: int) -> ResponseReturnValue:
    form = GoneForm()

    def act() -> None:
        service.find_faulty(
            catalogue_part_id,
            count=form.count.data or 1,
            serial=form.serial.data or "",
            reason=form.reason.data,
            by=current_actor(),
        )

    return _change(catalogue_part_id, form, act)


@stock.post("/shop/parts/<int:catalogue_part_id>/return")
@staff_only(Right.WORK_ON)
def return_to_supplier(catalogue_part_id: int) -> ResponseReturnValue:
    form = ReturnPartForm()

    def act() -> None:
        service.return_to_supplier(
            catalogue_part_id,
            count=form.count.data or 1,
            serial=form.serial.data or "",
            faulty=form.faulty.data,
            reason=form.reason.data,
            by=current_actor(),
        )

    return _change(catalogue_part_id, form, act)


@stock.post("/shop/parts/<int:catalogue_part_id>/count")
@staff_only(Right.MANAGE)
def count(catalogue_part_id: int) -> ResponseReturnValue:
    form = CountForm()

    def act() -> None:
        service.correct_count(
            catalogue_part_id,
            counted=form.counted.data,
            books=form.books.data,
            reason=form.reason.data,
            by=current_actor(),
        )

    return _change(catalogue_part_id, form, act)


@stock.post("/shop/parts/<int:catalogue_part_id>/missing")
@staff_only(Right.MANAGE)
def missing(catalogue_part_id: int) -> ResponseReturnValue:
    form = GoneForm()

    def act() -> None:
        service.count_away(
            catalogue_part_id,
            serial=form.serial.data or "",
            reason=form.reason.data,
            by=current_actor(),
        )

    return _change(catalogue_part_id, form, act)


@stock.post("/tickets/<reference>/parts/reserve/<int:catalogue_part_id>")
@staff_only(Right.WORK_ON)
def reserve(reference: str, catalogue_part_id: int) -> ResponseReturnValue:
    return _change_reserved(
        reference, lambda: service.reserve(reference, catalogue_part_id, by=current_actor())
    )


@stock.post("/tickets/<reference>/parts/release/<int:reservation_id>")
@staff_only(Right.WORK_ON)
def release(reference: str, reservation_id: int) -> ResponseReturnValue:
    return _change_reserved(reference, lambda: service.release(reference, reservation_id, by=current_actor()))


def _change(part_id: int, form: Form, act: Callable[[], None]) -> ResponseReturnValue:
    part = get_part(part_id, shop_id=current_actor().shop_id)
    answer = done_once(form, act, leads_to=url_for("part_catalogue.show", catalogue_part_id=part_id))
    return answer or (render_part(part, form), 422)


def _change_reserved(reference: str, act: Callable[[], object]) -> ResponseReturnValue:
    form = Form()
    answer = done_once(form, act, leads_to=url_for("parts.show", reference=reference))
    return answer or (render_parts_of(reference, form), 422)
