"""Pages of warranty claims."""

from datetime import timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import Blueprint, get_template_attribute, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop import clock
from repairshop.errors import Refused
from repairshop.notifications.previews import preview_notice
from repairshop.notifications.rules import Notice
from repairshop.notifications.verb_pages import TICKET_PAGE, do_verb, show_verb
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.tickets.queries import TicketHead, get_head
from repairshop.tickets.stages import Verb
from repairshop.transaction import transaction
from repairshop.warranty import queries, service
from repairshop.warranty.first_time_fix import count_waiting, list_fixers
from repairshop.warranty.forms import ClaimForm, CoveredForm, DecisionForm, NotCoveredForm
from repairshop.warranty.rules import (
    PERIODS,
    NotAClaim,
    Warranty,
    Window,
    require_claimable,
    require_no_open_claim,
    require_undecided_or_diagnosing,
)
from repairshop.web.access import staff_only
from repairshop.web.forms import apply_refusal
from repairshop.web.once import once, remember_result

warranty = Blueprint("warranty", __name__)

Deciding = TypeVar("Deciding", bound=DecisionForm)

_COVERED = "warranty/proceed_under_warranty.html"


@warranty.get("/tickets/<reference>/open-warranty-claim")
@staff_only(Right.TAKE_IN)
def open_warranty_claim_form(reference: str) -> ResponseReturnValue:
    return _render(reference, ClaimForm(), asks_first=True)


@warranty.post("/tickets/<reference>/open-warranty-claim")
@staff_only(Right.TAKE_IN)
def open_warranty_claim(reference: str) -> ResponseReturnValue:
    form = ClaimForm()
    if form.validate():
        try:
            with transaction():
                once(form)
                claim = service.open_warranty_claim(
                    reference,
                    reported_fault=form.reported_fault.data,
                    device_is_here=form.where.data == "here",
                    same_fault=form.same_fault.data == "yes",
                    by=current_actor(),
                )
                there = url_for(TICKET_PAGE, reference=claim)
                remember_result(form, there)
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            return redirect(there)
    return _render(reference, form), 422


def _render(reference: str, form: ClaimForm, *, asks_first: bool = False) -> str:
    """`asks_first`: no form where no claim can be made. After a refusal it stays, with what was typed."""
    head = get_head(reference, shop_id=current_actor().shop_id)
    term = queries.get_warranty(head.id)
    return render_template(
        "warranty/open_warranty_claim.html",
        head=head,
        verb=Verb.OPEN_WARRANTY_CLAIM,
        form=form,
        stop=_find_stop(head, term) if asks_first else None,
        warranty=term,
        covers=queries.list_covers(head.id),
        comeback=_comeback_rule(head, term) if term else None,
        claims=queries.list_claims(term.ticket_id) if term else [],
    )


@warranty.get("/tickets/<reference>/proceed-under-warranty")
@staff_only(Right.WORK_ON)
def proceed_under_warranty_form(reference: str) -> ResponseReturnValue:
    head = get_head(reference, shop_id=current_actor().shop_id)
    form = with_covers(CoveredForm(), head)
    return show_verb(_COVERED, reference, Verb.PROCEED_UNDER_WARRANTY, form, context=_claim(head), head=head)


@warranty.post("/tickets/<reference>/proceed-under-warranty")
@staff_only(Right.WORK_ON)
def proceed_under_warranty(reference: str) -> ResponseReturnValue:
    head = get_head(reference, shop_id=current_actor().shop_id)
    form = with_covers(CoveredForm(), head)
    return do_verb(
        _COVERED,
        reference,
        Verb.PROCEED_UNDER_WARRANTY,
        form,
        lambda: service.proceed_under_warranty(
            reference,
            because=form.because.data,
            cover_id=form.cover_id,
            by=current_actor(),
            expected_version=form.expected_version,
        ),
        context=_claim(head),
    )


@warranty.get("/tickets/<reference>/not-covered")
@staff_only(Right.WORK_ON)
def not_covered_form(reference: str) -> ResponseReturnValue:
    head = get_head(reference, shop_id=current_actor().shop_id)
    decision = queries.find_decision(head.id)
    require_undecided_or_diagnosing(head.stage, is_claim=decision is not None)
    form = with_covers(NotCoveredForm(), head)
    form.version.data = head.stage_version
    return _draw_not_covered(head, form)


@warranty.post("/tickets/<reference>/not-covered")
@staff_only(Right.WORK_ON)
def not_covered(reference: str) -> ResponseReturnValue:
    head = get_head(reference, shop_id=current_actor().shop_id)
    form = with_covers(NotCoveredForm(), head)
    there = url_for(TICKET_PAGE, reference=reference)
    if form.validate():
        try:
            with transaction():
                once(form, leads_to=there)
                service.decide_not_covered(
                    reference,
                    because=form.because.data or "",
                    cover_id=form.cover_id,
                    by=current_actor(),
                    expected_version=form.expected_version,
                )
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            return redirect(there)
    return _draw_not_covered(head, form), 422


def _draw_not_covered(head: TicketHead, form: NotCoveredForm) -> str:
    notices = preview_notice(head.reference, Notice.CLAIM_NOT_COVERED, by=current_actor())
    return render_template("warranty/not_covered.html", head=head, form=form, notices=notices, **_claim(head))


def with_covers(form: Deciding, head: TicketHead) -> Deciding:
    """With a choice for each cover the first repair has."""
    words = get_template_attribute("warranty/_words.html", "cover_choice")
    none = get_template_attribute("warranty/_words.html", "no_cover_choice")
    covers = queries.list_claim_covers(head.id)
    form.offer(
        [(str(cover.id), str(words(cover)).strip()) for cover in covers],
        none=str(none(isinstance(form, CoveredForm))).strip(),
    )
    return form


def _claim(head: TicketHead) -> dict[str, Any]:
    decision = queries.find_decision(head.id)
    if decision is None:
        raise NotAClaim
    return {"decision": decision}


def _comeback_rule(head: TicketHead, term: queries.WarrantyRow) -> dict[str, Any]:
    """By which rule a claim made today counts as a comeback."""
    shop = current_shop()
    zone = ZoneInfo(shop.time_zone)
    last = queries.find_last_repair(term.id, head.fault_key, zone=zone)
    until = (last.left_on if last else term.starts_on) + timedelta(days=shop.comeback_days)
    return {
        "window_days": shop.comeback_days,
        "until": until,
        "in_window": clock.now().astimezone(zone).date() <= until,
    }


def _find_stop(head: TicketHead, term: queries.WarrantyRow | None) -> Refused | None:
    """Why no claim can be made now; None where one can."""
    today = clock.now().astimezone(ZoneInfo(current_shop().time_zone)).date()
    try:
        require_claimable(
            head.stage, Warranty(starts_on=term.starts_on, ends_on=term.ends_on) if term else None, on=today
        )
        require_no_open_claim(queries.find_open_claim(term.id) if term else None)
    except Refused as refusal:
        return refusal
    return None


@warranty.get("/shop/first-time-fix")
@staff_only(Right.MANAGE)
def first_time_fix() -> ResponseReturnValue:
    """Whose repairs held. A repair counts once its window is over, not a day before."""
    shop, at = current_shop(), clock.now()
    period = request.args.get("days", PERIODS[1], type=int)
    days = period if period in PERIODS else PERIODS[1]
    closed = Window(at=at, window_days=shop.comeback_days, period_days=days)
    return render_template(
        "warranty/first_time_fix.html",
        window=closed,
        periods=PERIODS,
        rows=list_fixers(shop.id, closed),
        waiting=count_waiting(shop.id, closed),
    )
