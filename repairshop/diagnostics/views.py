"""Pages of the diagnosis: its verbs, the test runs, the findings."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from repairshop.catalogue.rules import FaultFamily
from repairshop.diagnostics import queries, service
from repairshop.diagnostics.forms import (
    FindingForm,
    NoFaultForm,
    NotRepairableForm,
    RemoveFindingForm,
    TestsForm,
    tests_form,
)
from repairshop.diagnostics.rules import Barrier, Change, Defect, FaultCause, RunKind, compared
from repairshop.errors import Refused
from repairshop.media.rules import MAX_PHOTO_BYTES, ReceivedPicture
from repairshop.media.service import receive_photo
from repairshop.notifications.verb_pages import VerbForm, do_verb, show_verb
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.tickets.queries import TicketHead, get_head
from repairshop.tickets.stages import Verb
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.forms import Form, apply_refusal
from repairshop.web.once import once

diagnostics = Blueprint("diagnostics", __name__)


@diagnostics.get("/tickets/<reference>/start-diagnosis")
@staff_only(Right.WORK_ON)
def start_diagnosis_form(reference: str) -> ResponseReturnValue:
    return show_verb("diagnostics/start_diagnosis.html", reference, Verb.START_DIAGNOSIS, VerbForm())


@diagnostics.post("/tickets/<reference>/start-diagnosis")
@staff_only(Right.WORK_ON)
def start_diagnosis(reference: str) -> ResponseReturnValue:
    form = VerbForm()
    return do_verb(
        "diagnostics/start_diagnosis.html",
        reference,
        Verb.START_DIAGNOSIS,
        form,
        lambda: service.start_diagnosis(
            reference, by=current_actor(), expected_version=form.expected_version
        ),
    )


@diagnostics.get("/tickets/<reference>/no-fault-found")
@staff_only(Right.WORK_ON)
def no_fault_found_form(reference: str) -> ResponseReturnValue:
    return show_verb(
        "diagnostics/no_fault_found.html",
        reference,
        Verb.NO_FAULT_FOUND,
        NoFaultForm(),
        context=_what_was_tried(reference),
    )


def _what_was_tried(reference: str) -> dict[str, Any]:
    """What the customer came with and how far the tests went, beside the words for them."""
    head = get_head(reference, shop_id=current_actor().shop_id)
    run = queries.find_run(head.id, RunKind.BEFORE)
    return {
        "symptom": queries.get_symptom(head.id),
        "tested": len(run.results) - run.count(None) if run else 0,
        "failed": len(run.failed) if run else 0,
    }


@diagnostics.post("/tickets/<reference>/no-fault-found")
@staff_only(Right.WORK_ON)
def no_fault_found(reference: str) -> ResponseReturnValue:
    form = NoFaultForm()
    return do_verb(
        "diagnostics/no_fault_found.html",
        reference,
        Verb.NO_FAULT_FOUND,
        form,
        lambda: service.no_fault_found(
            reference, by=current_actor(), note=form.note.data, expected_version=form.expected_version
        ),
        context=_what_was_tried(reference),
    )


@diagnostics.get("/tickets/<reference>/not-repairable")
@staff_only(Right.WORK_ON)
def not_repairable_form(reference: str) -> ResponseReturnValue:
    return show_verb("diagnostics/not_repairable.html", reference, Verb.NOT_REPAIRABLE, NotRepairableForm())


@diagnostics.post("/tickets/<reference>/not-repairable")
@staff_only(Right.WORK_ON)
def not_repairable(reference: str) -> ResponseReturnValue:
    form = NotRepairableForm()
    return do_verb(
        "diagnostics/not_repairable.html",
        reference,
        Verb.NOT_REPAIRABLE,
        form,
        lambda: service.not_repairable(
            reference,
            by=current_actor(),
            barrier=Barrier(form.barrier.data),
            note=form.note.data,
            expected_version=form.expected_version,
        ),
    )


@diagnostics.get("/tickets/<reference>/tests/<any(before,after):kind>")
@staff_only(Right.WORK_ON)
def tests(reference: str, kind: str) -> ResponseReturnValue:
    """The run to go on with; a list of open checks before the first answer."""
    head = get_head(reference, shop_id=current_actor().shop_id)
    run = queries.find_run(head.id, RunKind(kind))
    return _render_tests(head, kind, run, tests_form(_checks(head, run), filled=True))


@diagnostics.post("/tickets/<reference>/tests/<any(before,after):kind>")
@staff_only(Right.WORK_ON)
def record_tests(reference: str, kind: str) -> ResponseReturnValue:
    head = get_head(reference, shop_id=current_actor().shop_id)
    run = queries.find_run(head.id, RunKind(kind))
    checks = _checks(head, run)
    form = tests_form(checks, filled=False)
    there = url_for("diagnostics.tests", reference=reference, kind=kind)
    if form.validate() and (pictures := _receive_all(form, checks)) is not None:

        def act() -> None:
            service.record_tests(
                reference,
                RunKind(kind),
                form.answers(checks),
                by=current_actor(),
                close="close" in request.form,
                photos=pictures,
                staff_only_photos=bool(form.staff_only.data),
            )

        if _done(form, there, act):
            return redirect(there)
    form.propose(checks)
    return _render_tests(head, kind, run, form), 422


def _receive_all(
    form: TestsForm, checks: Sequence[queries.TestResultRow]
) -> dict[str, list[ReceivedPicture]] | None:
    """The photos by check; None when one of them is no picture, which its field then says."""
    pictures: dict[str, list[ReceivedPicture]] = {}
    for key, files in form.files(checks).items():
        try:
            pictures[key] = _receive(files)
        except Refused as refusal:
            refusal.field = f"photos-{key}"
            apply_refusal(form, refusal)
            return None
    return pictures


@diagnostics.get("/tickets/<reference>/tests/compared")
@staff_only(Right.WORK_ON)
def compare_tests(reference: str) -> ResponseReturnValue:
    """What the work changed: the same checks before and after it."""
    head = get_head(reference, shop_id=current_actor().shop_id)
    runs = {run.kind: run for run in queries.list_test_runs(head.id)}  # the later replaces the earlier
    before, after = (runs.get(kind) for kind in (RunKind.BEFORE, RunKind.AFTER))
    pairs = compared(before.results if before else (), after.results if after else ())
    return render_template(
        "diagnostics/compared.html", head=head, before=before, after=after, pairs=pairs, same=Change.SAME
    )


@diagnostics.post("/tickets/<reference>/tests/after/again")
@staff_only(Right.WORK_ON)
def test_again(reference: str) -> ResponseReturnValue:
    there = url_for("diagnostics.tests", reference=reference, kind="after")
    with transaction():
        once(VerbForm(), leads_to=there)
        service.test_again(reference, by=current_actor())
    return redirect(there)


def _checks(head: TicketHead, run: queries.TestRunRow | None) -> tuple[queries.TestResultRow, ...]:
    if run:
        return run.results
    return queries.list_checks(head.device_type, shop_id=current_actor().shop_id)


def _render_tests(head: TicketHead, kind: str, run: queries.TestRunRow | None, form: TestsForm) -> str:
    before = queries.find_run(head.id, RunKind.BEFORE) if kind == RunKind.AFTER else None
    return render_template(
        "diagnostics/tests.html",
        head=head,
        kind=kind,
        run=run,
        checks=_checks(head, run),
        before={check.key: check for check in before.results} if before else {},
        form=form,
    )


@diagnostics.get("/tickets/<reference>/findings")
@staff_only(Right.WORK_ON)
def show(reference: str) -> ResponseReturnValue:
    form = FindingForm()
    if request.args.get("section") in set(FaultFamily):
        form.section.data = request.args["section"]
    return _render_findings(reference, form)


@diagnostics.post("/tickets/<reference>/findings")
@staff_only(Right.WORK_ON)
def add_finding(reference: str) -> ResponseReturnValue:
    get_head(reference, shop_id=current_actor().shop_id)  # before strangers' pictures are opened
    form = FindingForm()
    there = url_for("diagnostics.show", reference=reference)
    if form.validate():
        try:
            pictures = _receive(form.photos.data or [])
        except Refused as refusal:
            refusal.field = "photos"
            apply_refusal(form, refusal)
            return _render_findings(reference, form), 422
        if _done(form, there, lambda: _add_finding(reference, form, pictures)):
            return redirect(there)
    return _render_findings(reference, form), 422


def _receive(files: Sequence[FileStorage]) -> list[ReceivedPicture]:
    """Pictures are opened before the transaction: each takes a good part of a second."""
    return [receive_photo(file.read(MAX_PHOTO_BYTES + 1)) for file in files if file and file.filename]


def _add_finding(reference: str, form: FindingForm, pictures: Sequence[ReceivedPicture]) -> None:
    service.add_finding(
        reference,
        section=FaultFamily(form.section.data),
        seen=form.seen.data,
        defect=Defect(form.defect.data) if form.defect.data else None,
        cause=FaultCause(form.cause.data) if form.cause.data else None,
        by=current_actor(),
        photos=pictures,
        staff_only_photos=form.staff_only.data,
    )


@diagnostics.post("/tickets/<reference>/findings/<int:finding_id>/remove")
@staff_only(Right.WORK_ON)
def remove_finding(reference: str, finding_id: int) -> ResponseReturnValue:
    form = RemoveFindingForm()
    there = url_for("diagnostics.show", reference=reference)

    def act() -> None:
        service.remove_finding(reference, finding_id, because=form.because.data, by=current_actor())

    if _done(form, there, act):
        return redirect(there)
    return _render_findings(reference, FindingForm(formdata=None), removing=finding_id, remove_form=form), 422


def _render_findings(
    reference: str,
    form: FindingForm,
    *,
    removing: int | None = None,
    remove_form: RemoveFindingForm | None = None,
) -> str:
    head = get_head(reference, shop_id=current_actor().shop_id)
    runs = queries.list_test_runs(head.id)
    return render_template(
        "diagnostics/show.html",
        head=head,
        suggestions=queries.list_suggestions(runs[-1] if runs else None, head),
        symptom=queries.get_symptom(head.id),
        findings=queries.list_findings(head.id),
        runs=runs,
        conclusion=queries.find_conclusion(head.id),
        form=form,
        removing=removing,
        remove_form=remove_form or RemoveFindingForm(formdata=None),
    )


def _done(form: Form, there: str, act: Callable[[], object]) -> bool:
    """Check the form and do it once; False leaves what is wrong on the form."""
    if not form.validate():
        return False
    try:
        with transaction():
            once(form, leads_to=there)
            act()
    except Refused as refusal:
        apply_refusal(form, refusal)
        return False
    return True
