"""The page that adds work during the repair inside the customer's spend limit."""

import re

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop.errors import Refused
from repairshop.money import Money
from repairshop.notifications.previews import preview_notice
from repairshop.notifications.rules import Notice
from repairshop.quotes import additions as service
from repairshop.quotes.addition_forms import AdditionForm
from repairshop.quotes.addition_queries import get_room
from repairshop.quotes.addition_rules import ADDITION_STAGES, addition_price_minor, require_addition_stage
from repairshop.quotes.forms import Reading, apply_draft_refusal
from repairshop.quotes.part_lines import fitting_of, list_suggested_parts, take_part
from repairshop.quotes.terms import LineKind, QuoteLine
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.tickets.queries import TicketHead, get_head
from repairshop.tickets.rules import MoveFacts
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.once import once

additions = Blueprint("additions", __name__)

_TAKE = re.compile(r"take-(\d{1,9})")
_NEW_LINES = {f"add-{kind.value}": QuoteLine(kind=kind, description="") for kind in LineKind}


@additions.get("/tickets/<reference>/add-work")
@staff_only(Right.WORK_ON)
def ask(reference: str) -> ResponseReturnValue:
    """One empty line of work; parts are a button away."""
    head = get_head(reference, shop_id=current_actor().shop_id)
    require_addition_stage(head.stage)
    form = AdditionForm(formdata=None)
    form.version.data = head.stage_version
    form.add_line(_NEW_LINES["add-work"], currency=head.currency)
    return _render(head, form)


@additions.post("/tickets/<reference>/add-work")
@staff_only(Right.WORK_ON)
def add(reference: str) -> ResponseReturnValue:
    """`act=add-part`, `add-work`, `take-42` and `total` change the form and save nothing."""
    head = get_head(reference, shop_id=current_actor().shop_id)
    form, act = AdditionForm(), request.form.get("act", "")
    if _changes_form(form, act, head):
        return _render(head, form)
    if not form.validate():
        return _render(head, form), 422
    try:
        lines = form.content(_reading(head))
        if act == "total":
            return _render(head, form, lines)
        there = url_for("quotes.show", reference=reference)
        with transaction():
            once(form, leads_to=there)
            service.add_work(
                reference,
                lines,
                reason=form.reason.data or "",
                by=current_actor(),
                expected_version=form.expected_version,
            )
        return redirect(there)
    except Refused as refusal:
        apply_draft_refusal(form, refusal)
    return _render(head, form), 422


@additions.post("/tickets/<reference>/added-work/<int:addition_id>/undo")
@staff_only(Right.WORK_ON)
def undo(reference: str, addition_id: int) -> ResponseReturnValue:
    with transaction():
        service.take_work_back(reference, addition_id, by=current_actor())
    return redirect(url_for("quotes.show", reference=reference))


def _changes_form(form: AdditionForm, act: str, head: TicketHead) -> bool:
    """Whether the button only draws the form anew, with one line more or a part from the catalogue."""
    found = _TAKE.fullmatch(act)
    if found is not None:
        taken = take_part(int(found[1]), head=head)
        rate = current_shop().hourly_rate_minor
        for line in () if taken is None else (taken.line, *fitting_of(taken, rate)):
            form.add_line(line, currency=head.currency)
        return True
    if act not in _NEW_LINES:
        return False
    form.add_line(_NEW_LINES[act], currency=head.currency)
    return True


def _reading(head: TicketHead) -> Reading:
    shop = current_shop()
    return Reading(currency=head.currency, hourly_rate_minor=shop.hourly_rate_minor, time_zone=shop.time_zone)


def _render(head: TicketHead, form: AdditionForm, lines: list[QuoteLine] | None = None) -> str:
    """`lines` are those whose total was asked for."""
    room = get_room(head.id)
    agreed, limit = room.agreed_at_most, room.limit
    added = Money(minor=addition_price_minor(lines), currency=head.currency) if lines else None
    with_it = agreed + added if agreed and added else None
    facts = MoveFacts(price_at_most=with_it)
    rate = current_shop().hourly_rate_minor
    return render_template(
        "quotes/add_work.html",
        head=head,
        form=form,
        agreed=agreed,
        limit=limit,
        added=added,
        with_it=with_it,
        can_add=head.stage in ADDITION_STAGES and agreed is not None and limit is not None,
        suggested=list_suggested_parts(head),
        rate=None if rate is None else Money(minor=rate, currency=head.currency),
        notices=preview_notice(head.reference, Notice.WORK_ADDED, by=current_actor(), facts=facts),
    )
