"""The counter check: few tests with the customer watching; the bench goes on in the same run."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.diagnostics.forms import TestsForm, counter_form
from repairshop.diagnostics.queries import TestResultRow, TestRunRow, find_run, list_checks
from repairshop.diagnostics.rules import RunKind, counter_checks
from repairshop.diagnostics.service import record_tests
from repairshop.errors import Refused
from repairshop.intake.check_in_views import check_in
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.tickets.queries import TicketHead, get_head
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.forms import apply_refusal
from repairshop.web.once import once

__all__ = ["check_in"]  # the wiring takes it from here, so that these routes are on it


@check_in.get("/tickets/<reference>/counter-check")
@staff_only(Right.TAKE_IN)
def counter_check_form(reference: str) -> ResponseReturnValue:
    head, run, checks = _found(reference)
    return _render(head, run, checks, counter_form(checks, filled=True))


@check_in.post("/tickets/<reference>/counter-check")
@staff_only(Right.TAKE_IN)
def counter_check(reference: str) -> ResponseReturnValue:
    """Keep what was answered so far; the rest may follow, here or at the bench."""
    head, run, checks = _found(reference)
    form, there = counter_form(checks, filled=False), url_for("check_in.complete_form", reference=reference)
    if form.validate():
        try:
            with transaction():
                once(form, leads_to=there)
                record_tests(reference, RunKind.BEFORE, form.answers(checks), by=current_actor())
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            return redirect(there)
    return _render(head, run, checks, form), 422


def _found(reference: str) -> tuple[TicketHead, TestRunRow | None, tuple[TestResultRow, ...]]:
    head = get_head(reference, shop_id=current_actor().shop_id)
    run = find_run(head.id, RunKind.BEFORE)
    checks = run.results if run else list_checks(head.device_type, shop_id=current_actor().shop_id)
    return head, run, counter_checks(checks)


def _render(
    head: TicketHead, run: TestRunRow | None, checks: tuple[TestResultRow, ...], form: TestsForm
) -> str:
    return render_template("intake/counter_check.html", head=head, run=run, checks=checks, form=form)
