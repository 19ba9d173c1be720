"""Verbs after the device has changed hands: complete the check-in, let an item off, correct the facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from repairshop import clock
from repairshop.database import db
from repairshop.errors import Conflict, NotFound, Refused
from repairshop.intake.models import CheckInWaiver, FactChange
from repairshop.intake.queries import get_open_check_in
from repairshop.intake.rules import (
    WAIVABLE,
    CheckInDoneAlready,
    GateItem,
    merged,
    require_complete,
    require_other_reach,
)
from repairshop.media.rules import ReceivedPicture
from repairshop.media.service import store_picture
from repairshop.privacy import queries as privacy_queries
from repairshop.privacy.rules import Answer, ReasonMissing, TaskKind, TaskState, WaiveNotAllowed
from repairshop.privacy.service import answer_task_of, open_task_list
from repairshop.promises.queries import get_promises
from repairshop.staff.rules import Actor, Right
from repairshop.tickets import service as tickets
from repairshop.tickets.chain import seal
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Signature, Ticket, Visit
from repairshop.tickets.rules import MoveFacts, SignaturePurpose, SymptomCondition
from repairshop.tickets.stages import Stage


@dataclass(frozen=True, kw_only=True)
class Signed:
    """The customer's hand: a drawing, or the typed name with its tick."""

    name: str
    drawing: ReceivedPicture | None = None


@dataclass(frozen=True, kw_only=True)
class Completion:
    """What the customer and the counter settle together before the receipt goes."""

    answers: Mapping[TaskKind, Answer]
    condition_note: str
    reach_note: str
    seen: str = ""  # IntakeFacts.seen of the form
    signed: Signed | None = None


def save_check_in(
    reference: str, given: Completion, *, by: Actor, expected_version: int | None = None
) -> None:
    """Keep what is known so far; the check-in stays open."""
    _write(_open_check_in(reference, by=by, expected_version=expected_version), given, by=by)


def complete_check_in(
    reference: str,
    given: Completion,
    *,
    by: Actor,
    expected_version: int | None = None,
) -> None:
    """Close the open check-in: CheckInNotDone names what is missing. Receipt and notice go now."""
    ticket = _open_check_in(reference, by=by, expected_version=expected_version)
    _write(ticket, given, by=by)
    found = get_open_check_in(ticket.id, visit_id=ticket.visit_id, opened_at=ticket.opened_at)
    require_complete(found.gate)
    tickets.complete_check_in(ticket, by=by, facts=_facts(ticket))


def _facts(ticket: Ticket) -> MoveFacts:
    """What the "received" notice says."""
    promises = get_promises(ticket.id)
    if promises is None:
        return MoveFacts()
    dates = promises.current.dates
    return MoveFacts(promised_from=dates.earliest, promised_to=dates.latest)


def _open_check_in(reference: str, *, by: Actor, expected_version: int | None) -> Ticket:
    ticket = tickets.get_ticket_for_change(reference, by=by, expected_version=expected_version)
    if ticket.checked_in_at is not None or ticket.stage is Stage.BOOKED:
        raise CheckInDoneAlready
    return ticket


def _write(ticket: Ticket, given: Completion, *, by: Actor) -> None:
    visit = _get_visit(ticket)
    open_task_list(ticket, by=by)
    known = {task.kind: task for task in privacy_queries.list_tasks(ticket.id)}
    for kind, answer in given.answers.items():
        task = known.get(kind)
        is_new = task is None or (task.state, task.choice, task.reason, task.seal, task.details) != (
            TaskState.DONE, answer.choice, answer.reason, answer.seal, dict(answer.details)
        )  # fmt: skip
        if is_new:
            _answer(ticket, kind, answer, by=by)
    texts = {"condition_note": given.condition_note, "reach_note": given.reach_note}
    _change_texts(ticket, visit, texts, seen=given.seen, by=by)
    if given.signed is not None:
        sign(ticket, given.signed, by=by)
    db.session.flush()  # the gate reads what was written


def _answer(ticket: Ticket, kind: TaskKind, answer: Answer, *, by: Actor) -> None:
    """A refusal names the task and the field, "backup-reason", because the page asks all tasks at once."""
    try:
        answer_task_of(ticket, kind, answer, by=by)
    except Refused as refusal:
        refusal.field = f"{kind.value}-{refusal.field}"
        raise


def sign(ticket: Ticket, signed: Signed, *, by: Actor) -> None:
    """The customer signs for every device of the visit that is here now."""
    visit = _get_visit(ticket)
    signature = Signature(
        visit_id=visit.id,
        purpose=SignaturePurpose.TAKE_IN,
        name=signed.name,
        media_id=store_picture(signed.drawing) if signed.drawing else None,
        at=clock.now(),
        staff_id=by.staff_id,
    )
    db.session.add(signature)
    db.session.flush()  # the history names it
    record_history(
        ticket,
        "signed_at_take_in",
        by=by,
        after={"signature": signature.id, "drawn": signed.drawing is not None},
    )


def waive_item(reference: str, item: GateItem, reason: str, *, by: Actor) -> None:
    """ "Not possible because …" for the condition, the reach or the signature; the customer reads why."""
    ticket = _open_check_in(reference, by=by, expected_version=None)
    if not by.may(Right.WAIVE) or item not in WAIVABLE:
        raise WaiveNotAllowed
    if not reason:
        raise ReasonMissing(field="reason")
    sealed = seal(reason)
    waiver = db.session.scalars(
        select(CheckInWaiver).where(CheckInWaiver.ticket_id == ticket.id, CheckInWaiver.item == item)
    ).one_or_none()
    if waiver is None:
        waiver = CheckInWaiver(ticket_id=ticket.id, item=item)
        db.session.add(waiver)
    waiver.reason, waiver.salt = reason, sealed.salt
    waiver.at, waiver.staff_id = clock.now(), by.staff_id
    record_history(
        ticket,
        "check_in_item_waived",
        by=by,
        after={"item": item.value, "reason_digest": sealed.digest},
    )


@dataclass(frozen=True, kw_only=True)
class TicketFacts:
    """What the counter may correct on a ticket at any time; amounts in minor units."""

    reported_fault: str
    symptom_condition: SymptomCondition | None
    condition_note: str
    accessories: tuple[str, ...]
    spend_limit_minor: int | None
    needed_by: str
    reach_note: str


def change_facts(reference: str, facts: TicketFacts, *, seen: str = "", by: Actor) -> None:
    """Correct what was written down; the texts as they stood are kept. No change writes nothing.

    `seen` is IntakeFacts.seen of the form: what somebody else changed meanwhile stays, and Conflict is raised
    only where both changed the same field.
    """
    ticket = tickets.get_ticket_for_change(reference, by=by)
    texts = {
        "reported_fault": facts.reported_fault,
        "condition_note": facts.condition_note,
        "needed_by": facts.needed_by,
        "reach_note": facts.reach_note,
        "accessories": ", ".join(facts.accessories),
    }
    _change_texts(ticket, _get_visit(ticket), texts, seen=seen, by=by)
    _change_condition(ticket, facts.symptom_condition, seen=seen, by=by)
    before, mine = ticket.spend_limit_minor, facts.spend_limit_minor
    kept = merged("spend_limit", mine=str(mine), current=str(before), seen=seen)
    if kept is None:
        raise Conflict("ticket", ticket.code)
    if kept == str(mine) and mine != before:
        ticket.spend_limit_minor = mine
        record_history(ticket, "spend_limit_changed", by=by, before={"minor": before}, after={"minor": mine})


def _change_condition(ticket: Ticket, mine: SymptomCondition | None, *, seen: str, by: Actor) -> None:
    before = ticket.symptom_condition
    kept = merged("symptom", mine=mine or "", current=before or "", seen=seen)
    if kept is None:
        raise Conflict("ticket", ticket.code)
    if kept == (mine or "") and mine is not before:
        ticket.symptom_condition = mine
        record_history(
            ticket, "symptom_changed", by=by, before={"condition": before}, after={"condition": mine}
        )


def _change_texts(ticket: Ticket, visit: Visit, texts: Mapping[str, str], *, seen: str, by: Actor) -> None:
    """Write the texts that differ and keep what stood there; the chain notes which, with a digest each."""
    digests: dict[str, Any] = {}
    for name, mine in texts.items():
        before = _text_of(ticket, visit, name)
        text = merged(name, mine=mine, current=before, seen=seen)
        if text is None:
            raise Conflict("ticket", ticket.code)
        if text == before:
            continue
        if name == "reach_note":
            require_other_reach(text, paused=_paused_numbers(visit))
        digests[name] = _keep_before(ticket, name, before, by=by)
        _set_text(ticket, visit, name, text)
    if digests:
        record_history(ticket, "facts_changed", by=by, before=digests, after={"fields": sorted(digests)})


def _keep_before(ticket: Ticket, name: str, before: str, *, by: Actor) -> str | None:
    """The digest of the text that is replaced, its salt beside it; None where there was none."""
    if not before:
        return None
    sealed = seal(before)
    db.session.add(
        FactChange(
            ticket_id=ticket.id,
            field=name,
            before=before,
            salt=sealed.salt,
            at=clock.now(),
            staff_id=by.staff_id,
        )
    )
    return sealed.digest


def _text_of(ticket: Ticket, visit: Visit, name: str) -> str:
    if name == "reach_note":
        return visit.reach_note
    if name == "accessories":
        return ", ".join(ticket.accessories)
    return str(getattr(ticket, name))


def _set_text(ticket: Ticket, visit: Visit, name: str, text: str) -> None:
    if name == "reach_note":
        visit.reach_note = text
    elif name == "accessories":
        ticket.accessories = [part for part in text.split(", ") if part]
    else:
        setattr(ticket, name, text)


def _paused_numbers(visit: Visit) -> list[str]:
    return [
        number
        for point in visit.customer.contact_points
        if point.sim_in_device_id is not None
        for number in (point.shown, point.value)
    ]


def _get_visit(ticket: Ticket) -> Visit:
    if ticket.visit is None:
        raise NotFound
    return ticket.visit
