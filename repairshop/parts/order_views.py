"""Orders: what is on its way, parcels as they are scanned, orders for the shelf, parts that come late."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop.clock import now
from repairshop.codes import read_scan
from repairshop.errors import NotFound
from repairshop.notifications.previews import preview_dates
from repairshop.parts import order_queries as queries
from repairshop.parts import orders as service
from repairshop.parts import service as part_service
from repairshop.parts.catalogue_queries import get_part
from repairshop.parts.forms import (
    ExpectedForm,
    FaultyArrivalForm,
    LatePartForm,
    StockArrivalForm,
    StockOrderForm,
)
from repairshop.parts.part_page import render_part
from repairshop.parts.rules import read_serials
from repairshop.parts.ticket_page import render_parts_of
from repairshop.promises.rules import PromiseReason
from repairshop.promises.service import change_promise
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.tickets.queries import get_head
from repairshop.web.access import staff_only
from repairshop.web.forms import Form, clean_text
from repairshop.web.once import done_once

part_orders = Blueprint("part_orders", __name__)
_LONGEST_SCAN = 80


@part_orders.get("/shop/part-orders")
@staff_only(Right.WORK_ON)
def list_() -> ResponseReturnValue:
    """Everything on its way; a scan shows what the parcel may be."""
    text = str(clean_text(request.args.get("q", "")[:_LONGEST_SCAN].replace("\x00", "")))
    if read_scan(text) is not None:  # a label of ours, scanned with this page open
        return redirect(url_for("board.find", q=text))
    return _render_list(text=text)


def _render_list(form: Form | None = None, order_id: int | None = None, *, text: str = "") -> str:
    """`order_id` is the order for the shelf whose form was sent."""
    shop_id = current_actor().shop_id
    rows = queries.list_orders_meant(text, shop_id=shop_id) if text else queries.list_open_orders(shop_id)
    return render_template(
        "parts/orders.html",
        text=text,
        orders=rows,
        late=queries.list_late(shop_id, at=now()),
        today=now().astimezone(ZoneInfo(current_shop().time_zone)).date(),
        form=form or Form(formdata=None),
        order_id=order_id,
        arrival_form=form if isinstance(form, StockArrivalForm) else StockArrivalForm(formdata=None),
        empty_form=StockArrivalForm(formdata=None),
        expected_form=form if isinstance(form, ExpectedForm) else ExpectedForm(formdata=None),
    )


@part_orders.post("/shop/parts/<int:catalogue_part_id>/order")
@staff_only(Right.WORK_ON)
def order(catalogue_part_id: int) -> ResponseReturnValue:
    part, form = get_part(catalogue_part_id, shop_id=current_actor().shop_id), StockOrderForm()

    def act() -> None:
        service.order_for_stock(
            part.id, quantity=form.quantity.data, expected_on=form.expected_on.data, by=current_actor()
        )

    there = url_for("part_catalogue.show", catalogue_part_id=part.id)
    return done_once(form, act, leads_to=there) or (render_part(part, form), 422)


@part_orders.post("/shop/part-orders/<int:stock_order_id>/arrived")
@staff_only(Right.WORK_ON)
def arrived(stock_order_id: int) -> ResponseReturnValue:
    form = StockArrivalForm()

    def act() -> None:
        service.receive_for_stock(
            stock_order_id,
            count=form.count.data or 1,
            serials=read_serials(form.serials.data or ""),
            lot=form.lot.data or "",
            faulty=form.faulty.data or "",
            by=current_actor(),
        )

    return _change(stock_order_id, form, act)


@part_orders.post("/shop/part-orders/<int:stock_order_id>/expected")
@staff_only(Right.WORK_ON)
def expect(stock_order_id: int) -> ResponseReturnValue:
    form = ExpectedForm()

    def act() -> None:
        service.expect_for_stock_on(stock_order_id, expected_on=form.expected_on.data, by=current_actor())

    return _change(stock_order_id, form, act)


@part_orders.post("/shop/part-orders/<int:stock_order_id>/cancel")
@staff_only(Right.WORK_ON)
def cancel(stock_order_id: int) -> ResponseReturnValue:
    form = Form()
    return _change(stock_order_id, form, lambda: service.cancel_for_stock(stock_order_id, by=current_actor()))


def _change(order_id: int, form: Form, act: Callable[[], object]) -> ResponseReturnValue:
    queries.require_stock_order(order_id, shop_id=current_actor().shop_id)
    answer = done_once(form, act, leads_to=url_for("part_orders.list_"))
    return answer or (_render_list(form, order_id), 422)


@part_orders.post("/tickets/<reference>/parts/orders/<int:order_id>/faulty")
@staff_only(Right.WORK_ON)
def faulty(reference: str, order_id: int) -> ResponseReturnValue:
    form = FaultyArrivalForm()

    def act() -> None:
        part_service.receive_faulty_part(
            reference,
            order_id,
            because=form.because.data,
            expected_on=form.expected_on.data,
            serial=form.serial.data or "",
            by=current_actor(),
        )

    there = url_for("parts.show", reference=reference)
    return done_once(form, act, leads_to=there) or (render_parts_of(reference, form), 422)


@part_orders.get("/tickets/<reference>/parts/late")
@staff_only(Right.WORK_ON)
def late_form(reference: str) -> ResponseReturnValue:
    return _render_late(reference, LatePartForm(formdata=None))


@part_orders.post("/tickets/<reference>/parts/late")
@staff_only(Right.WORK_ON)
def tell_late(reference: str) -> ResponseReturnValue:
    """One click: the dates that were drafted, the reason, and the notice with them."""
    form = LatePartForm()
    if "look" in request.form and form.validate():
        return _render_late(reference, form)

    def act() -> None:
        change_promise(
            reference,
            earliest=form.earliest.data,
            latest=form.latest.data,
            reason=PromiseReason.PART_LATE,
            note=form.note.data or "",
            by=current_actor(),
            expected_version=form.expected_version,
        )

    there = url_for("board.ticket", reference=reference)
    return done_once(form, act, leads_to=there) or (_render_late(reference, form), 422)


def _render_late(reference: str, form: LatePartForm) -> str:
    head = get_head(reference, shop_id=current_actor().shop_id)
    late = queries.find_late(head.id, shop_id=head.shop_id, at=now())
    if late is None and not form.errors and not form.form_errors:
        raise NotFound
    if late is not None and form.earliest.data is None and form.latest.data is None:
        form.show(late.draft)
        form.version.data = head.stage_version
    earliest, latest = form.earliest.data, form.latest.data
    has_dates = earliest is not None and latest is not None and latest >= earliest
    notices = (
        preview_dates(reference, earliest=earliest, latest=latest, by=current_actor()) if has_dates else None
    )
    return render_template("parts/late.html", head=head, late=late, form=form, notices=notices)
