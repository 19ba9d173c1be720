"""The open check-in: what the customer and the counter settle together, and the signature."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop.errors import NotFound, Refused
from repairshop.intake import completion, queries
from repairshop.intake.completion import Completion, Signed
from repairshop.intake.forms import CompletionForm, WaiveForm
from repairshop.intake.queries import OpenCheckIn
from repairshop.intake.rules import (
    WAIVABLE,
    CheckInNotDone,
    ConditionMissing,
    GateItem,
    ReachNotAsked,
    TakeInSignatureMissing,
)
from repairshop.media.rules import ReceivedPicture, drawn_signature
from repairshop.media.service import receive_signature
from repairshop.money import Money
from repairshop.privacy.forms import put_refusal
from repairshop.privacy.notice_queries import get_notice
from repairshop.privacy.rules import TaskKind, TaskUnanswered
from repairshop.promises.queries import get_promises
from repairshop.quotes.fees import find_fee_told
from repairshop.shots.queries import list_shots
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.tickets import queries as tickets
from repairshop.tickets.queries import TicketHead
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.forms import apply_refusal, refusal_sentence
from repairshop.web.once import once

check_in = Blueprint("check_in", __name__)


@check_in.get("/tickets/<reference>/check-in-complete")
@staff_only(Right.TAKE_IN)
def complete_form(reference: str) -> ResponseReturnValue:
    head = tickets.get_head(reference, shop_id=current_actor().shop_id)
    form, found = CompletionForm(), _found(head)
    facts = found.facts
    for task, fields in form.task_fields(found.tasks):
        fields.offer(task)
        fields.prefill(task)
    form.condition_note.data, form.reach_note.data = facts.condition_note, facts.reach_note
    form.signed_name.data = head.customer_name or ""
    form.version.data, form.seen.data = head.stage_version, facts.seen
    return _render(head, form, found)


@check_in.post("/tickets/<reference>/check-in-complete")
@staff_only(Right.TAKE_IN)
def complete(reference: str) -> ResponseReturnValue:
    """Keep what was answered; with the button "complete", close the check-in."""
    head = tickets.get_head(reference, shop_id=current_actor().shop_id)
    form, found = CompletionForm(), _found(head)
    for task, fields in form.task_fields(found.tasks):
        fields.offer(task)
    is_final = request.form.get("deed") != "save"
    if not form.validate():
        return _render(head, form, found), 422
    try:
        given = _given(form, drawing=_drawing(form))
        with transaction():
            once(form, leads_to=_next_page(head, is_final=is_final))
            act = completion.complete_check_in if is_final else completion.save_check_in
            act(reference, given, by=current_actor(), expected_version=form.expected_version)
    except Refused as refusal:
        _put(form, refusal)
        return _render(head, form, found), 422
    return redirect(_next_page(head, is_final=is_final))


def _next_page(head: TicketHead, *, is_final: bool) -> str:
    if is_final:
        return url_for("board.ticket", reference=head.reference)
    return url_for("check_in.complete_form", reference=head.reference)


def _drawing(form: CompletionForm) -> ReceivedPicture | None:
    """The drawn signature in the store; before the transaction, because opening a picture takes its time."""
    try:
        return receive_signature(drawn_signature(form.drawn.data)) if form.drawn.data else None
    except Refused as refusal:
        refusal.field = "signed_name"
        raise


def _given(form: CompletionForm, *, drawing: ReceivedPicture | None) -> Completion:
    answers = {kind: form[kind.value].form.answer(kind) for kind in TaskKind if kind.value in form}
    name = form.signed_name.data or ""
    signed = None
    if drawing is not None or form.agreed.data:
        if not name:
            raise TakeInSignatureMissing(field="signed_name")
        signed = Signed(name=name, drawing=drawing)
    return Completion(
        answers={kind: answer for kind, answer in answers.items() if answer is not None},
        condition_note=form.condition_note.data or "",
        reach_note=form.reach_note.data or "",
        seen=form.seen.data or "",
        signed=signed,
    )


_MISSING = {
    GateItem.CONDITION: ConditionMissing,
    GateItem.REACH: ReachNotAsked,
    GateItem.SIGNATURE: TakeInSignatureMissing,
}
_FIELDS = {
    GateItem.CONDITION: "condition_note",
    GateItem.REACH: "reach_note",
    GateItem.SIGNATURE: "signed_name",
}


def _put(form: CompletionForm, refusal: Refused) -> None:
    """Each missing item at its own place; a task's refusal inside the task."""
    if isinstance(refusal, CheckInNotDone):
        for item in refusal.values["items"]:  # type: ignore[attr-defined]
            if item in _MISSING:
                apply_refusal(form, _MISSING[item](field=_FIELDS[item]))
        for kind in refusal.values["kinds"]:  # type: ignore[attr-defined]
            unanswered = TaskUnanswered(field="choice", kind=kind)
            put_refusal(form[kind.value].form, unanswered, refusal_sentence(unanswered))
        return
    kind, _, refusal_field = (refusal.field or "").partition("-")
    if refusal_field and kind in form:
        refusal.field = refusal_field
        if put_refusal(form[kind].form, refusal, refusal_sentence(refusal)):
            return
    apply_refusal(form, refusal)


def _found(head: TicketHead) -> OpenCheckIn:
    return queries.get_open_check_in(head.id, visit_id=head.visit_id, opened_at=head.opened_at)


def _render(head: TicketHead, form: CompletionForm, found: OpenCheckIn) -> str:
    limit = found.facts.spend_limit_minor
    visit = tickets.list_heads_of_visit(head.visit_id) if head.visit_id is not None else []
    return render_template(
        "intake/check_in_complete.html",
        head=head,
        form=form,
        tasks=form.task_fields(found.tasks),
        facts=found.facts,
        spend_limit=None if limit is None else Money(minor=limit, currency=head.currency),
        fee_told=find_fee_told(head.id),
        waivers=found.waivers,
        signature=found.signature,
        signature_counts=found.signature_counts,
        notice=get_notice(head.shop_id),
        promises=get_promises(head.id),
        others=[other for other in visit if other.id != head.id],
        may_waive=current_actor().may(Right.WAIVE),
        shots=list_shots(head.id, head.device_type),
    )


@check_in.get("/tickets/<reference>/check-in-waive/<item>")
@staff_only(Right.WAIVE)
def waive_form(reference: str, item: str) -> ResponseReturnValue:
    head = tickets.get_head(reference, shop_id=current_actor().shop_id)
    return render_template("intake/waive.html", head=head, item=_item(item), form=WaiveForm())


@check_in.post("/tickets/<reference>/check-in-waive/<item>")
@staff_only(Right.WAIVE)
def waive(reference: str, item: str) -> ResponseReturnValue:
    head = tickets.get_head(reference, shop_id=current_actor().shop_id)
    form = WaiveForm()
    there = url_for("check_in.complete_form", reference=reference)
    if form.validate():
        try:
            with transaction():
                once(form, leads_to=there)
                completion.waive_item(reference, _item(item), form.reason.data or "", by=current_actor())
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            return redirect(there)
    return render_template("intake/waive.html", head=head, item=_item(item), form=form), 422


def _item(text: str) -> GateItem:
    if text not in WAIVABLE:
        raise NotFound
    return GateItem(text)
