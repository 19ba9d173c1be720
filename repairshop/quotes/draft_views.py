"""The page of a quote's working draft. It sends nothing: the verbs' own pages do."""

import re
from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop.clock import now
from repairshop.errors import Refused
from repairshop.money import Money
from repairshop.quotes.draft_queries import (
    DraftOption,
    DraftRow,
    Sheet,
    first_draft,
    get_agreement,
    get_draft,
    sheet_of,
)
from repairshop.quotes.drafts import DraftContent, find_terms, save_draft
from repairshop.quotes.forms import DraftForm, Reading, apply_draft_refusal
from repairshop.quotes.part_lines import fitting_of, list_suggested_parts, take_part
from repairshop.quotes.repair_form import LEAST_DAYS, gives_form
from repairshop.quotes.stops import find_stop
from repairshop.quotes.terms import MOST_OPTIONS, DatesBasis, LineKind, QuoteLine
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.tickets.queries import TicketHead, get_head
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.once import once

drafts = Blueprint("drafts", __name__)

# The verb that sends the draft from each stage.
_SENDING: dict[Stage, Verb] = {
    Stage.DIAGNOSING: Verb.SEND_QUOTE,
    Stage.AWAITING_APPROVAL: Verb.REVISE_QUOTE,
    Stage.APPROVED: Verb.REQUOTE,
    Stage.AWAITING_PARTS: Verb.REQUOTE,
    Stage.IN_REPAIR: Verb.REQUOTE,
    Stage.READY: Verb.CUSTOMER_RECONSIDERS,
}
_LONGEST_NUMBER = 4  # digits of a line's or an option's number
_TAKE = re.compile(r"take-(\d{1,2})-(\d{1,9})")
_NEW_LINES = {kind.value: QuoteLine(kind=kind, description="") for kind in LineKind}


@drafts.get("/tickets/<reference>/quote")
@staff_only(Right.WORK_ON)
def edit(reference: str) -> ResponseReturnValue:
    """The working draft; `?add=part&to=1` draws one more empty line in the second option."""
    head = get_head(reference, shop_id=current_actor().shop_id)
    kept = get_draft(head.id)
    form = DraftForm(formdata=None)
    shown = kept if kept.version else first_draft(head, told=kept.fee_told, at=now())
    form.show(shown, currency=head.currency, time_zone=current_shop().time_zone)
    form.draft_version.data = kept.version
    new, to = _NEW_LINES.get(request.args.get("add", "")), request.args.get("to", "0")
    if new is not None:
        option = int(to) if to in {str(number) for number in form.option_numbers} else 0
        form.add_line(new, option=option, currency=head.currency)
    return _render_draft(head, form, kept, basis=shown.dates_basis)


@drafts.post("/tickets/<reference>/quote")
@staff_only(Right.WORK_ON)
def keep(reference: str) -> ResponseReturnValue:
    """Every button of the page saves what is typed, then does what it says."""
    head = get_head(reference, shop_id=current_actor().shop_id)
    form, act = DraftForm(), request.form.get("act", "save")
    there = _after_saving(head, act)
    if form.validate():
        try:
            content = form.content(_reading(head), without=_number_after("remove-", act))
            with transaction():
                once(form, leads_to=there)
                save_draft(
                    reference,
                    _with_part(_with_options_changed(content, act), act, head),
                    by=current_actor(),
                    expected_draft_version=form.draft_version.data,
                )
        except Refused as refusal:
            apply_draft_refusal(form, refusal)
        else:
            return redirect(there)
    return _render_draft(head, form, get_draft(head.id)), 422


def _reading(head: TicketHead) -> Reading:
    shop = current_shop()
    return Reading(currency=head.currency, hourly_rate_minor=shop.hourly_rate_minor, time_zone=shop.time_zone)


def _number_after(start: str, act: str) -> int | None:
    number = act.removeprefix(start)
    return int(number) if number != act and number.isdecimal() and len(number) < _LONGEST_NUMBER else None


def _with_options_changed(content: DraftContent, act: str) -> DraftContent:
    """One option more, a copy of one to start from, or one less; the last one stays."""
    options = list(content.options)
    copied, dropped = _number_after("copy-option-", act), _number_after("drop-option-", act)
    if act == "add-option":
        options.append(DraftOption())
    elif copied is not None and copied < len(options):
        options.append(replace(options[copied], label=""))
    elif dropped is not None and dropped < len(options) > 1:
        del options[dropped]
    return replace(content, options=options)


def _with_part(content: DraftContent, act: str, head: TicketHead) -> DraftContent:
    """`take-1-42`: part 42 of the catalogue goes into the second option, with its usual work."""
    found = _TAKE.fullmatch(act)
    taken = take_part(int(found[2]), head=head) if found else None
    options = list(content.options)
    if found is None or taken is None or int(found[1]) >= len(options):
        return content
    option, work = options[int(found[1])], fitting_of(taken, current_shop().hourly_rate_minor)
    options[int(found[1])] = replace(option, lines=(*option.lines, taken.line, *work))
    return replace(content, options=options)


def _after_saving(head: TicketHead, act: str) -> str:
    check = _check_page(head)
    if act == "check" and check:
        return url_for(check, reference=head.reference)
    if act == "limit" and head.stage is Stage.DIAGNOSING:
        return url_for("quotes.proceed_within_limit_form", reference=head.reference)
    kind, _, option = act.removeprefix("add-").partition("-")
    if act.startswith("add-") and kind in _NEW_LINES and (option or "0").isdecimal():
        to = option or "0"
        place = f"option-{to}"
        return url_for("drafts.edit", reference=head.reference, add=kind, to=to, _anchor=place)
    return url_for("drafts.edit", reference=head.reference)


def _check_page(head: TicketHead) -> str | None:
    verb = _SENDING.get(head.stage)
    return f"quotes.{verb.value}_form" if verb else None


def _render_draft(
    head: TicketHead, form: DraftForm, kept: DraftRow, *, basis: DatesBasis | None = None
) -> str:
    shop = current_shop()
    with_form = gives_form(shop.repair_form, country=shop.country)
    return render_template(
        "quotes/draft.html",
        head=head,
        form=form,
        draft=kept,
        total=_total(head, kept),
        check=_check_page(head),
        stop=find_stop(head),
        limit=get_agreement(head.id).spend_limit,
        most_options=MOST_OPTIONS,
        rate=_hourly_rate(head),
        basis=basis,
        suggested=list_suggested_parts(head),
        gives_form=with_form,
        valid_days=max(shop.quote_valid_days, LEAST_DAYS) if with_form else shop.quote_valid_days,
    )


def _hourly_rate(head: TicketHead) -> Money | None:
    minor = current_shop().hourly_rate_minor
    return None if minor is None else Money(minor=minor, currency=head.currency)


def _total(head: TicketHead, kept: DraftRow) -> Sheet | None:
    """What the saved draft costs; None while it has no lines or no dates."""
    terms = find_terms(kept, shop_id=head.shop_id, at=now())
    return sheet_of(terms) if terms and kept.has_lines else None
