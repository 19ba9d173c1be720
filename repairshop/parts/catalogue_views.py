"""The shop's parts and suppliers: looked up by everybody, kept by managers."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop.codes import read_scan
from repairshop.errors import NotFound
from repairshop.parts import catalogue
from repairshop.parts import catalogue_queries as queries
from repairshop.parts.catalogue_forms import PartForm, SupplierForm
from repairshop.parts.catalogue_queries import PartRow, SupplierRow
from repairshop.parts.part_page import render_part
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.web.access import staff_only
from repairshop.web.forms import Form, clean_text
from repairshop.web.once import done_once

part_catalogue = Blueprint("part_catalogue", __name__)
_PAGE = 50
_LONGEST_SEARCH = 80


@part_catalogue.get("/shop/parts")
@staff_only(Right.WORK_ON)
def list_() -> ResponseReturnValue:
    """Search by words, barcode or supplier's number; a barcode opens its part."""
    text = clean_text(request.args.get("q", "")[:_LONGEST_SEARCH].replace("\x00", ""))
    shop_id = current_actor().shop_id
    if read_scan(text) is not None:  # a label of ours, scanned with this page open
        return redirect(url_for("board.find", q=text))
    if text and (scanned := queries.find_part_by_barcode(text, shop_id=shop_id)) is not None:
        return redirect(url_for("part_catalogue.show", catalogue_part_id=scanned.id))
    found = queries.search_parts(shop_id, text=text, limit=_PAGE + 1)
    return render_template(
        "parts/catalogue.html", text=text, parts=found[:_PAGE], has_more=len(found) > _PAGE
    )


@part_catalogue.get("/shop/parts/<int:catalogue_part_id>")
@staff_only(Right.WORK_ON)
def show(catalogue_part_id: int) -> ResponseReturnValue:
    return render_part(_get_part(catalogue_part_id), Form(formdata=None))


@part_catalogue.get("/shop/parts/new")
@staff_only(Right.MANAGE)
def add_form() -> ResponseReturnValue:
    form = PartForm(formdata=None)
    _offer(form)
    return render_template("parts/change_part.html", form=form, part=None)


@part_catalogue.post("/shop/parts/new")
@staff_only(Right.MANAGE)
def add() -> ResponseReturnValue:
    form = PartForm()
    _offer(form)

    def act() -> None:
        catalogue.add_part(form.facts(currency=current_shop().currency), by=current_actor())

    there = url_for("part_catalogue.list_", q=form.name.data)
    answer = done_once(form, act, leads_to=there)
    return answer or (render_template("parts/change_part.html", form=form, part=None), 422)


@part_catalogue.get("/shop/parts/<int:catalogue_part_id>/change")
@staff_only(Right.MANAGE)
def change_form(catalogue_part_id: int) -> ResponseReturnValue:
    part, form = _get_part(catalogue_part_id), PartForm(formdata=None)
    _offer(form, part)
    form.show(part)
    return render_template("parts/change_part.html", form=form, part=part)


@part_catalogue.post("/shop/parts/<int:catalogue_part_id>/change")
@staff_only(Right.MANAGE)
def change(catalogue_part_id: int) -> ResponseReturnValue:
    part, form = _get_part(catalogue_part_id), PartForm()
    _offer(form, part)

    def act() -> None:
        facts = form.facts(currency=current_shop().currency)
        catalogue.change_part(part.id, facts, by=current_actor())

    there = url_for("part_catalogue.show", catalogue_part_id=part.id)
    answer = done_once(form, act, leads_to=there)
    return answer or (render_template("parts/change_part.html", form=form, part=part), 422)


@part_catalogue.post("/shop/parts/<int:catalogue_part_id>/retire")
@staff_only(Right.MANAGE)
def retire(catalogue_part_id: int) -> ResponseReturnValue:
    return _change_use(catalogue_part_id, catalogue.retire_part)


@part_catalogue.post("/shop/parts/<int:catalogue_part_id>/bring-back")
@staff_only(Right.MANAGE)
def bring_back(catalogue_part_id: int) -> ResponseReturnValue:
    return _change_use(catalogue_part_id, catalogue.bring_part_back)


def _change_use(part_id: int, verb: Callable[..., None]) -> ResponseReturnValue:
    part, form = _get_part(part_id), Form()
    there = url_for("part_catalogue.show", catalogue_part_id=part.id)
    answer = done_once(form, lambda: verb(part.id, by=current_actor()), leads_to=there)
    return answer or (render_part(part, form), 422)


@part_catalogue.get("/shop/suppliers")
@staff_only(Right.WORK_ON)
def suppliers() -> ResponseReturnValue:
    return _render_suppliers(SupplierForm(formdata=None))


@part_catalogue.post("/shop/suppliers")
@staff_only(Right.MANAGE)
def add_supplier() -> ResponseReturnValue:
    form, there = SupplierForm(), url_for("part_catalogue.suppliers")
    answer = done_once(form, lambda: catalogue.add_supplier(form.facts(), by=current_actor()), leads_to=there)
    return answer or (_render_suppliers(form), 422)


@part_catalogue.get("/shop/suppliers/<int:supplier_id>")
@staff_only(Right.MANAGE)
def supplier_form(supplier_id: int) -> ResponseReturnValue:
    supplier, form = _get_supplier(supplier_id), SupplierForm(formdata=None)
    form.show(supplier)
    return render_template("parts/change_supplier.html", form=form, supplier=supplier)


@part_catalogue.post("/shop/suppliers/<int:supplier_id>")
@staff_only(Right.MANAGE)
def change_supplier(supplier_id: int) -> ResponseReturnValue:
    supplier, form = _get_supplier(supplier_id), SupplierForm()

    def act() -> None:
        catalogue.change_supplier(supplier.id, form.facts(), by=current_actor())

    answer = done_once(form, act, leads_to=url_for("part_catalogue.suppliers"))
    return answer or (render_template("parts/change_supplier.html", form=form, supplier=supplier), 422)


@part_catalogue.post("/shop/suppliers/<int:supplier_id>/retire")
@staff_only(Right.MANAGE)
def retire_supplier(supplier_id: int) -> ResponseReturnValue:
    supplier, form = _get_supplier(supplier_id), Form()

    def act() -> None:
        catalogue.retire_supplier(supplier.id, by=current_actor())

    answer = done_once(form, act, leads_to=url_for("part_catalogue.suppliers"))
    return answer or (_render_suppliers(SupplierForm(formdata=None), refused=form), 422)


def _get_part(part_id: int) -> PartRow:
    return queries.get_part(part_id, shop_id=current_actor().shop_id)


def _get_supplier(supplier_id: int) -> SupplierRow:
    rows = queries.list_suppliers(current_actor().shop_id)
    found = next((row for row in rows if row.id == supplier_id), None)
    if found is None:
        raise NotFound
    return found


def _offer(form: PartForm, part: PartRow | None = None) -> None:
    chosen = (part.supplier_id, part.supplier) if part and part.supplier_id else None
    form.offer(queries.list_suppliers(current_actor().shop_id), chosen=chosen)


def _render_suppliers(form: SupplierForm, *, refused: Form | None = None) -> str:
    rows = queries.list_suppliers(current_actor().shop_id)
    return render_template("parts/suppliers.html", form=form, refused=refused or form, suppliers=rows)
