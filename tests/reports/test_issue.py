"""A finished ticket's report is issued once and stays what it was."""

from dataclasses import replace

import pytest

from repairshop.database import db
from repairshop.diagnostics import service as diagnostics
from repairshop.diagnostics.rules import RunKind, TestAnswer, Verdict
from repairshop.errors import NotFound
from repairshop.reports import documents, facts, jobs, queries, service
from repairshop.reports.models import Report
from repairshop.reports.receipt_facts import get_receipt
from repairshop.reports.report_facts import get_report
from repairshop.reports.report_rules import Passcode, ReportData
from repairshop.reports.rules import LabelSize, ReportNotFinished
from repairshop.staff.rules import Role
from repairshop.tickets.attachments import add_note
from repairshop.tickets.service import move_ticket
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from repairshop.warranty import service as warranty
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.warranty.builders import claim, handed_over, in_diagnosis

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def tess():
    return make_staff(make_shop(), Role.TECHNICIAN)


def issue(reference, *, by):
    with transaction():
        return service.issue_report(reference, by=by)


@pytest.mark.both_databases
def test_the_facts_come_back_as_they_were_issued(database, tess):
    reference = make_ticket(tess, stage=Stage.READY)

    issued = issue(reference, by=tess)

    report = get_report(reference, shop_id=tess.shop_id)
    assert facts.read(issued.facts, ReportData) == replace(report, issued_at=issued.created_at)
    assert issued.digest == facts.digest_of(issued.facts)
    assert report.history_head == get_ticket(reference).history_hash
    assert report.passcode is Passcode.NEVER_TAKEN
    assert report.finished_at is not None
    ticket = get_ticket(reference)
    assert report.custody[-1].holder == ticket.holder.value
    assert report.custody[-1].label == ticket.holder_label
    assert [step["holder"] for step in issued.facts["custody"]] == [step.holder for step in report.custody]


def test_asking_again_gives_the_same_report_even_after_a_note(tess):
    reference = make_ticket(tess, stage=Stage.READY)
    first = issue(reference, by=tess)
    with transaction():
        add_note(reference, "The customer called", by=tess)

    second = issue(reference, by=tess)

    assert (second.id, second.digest) == (first.id, first.digest)


def test_what_a_newer_version_would_say_nothing_in_makes_no_other_report(tess):
    reference = make_ticket(tess, stage=Stage.READY)
    first = issue(reference, by=tess)
    with transaction():
        row = db.session.query(Report).one()
        row.facts = {name: value for name, value in row.facts.items() if name != "photos_after"}

    assert issue(reference, by=tess).id == first.id


def test_a_report_of_changed_facts_is_another_one_and_the_old_copy_can_still_be_checked(tess):
    reference = make_ticket(tess, stage=Stage.READY)
    first = issue(reference, by=tess)
    with transaction():
        move_ticket(get_ticket(reference), Verb.HAND_OVER, by=tess)

    second = issue(reference, by=tess)

    assert second.id != first.id
    assert queries.find_report(first.id, first.digest) is not None
    assert queries.find_issued(get_ticket(reference).id).id == second.id


def test_a_report_is_not_issued_before_the_work_is_finished(tess):
    reference = make_ticket(tess, stage=Stage.IN_REPAIR)

    with pytest.raises(ReportNotFinished):
        issue(reference, by=tess)


def test_another_shops_ticket_does_not_exist(tess):
    reference = make_ticket(tess, stage=Stage.READY)
    theo = make_staff(make_shop("Pixel Hospital", slug="pixel"), Role.TECHNICIAN, first_name="Theo")

    for ask in (
        lambda: issue(reference, by=theo),
        lambda: get_report(reference, shop_id=theo.shop_id),
        lambda: get_receipt(reference, shop_id=theo.shop_id),
        lambda: queries.get_label(reference, LabelSize.W62H29, shop_id=theo.shop_id),
    ):
        with pytest.raises(NotFound):
            ask()


@pytest.mark.both_databases
def test_a_report_of_a_claim_tells_the_first_repair_its_covers_and_the_decision(database, tess):
    original = handed_over(tess)
    claimed = in_diagnosis(claim(original, tess), tess)
    with transaction():
        warranty.proceed_under_warranty(claimed, because="Same solder joint", by=tess)

    first, second = (get_report(code, shop_id=tess.shop_id) for code in (original, claimed))

    assert first.claim is None
    assert first.covers[0].ends_on == first.warranty_until
    assert second.covers == first.covers
    assert (second.claim.code, second.claim.covered) == (original, True)
    assert second.claim.because == "Same solder joint"


def test_a_report_tells_who_made_its_checks_and_when(tess):
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)
    with transaction():
        diagnostics.open_test_run(get_ticket(reference), kind=RunKind.BEFORE, by=tess)
    unanswered = get_report(reference, shop_id=tess.shop_id)
    passed = {"battery_health": TestAnswer(verdict=Verdict.PASS, value="91")}
    with transaction():
        diagnostics.record_tests(reference, RunKind.BEFORE, passed, by=tess)

    report = get_report(reference, shop_id=tess.shop_id)

    assert unanswered.checked_before is None
    assert report.checked_before.by
    assert report.checked_after is None


def test_a_wrong_digest_or_id_finds_nothing(tess):
    issued = issue(make_ticket(tess, stage=Stage.READY), by=tess)

    assert queries.find_report(issued.id, "0" * 64) is None
    assert queries.find_report("0" * 16, issued.digest) is None


@pytest.mark.both_databases
def test_the_worker_issues_what_nobody_asked_for_and_only_once(database, tess):
    make_ticket(tess, stage=Stage.IN_REPAIR)
    done = [make_ticket(tess, stage=Stage.READY), make_ticket(tess, stage=Stage.HANDED_OVER)]

    assert jobs.issue_due_reports() == 2
    assert jobs.issue_due_reports() == 0

    assert all(queries.find_issued(get_ticket(reference).id) for reference in done)


def test_forgetting_a_person_empties_the_facts_and_keeps_the_digest(tess):
    reference = make_ticket(tess, stage=Stage.HANDED_OVER)
    issued = issue(reference, by=tess)
    ticket_id = get_ticket(reference).id

    with transaction():
        assert service.forget_reports([ticket_id]) == 1

    kept = queries.find_report(issued.id, issued.digest)
    assert kept.facts is None
    assert documents.report_for_ticket(ticket_id) is None


def test_a_label_shows_where_the_device_lies_only_while_it_lies_there(tess):
    reference = make_ticket(tess)
    with transaction():
        ticket = get_ticket(reference)
        ticket.holder_label = "B4"

    label = queries.get_label(reference, LabelSize.W62H29, shop_id=tess.shop_id)

    assert (label.place, label.device) == ("B4", "Apple iPhone 13, blue")


def test_a_receipt_holds_every_device_of_the_visit(tess):
    reference = make_ticket(tess, email="carl@example.com", spend_limit_minor=12_000)
    second = make_ticket(tess, name="Dana Diaz")
    with transaction():
        get_ticket(second).visit_id = get_ticket(reference).visit_id

    receipt, key = get_receipt(second, shop_id=tess.shop_id)

    assert [ticket.code for ticket in receipt.tickets] == [reference, second]
    assert receipt.customer == "Carl Cooper"
    assert receipt.tickets[0].spend_limit.minor == 12_000
    assert "carl@example.com" in receipt.reached_at
    assert key.visit_id == get_ticket(reference).visit_id
