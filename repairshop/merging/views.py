"""People who look alike: warned of while typing, listed, put together and taken apart."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop.customers.alike_queries import (
    find_telling_apart,
    list_alike,
    list_pairs,
    list_told_apart,
)
from repairshop.customers.likeness import Traits, holds_back
from repairshop.customers.rules import ContactKind
from repairshop.customers.service import normalised_contact
from repairshop.errors import Refused
from repairshop.merging import queries, service
from repairshop.merging.forms import AnotherPersonForm, MergeForm
from repairshop.merging.queries import Preview
from repairshop.merging.rules import Side
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.web.access import staff_only
from repairshop.web.forms import Form, clean_text
from repairshop.web.once import done_once
from repairshop.web.row_numbers import row_number

merging = Blueprint("merging", __name__)

# The pages that take a found person instead of a new one.
_LEADS_TO = ("intake.take_in_form", "intake.book_form")


@merging.get("/customers/alike")
@staff_only(Right.MANAGE)
def list_() -> ResponseReturnValue:
    """All pairs of the shop. Whoever takes in meets a pair on the page of the person in front of them."""
    shop_id = current_actor().shop_id
    return render_template(
        "merging/list.html",
        pairs=list_pairs(shop_id=shop_id),
        told_apart=list_told_apart(shop_id=shop_id),
    )


@merging.get("/customers/alike/found")
@staff_only(Right.TAKE_IN)
def found() -> ResponseReturnValue:
    """Who looks like what was typed so far, as a piece of the page."""
    then = request.args.get("then", "")
    besides = request.args.get("besides", type=row_number)
    alike = list_alike(_typed_traits(), shop_id=current_actor().shop_id, besides=besides)
    return render_template(
        "customers/_alike.html",
        alike=alike,
        target=then if then in _LEADS_TO else "",
        besides=besides,
        form=AnotherPersonForm(formdata=None),
        ask_another=any(holds_back(row.reasons) for row in alike),
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
    return _render(preview, form)


@merging.post("/customers/<int:customer_id>/merge/<int:other_id>")
@staff_only(Right.TAKE_IN)
def merge(customer_id: int, other_id: int) -> ResponseReturnValue:
    preview, form = _preview(customer_id, other_id), MergeForm()
    form.offer(preview.kept, preview.gone)
    there = url_for("people.show", customer_id=preview.kept.id)
    if preview.kept.id == preview.gone.id:
        return redirect(there)  # the second click, or somebody else was faster

    def act() -> None:
        service.merge(
            preview.kept.id,
            preview.gone.id,
            name_of=Side(form.name_of.data),
            language_of=Side(form.language_of.data),
            by=current_actor(),
            expected_version=form.expected_version,
            expected_version_of_gone=form.expected_version_of_gone,
        )

    return done_once(form, act, leads_to=there) or (_render(preview, form), 422)


@merging.get("/customers/<int:customer_id>/merges/<int:merge_id>/undo")
@staff_only(Right.TAKE_IN)
def unmerge_form(customer_id: int, merge_id: int) -> ResponseReturnValue:
    return _render_undo(customer_id, merge_id, Form())


@merging.post("/customers/<int:customer_id>/merges/<int:merge_id>/undo")
@staff_only(Right.TAKE_IN)
def unmerge(customer_id: int, merge_id: int) -> ResponseReturnValue:
    form, there = Form(), url_for("people.show", customer_id=customer_id)
    done = done_once(
        form, lambda: service.unmerge(merge_id, kept_id=customer_id, by=current_actor()), leads_to=there
    )
    return done or (_render_undo(customer_id, merge_id, form), 422)


@merging.post("/customers/<int:customer_id>/two-people/<int:other_id>")
@staff_only(Right.TAKE_IN)
def tell_apart(customer_id: int, other_id: int) -> ResponseReturnValue:
    """Nobody is asked about these two any more."""
    return _settle(
        customer_id, other_id, lambda: service.tell_apart(customer_id, other_id, by=current_actor())
    )


@merging.post("/customers/<int:customer_id>/two-people/<int:other_id>/undo")
@staff_only(Right.TAKE_IN)
def ask_again(customer_id: int, other_id: int) -> ResponseReturnValue:
    return _settle(
        customer_id, other_id, lambda: service.ask_again(customer_id, other_id, by=current_actor())
    )


def _settle(customer_id: int, other_id: int, act: Callable[[], None]) -> ResponseReturnValue:
    """A button that stands in the list and on the page that compares; each leads back to where it stood."""
    preview, form = _preview(customer_id, other_id), Form()
    is_listed = "listed" in request.args and current_actor().may(Right.MANAGE)
    there = url_for("merging.list_") if is_listed else url_for("people.show", customer_id=customer_id)
    done = done_once(form, act, leads_to=there)
    if done is not None:
        return done
    merge_form = MergeForm(formdata=None)
    merge_form.offer(preview.kept, preview.gone)
    return _render(preview, merge_form, apart_form=form), 422


def _render(preview: Preview, form: MergeForm, *, apart_form: Form | None = None) -> str:
    return render_template(
        "merging/merge.html",
        preview=preview,
        form=form,
        told_apart=find_telling_apart(preview.kept.id, preview.gone.id),
        apart_form=apart_form or Form(formdata=None),
    )


def _render_undo(customer_id: int, merge_id: int, form: Form) -> str:
    preview = queries.get_undo_preview(customer_id, merge_id, shop_id=current_actor().shop_id)
    return render_template("merging/unmerge.html", preview=preview, form=form)


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
