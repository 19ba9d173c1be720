"""The page of a quote's working draft. It sends nothing: the verbs' own pages do."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop.clock import now
from repairshop.errors import Refused
from repairshop.quotes.draft_queries import DraftRow, Sheet, first_draft, get_agreement, get_draft, sheet_of
from repairshop.quotes.drafts import find_terms, save_draft
from repairshop.quotes.forms import DraftForm, apply_draft_refusal
from repairshop.quotes.terms import LineKind, QuoteLine
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
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
_NEW_LINES = {kind.value: QuoteLine(kind=kind, description="") for kind in LineKind}


@drafts.get("/tickets/<reference>/quote")
@staff_only(Right.WORK_ON)
def edit(reference: str) -> ResponseReturnValue:
    """The working draft; `?add=part` or `?add=work` draws one more empty line."""
    head = get_head(reference, shop_id=current_actor().shop_id)
    kept = get_draft(head.id)
    form = DraftForm(formdata=None)
    form.show(kept if kept.version else first_draft(head, at=now()), currency=head.currency)
    form.draft_version.data = kept.version
    new = _NEW_LINES.get(request.args.get("add", ""))
    if new is not None:
        form.add_line(new, currency=head.currency)
    return _render_draft(head, form, kept)


@drafts.post("/tickets/<reference>/quote")
@staff_only(Right.WORK_ON)
def keep(reference: str) -> ResponseReturnValue:
    """Every button of the page saves what is typed, then does what it says."""
    head = get_head(reference, shop_id=current_actor().shop_id)
    form, act = DraftForm(), request.form.get("act", "save")
    there = _after_saving(head, act)
    if form.validate():
        try:
            content = form.content(currency=head.currency, without=_removed(act))
            with transaction():
                once(form, leads_to=there)
                save_draft(
                    reference, content, by=current_actor(), expected_draft_version=form.draft_version.data
                )
        except Refused as refusal:
            apply_draft_refusal(form, refusal)
        else:
            return redirect(there)
    return _render_draft(head, form, get_draft(head.id)), 422


def _removed(act: str) -> int | None:
    number = act.removeprefix("remove-")
    return int(number) if number != act and number.isdecimal() else None


def _after_saving(head: TicketHead, act: str) -> str:
    check = _check_page(head)
    if act == "check" and check:
        return url_for(check, reference=head.reference)
    if act == "limit" and head.stage is Stage.DIAGNOSING:
        return url_for("quotes.proceed_within_limit_form", reference=head.reference)
    add = act.removeprefix("add-")
    if act != add and add in _NEW_LINES:
        return url_for("drafts.edit", reference=head.reference, add=add, _anchor="lines")
    return url_for("drafts.edit", reference=head.reference)


def _check_page(head: TicketHead) -> str | None:
    verb = _SENDING.get(head.stage)
    return f"quotes.{verb.value}_form" if verb else None


def _render_draft(head: TicketHead, form: DraftForm, kept: DraftRow) -> str:
    return render_template(
        "quotes/draft.html",
        head=head,
        form=form,
        draft=kept,
        total=_total(head, kept),
        check=_check_page(head),
        limit=get_agreement(head.id).spend_limit,
    )


def _total(head: TicketHead, kept: DraftRow) -> Sheet | None:
    """What the saved draft costs; None while it has no lines or no dates."""
    terms = find_terms(kept, shop_id=head.shop_id, at=now())
    return sheet_of(terms) if terms and terms.lines else None
