"""Verbs of the diagnosis: begin it, test, write down what was seen, and end it without a repair."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy import select

from repairshop import clock
from repairshop.catalogue.rules import FaultFamily
from repairshop.database import db
from repairshop.diagnostics.events import FindingsChanged
from repairshop.diagnostics.list_queries import list_in_force, lists_of_runs
from repairshop.diagnostics.lists import ensure_list
from repairshop.diagnostics.models import Conclusion, Finding, FindingPhoto, TestPhoto, TestResult, TestRun
from repairshop.diagnostics.rules import (
    Barrier,
    Defect,
    FaultCause,
    FindingEmpty,
    RunKind,
    TestAnswer,
    require_all_answered,
    require_checked_in,
    require_open,
    require_reason,
    require_value,
    require_words,
)
from repairshop.errors import NotFound
from repairshop.events import publish
from repairshop.media.rules import ReceivedPicture
from repairshop.media.service import store_picture
from repairshop.staff.rules import Actor
from repairshop.tickets.attachments import add_photo
from repairshop.tickets.chain import seal
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Ticket
from repairshop.tickets.rules import MoveFacts, PhotoStep, TicketId, require_in_shop
from repairshop.tickets.service import get_ticket_for_change, move_ticket
from repairshop.tickets.stages import Outcome, Stage, Verb, require_move

_PHOTO_STEPS = {Stage.IN_REPAIR: PhotoStep.REPAIR, Stage.FINAL_CHECKS: PhotoStep.FINAL_CHECKS}


def start_diagnosis(reference: str, *, by: Actor, expected_version: int | None = None) -> None:
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    require_move(ticket.stage, Verb.START_DIAGNOSIS)
    require_checked_in(ticket.checked_in_at)
    require_in_shop(ticket.holder)
    move_ticket(ticket, Verb.START_DIAGNOSIS, by=by)


def no_fault_found(reference: str, *, by: Actor, note: str, expected_version: int | None = None) -> None:
    """A real outcome: the customer reads what was tried."""
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    require_words(note)
    move = move_ticket(ticket, Verb.NO_FAULT_FOUND, by=by)
    _conclude(ticket, move.id, outcome=Outcome.NO_FAULT_FOUND, barrier=None, note=note, by=by)


def not_repairable(
    reference: str, *, by: Actor, barrier: Barrier, note: str, expected_version: int | None = None
) -> None:
    """From diagnosis or from the bench; the customer reads what stands in the way."""
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    require_words(note)
    move = move_ticket(
        ticket,
        Verb.NOT_REPAIRABLE,
        by=by,
        outcome_reason=barrier.value,
        facts=MoveFacts(reason=barrier.value),
        details={"barrier": barrier.value},
    )
    _conclude(ticket, move.id, outcome=Outcome.NOT_REPAIRABLE, barrier=barrier, note=note, by=by)


def _conclude(
    ticket: Ticket, move_id: int, *, outcome: Outcome, barrier: Barrier | None, note: str, by: Actor
) -> None:
    db.session.add(
        Conclusion(
            ticket_id=ticket.id,
            move_id=move_id,
            outcome=outcome,
            barrier=barrier,
            note=note,
            concluded_at=clock.now(),
            concluded_by_id=by.staff_id,
        )
    )


def take_back_conclusions(move_id: int) -> None:
    """Their move was undone."""
    query = select(Conclusion).where(Conclusion.move_id == move_id, Conclusion.undone_at.is_(None))
    for conclusion in db.session.scalars(query):
        conclusion.undone_at = clock.now()


def open_test_run(ticket: Ticket, *, kind: RunKind, by: Actor) -> TestRun:
    """The run of this kind to go on with, or a new one from the shop's list as it is today.

    There is one before run; an after run that is closed is followed by a new one.
    """
    run = _find_latest_run(ticket.id, kind)
    if run is not None and (kind is RunKind.BEFORE or run.closed_at is None):
        return run
    in_force = ensure_list(ticket.shop_id, ticket.device_type)
    run = TestRun(
        ticket_id=ticket.id,
        kind=kind,
        device_type=ticket.device_type,
        list_id=in_force.id,
        list_version=in_force.fingerprint,
        opened_at=clock.now(),
        opened_by_id=by.staff_id,
    )
    run.results = [
        TestResult(
            position=position,
            key=test.key,
            label=test.label,
            at_counter=test.at_counter,
            unit=test.unit,
            value="",
            note="",
        )
        for position, test in enumerate(list_in_force(ticket.shop_id, ticket.device_type))
    ]
    db.session.add(run)
    db.session.flush()  # forms and the history name the run
    record_history(ticket, "tests_opened", by=by, after={"run": run.id, "kind": kind.value})
    return run


def record_tests(
    reference: str,
    kind: RunKind,
    answers: Mapping[str, TestAnswer],
    *,
    by: Actor,
    close: bool = False,
    photos: Mapping[str, Sequence[ReceivedPicture]] = MappingProxyType({}),
    staff_only_photos: bool = False,
) -> None:
    """Keep what was answered so far, opening the run if need be; `close` it when nothing is left open.

    Only what `answers` and `photos` name is written, so two people may fill in one run.
    """
    ticket = get_ticket_for_change(reference, by=by)
    run = open_test_run(ticket, kind=kind, by=by)
    _write_answers(ticket, run, answers, by=by)
    _keep_photos(ticket, run, photos, by=by, staff_only=staff_only_photos)
    if close:
        close_test_run(ticket, run, by=by)


def _keep_photos(
    ticket: Ticket,
    run: TestRun,
    photos: Mapping[str, Sequence[ReceivedPicture]],
    *,
    by: Actor,
    staff_only: bool,
) -> None:
    """Photos are the ticket's, and each hangs on the check it was taken at."""
    if not any(photos.values()):
        return
    require_open(run.closed_at)
    results = {result.key: result for result in run.results}
    if not photos.keys() <= results.keys():
        raise NotFound
    for key, pictures in photos.items():
        for picture in pictures:
            photo = add_photo(
                ticket, store_picture(picture), step=_photo_step(ticket), by=by, staff_only=staff_only
            )
            db.session.flush()  # the join row needs the photo's id
            db.session.add(TestPhoto(result_id=results[key].id, photo_id=photo.id))


def _photo_step(ticket: Ticket) -> PhotoStep:
    return _PHOTO_STEPS.get(ticket.stage, PhotoStep.DIAGNOSIS)


def test_again(reference: str, *, by: Actor) -> None:
    """Open a fresh after run beside a closed one."""
    open_test_run(get_ticket_for_change(reference, by=by), kind=RunKind.AFTER, by=by)


def close_test_run(ticket: Ticket, run: TestRun, *, by: Actor) -> None:
    """ChecksUnanswered when a check has no answer; from then on the run is not changed."""
    require_open(run.closed_at)
    require_all_answered(run.results)
    run.closed_at, run.closed_by_id = clock.now(), by.staff_id
    record_history(ticket, "tests_closed", by=by, after={"run": run.id, "kind": run.kind.value})


def _write_answers(ticket: Ticket, run: TestRun, answers: Mapping[str, TestAnswer], *, by: Actor) -> None:
    results = {result.key: result for result in run.results}
    if not answers.keys() <= results.keys():
        raise NotFound
    changed = {key: answer for key, answer in answers.items() if _differs(results[key], answer)}
    if not changed:
        return
    require_open(run.closed_at)
    before, at = {key: _plain(results[key].verdict) for key in changed}, clock.now()
    tests = lists_of_runs([run.list_id])[run.list_id].tests if run.list_id else {}
    for key, answer in changed.items():
        require_reason(key, answer)
        if key in tests:
            require_value(tests[key], answer)
        result = results[key]
        result.verdict, result.value, result.note = answer.verdict, answer.value, answer.note
        result.answered_at, result.answered_by_id = at, by.staff_id
    record_history(
        ticket,
        "tests_recorded",
        by=by,
        before={"answers": before},
        after={
            "run": run.id,
            "kind": run.kind.value,
            "answers": {key: _plain(answer.verdict) for key, answer in changed.items()},
        },
    )


def _differs(result: TestResult, answer: TestAnswer) -> bool:
    return (result.verdict, result.value, result.note) != (answer.verdict, answer.value, answer.note)


def _plain(member: StrEnum | None) -> str | None:
    return member.value if member else None


def _find_latest_run(ticket_id: int, kind: RunKind) -> TestRun | None:
    query = select(TestRun).where(TestRun.ticket_id == ticket_id, TestRun.kind == kind)
    return db.session.scalars(query.order_by(TestRun.id.desc()).limit(1)).one_or_none()


def add_finding(
    reference: str,
    *,
    section: FaultFamily,
    seen: str,
    by: Actor,
    defect: Defect | None = None,
    cause: FaultCause | None = None,
    photos: Sequence[ReceivedPicture] = (),
    staff_only_photos: bool = False,
) -> int:
    """What was seen, with its photos; the customer reads it. The finding's id."""
    if not seen:
        raise FindingEmpty(field="seen")
    ticket = get_ticket_for_change(reference, by=by)
    sealed = seal(seen)
    finding = Finding(
        ticket_id=ticket.id,
        section=section,
        defect=defect,
        cause=cause,
        seen=seen,
        salt=sealed.salt,
        found_at=clock.now(),
        found_by_id=by.staff_id,
    )
    db.session.add(finding)
    db.session.flush()  # photos and history point at the finding
    record_history(
        ticket,
        "finding_added",
        by=by,
        after={
            "finding": finding.id,
            "section": section.value,
            "defect": _plain(defect),
            "cause": _plain(cause),
            "digest": sealed.digest,
        },
    )
    for picture in photos:
        photo = add_photo(
            ticket, store_picture(picture), step=_photo_step(ticket), by=by, staff_only=staff_only_photos
        )
        db.session.flush()  # the join row needs the photo's id
        db.session.add(FindingPhoto(finding_id=finding.id, photo_id=photo.id))
    publish(FindingsChanged(ticket_id=TicketId(ticket.id)))
    return finding.id


def remove_finding(reference: str, finding_id: int, *, because: str, by: Actor) -> None:
    """Take a finding off the pages; the row stays with its reason. A second click changes nothing."""
    ticket = get_ticket_for_change(reference, by=by)
    finding = db.session.get(Finding, finding_id)
    if finding is None or finding.ticket_id != ticket.id:
        raise NotFound
    require_words(because, field="because")
    if finding.removed_at is not None:
        return
    finding.removed_at, finding.removed_because = clock.now(), because
    record_history(ticket, "finding_removed", by=by, after={"finding": finding.id})
    publish(FindingsChanged(ticket_id=TicketId(ticket.id)))
