"""People who look alike: warned of while typing, listed, put together and taken apart."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop.customers.alike_queries import list_alike, list_pairs
from repairshop.customers.likeness import STRONG, Traits
from repairshop.customers.rules import ContactKind
from repairshop.customers.service import normalised_contact
from repairshop.errors import Refused
from repairshop.merging import queries, service
from repairshop.merging.forms import AnotherPersonForm, MergeForm
from repairshop.merging.queries import Preview
from repairshop.merging.rules import Side
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.forms import Form, apply_refusal, clean_text
from repairshop.web.once import once

merging = Blueprint("merging", __name__)

# The pages that take a found person instead of a new one.
_LEADS_TO = ("intake.take_in_form", "intake.book_form")


@merging.get("/customers/alike")
@staff_only(Right.TAKE_IN)
def list_() -> ResponseReturnValue:
    pairs = list_pairs(shop_id=current_actor().shop_id)
    return render_template("merging/list.html", pairs=pairs)


@merging.get("/customers/alike/found")
@staff_only(Right.TAKE_IN)
def found() -> ResponseReturnValue:
    """Who looks like what was typed so far, as a piece of the page."""
    then = request.args.get("then", "")
    besides = request.args.get("besides", type=int)
    alike = list_alike(_typed_traits(), shop_id=current_actor().shop_id, besides=besides)
    return render_template(
        "customers/_alike.html",
        alike=alike,
        target=then if then in _LEADS_TO else "",
        besides=besides,
        form=AnotherPersonForm(formdata=None),
        ask_another=any(not STRONG.isdisjoint(row.reasons) for row in alike),
    )


@merging.get("/customers/<int:customer_id>/merge/<int:other_id>")
@staff_only(Right.TAKE_IN)
def merge_form(customer_id: int, other_id: int) -> ResponseReturnValue:
    preview = _preview(customer_id, other_id)
    if preview.kept.id == preview.gone.id:
        return redirect(url_for("people.show", customer_id=preview.kept.id))
    form = MergeForm()
    form.offer(preview.kept, preview.gone)
    form.version.data, form.other_version.data = preview.kept.version, preview.gone.version
    return render_template("merging/merge.html", preview=preview, form=form)


@merging.post("/customers/<int:customer_id>/merge/<int:other_id>")
@staff_only(Right.TAKE_IN)
def merge(customer_id: int, other_id: int) -> ResponseReturnValue:
    preview, form = _preview(customer_id, other_id), MergeForm()
    form.offer(preview.kept, preview.gone)
    there = url_for("people.show", customer_id=preview.kept.id)
    if preview.kept.id == preview.gone.id:
        return redirect(there)  # the second click, or somebody else was faster
    if not form.validate():
        return render_template("merging/merge.html", preview=preview, form=form), 422
    try:
        with transaction():
            once(form, leads_to=there)
            service.merge(
                preview.kept.id,
                preview.gone.id,
                name_of=Side(form.name_of.data),
                language_of=Side(form.language_of.data),
                by=current_actor(),
                expected_version=form.expected_version,
                expected_version_of_gone=form.expected_version_of_gone,
            )
    except Refused as refusal:
        apply_refusal(form, refusal)
        return render_template("merging/merge.html", preview=preview, form=form), 422
    return redirect(there)


@merging.get("/customers/<int:customer_id>/merges/<int:merge_id>/undo")
@staff_only(Right.TAKE_IN)
def unmerge_form(customer_id: int, merge_id: int) -> ResponseReturnValue:
    preview = queries.get_undo_preview(customer_id, merge_id, shop_id=current_actor().shop_id)
    return render_template("merging/unmerge.html", preview=preview, form=Form())


@merging.post("/customers/<int:customer_id>/merges/<int:merge_id>/undo")
@staff_only(Right.TAKE_IN)
def unmerge(customer_id: int, merge_id: int) -> ResponseReturnValue:
    form = Form()
    there = url_for("people.show", customer_id=customer_id)
    if not form.validate():
        return redirect(url_for("merging.unmerge_form", customer_id=customer_id, merge_id=merge_id))
    try:
        with transaction():
            once(form, leads_to=there)
            service.unmerge(merge_id, kept_id=customer_id, by=current_actor())
    except Refused as refusal:
        apply_refusal(form, refusal)
        preview = queries.get_undo_preview(customer_id, merge_id, shop_id=current_actor().shop_id)
        return render_template("merging/unmerge.html", preview=preview, form=form), 422
    return redirect(there)


def _preview(customer_id: int, other_id: int) -> Preview:
    return queries.get_preview(customer_id, other_id, shop_id=current_actor().shop_id)


def _typed_traits() -> Traits:
    """What can be read of it; a number that is not complete yet is none."""
    phones = [_typed(ContactKind.PHONE, name) for name in ("phone", "phone2", "value")]
    mails = [_typed(ContactKind.EMAIL, name) for name in ("email", "value")]
    return Traits(
        name=str(clean_text(request.args.get("name", "")))[:120].replace("\x00", ""),
        phones=frozenset(filter(None, phones)),
        mails=frozenset(filter(None, mails)),
    )


def _typed(kind: ContactKind, name: str) -> str:
    text = str(clean_text(request.args.get(name, "")))[:254]
    try:
        return normalised_contact(kind, text, country=current_shop().country) if text else ""
    except Refused:
        return ""
