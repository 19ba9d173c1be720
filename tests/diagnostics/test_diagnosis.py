"""Starting a diagnosis, testing, findings, and ending it without a repair."""

import io
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from PIL import Image
from sqlalchemy.exc import IntegrityError

from repairshop.catalogue.rules import FaultFamily
from repairshop.database import db
from repairshop.diagnostics import queries, service
from repairshop.diagnostics.models import TestResult
from repairshop.diagnostics.rules import (
    Barrier,
    CheckInStillOpen,
    ChecksUnanswered,
    ConclusionNeedsWords,
    FindingEmpty,
    NotTestableNeedsReason,
    RunClosed,
    RunKind,
    TestAnswer,
    Verdict,
)
from repairshop.errors import Conflict, NotFound
from repairshop.media.service import receive_photo
from repairshop.tickets import service as tickets
from repairshop.tickets.chain import digest_of
from repairshop.tickets.custody import pass_on
from repairshop.tickets.models import TicketPhoto
from repairshop.tickets.queries import list_history, list_photos
from repairshop.tickets.rules import CustodyNotInShop, Holder, PhotoStep
from repairshop.tickets.service import mark_changed
from repairshop.tickets.stages import MoveNotAllowed, Outcome, Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("app_context")]

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
PASS = TestAnswer(verdict=Verdict.PASS)
FAIL = TestAnswer(verdict=Verdict.FAIL)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture
def tess(app_context):
    return make_staff(make_shop())


def record(reference, answers, *, by, kind=RunKind.BEFORE, close=False):
    with transaction():
        service.record_tests(reference, kind, answers, by=by, close=close)


def run_of(reference, kind=RunKind.BEFORE):
    run = queries.find_run(get_ticket(reference).id, kind)
    assert run is not None
    return run


def verdicts(reference, kind=RunKind.BEFORE):
    return {row.key: row.verdict for row in run_of(reference, kind).results if row.verdict}


def every_check(reference, answer=PASS):
    ticket = get_ticket(reference)
    checks = queries.list_checks(ticket.device_type, shop_id=ticket.shop_id)
    return {check.key: answer for check in checks}


def test_a_checked_in_device_goes_into_diagnosis(tess) -> None:
    reference = make_ticket(tess)

    with transaction():
        service.start_diagnosis(reference, by=tess, expected_version=get_ticket(reference).stage_version)

    assert get_ticket(reference).stage is Stage.DIAGNOSING


def test_an_open_check_in_keeps_a_device_from_the_bench(tess) -> None:
    reference = make_ticket(tess, checked_in=False)

    with pytest.raises(CheckInStillOpen), transaction():
        service.start_diagnosis(reference, by=tess)

    assert get_ticket(reference).stage is Stage.RECEIVED


def test_a_device_that_is_not_here_is_not_diagnosed(tess) -> None:
    reference = make_ticket(tess)
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=tess)
        pass_on(ticket, Holder.CUSTOMER, to_label="", by=tess)

    with pytest.raises(CustodyNotInShop), transaction():
        service.start_diagnosis(reference, by=tess)


def test_starting_twice_from_one_form_is_a_conflict(tess) -> None:
    reference = make_ticket(tess)
    version = get_ticket(reference).stage_version
    with transaction():
        service.start_diagnosis(reference, by=tess, expected_version=version)

    with pytest.raises(Conflict), transaction():
        service.start_diagnosis(reference, by=tess, expected_version=version)


def test_no_fault_found_says_what_was_tried(tess) -> None:
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)

    with transaction():
        service.no_fault_found(reference, by=tess, note="Charged and drained it twice")

    ticket = get_ticket(reference)
    assert (ticket.stage, ticket.outcome) == (Stage.FINAL_CHECKS, Outcome.NO_FAULT_FOUND)
    conclusion = queries.find_conclusion(ticket.id)
    assert conclusion is not None
    assert (conclusion.outcome, conclusion.note) == (Outcome.NO_FAULT_FOUND, "Charged and drained it twice")
    assert conclusion.concluded_by == "Tess"


@pytest.mark.parametrize("stage", [Stage.DIAGNOSING, Stage.IN_REPAIR])
def test_not_repairable_names_the_barrier(tess, stage) -> None:
    reference = make_ticket(tess, stage=stage)

    with transaction():
        service.not_repairable(
            reference, by=tess, barrier=Barrier.PARTS_NOT_AVAILABLE, note="No board is made any more"
        )

    ticket = get_ticket(reference)
    assert (ticket.outcome, ticket.outcome_reason) == (Outcome.NOT_REPAIRABLE, "parts_not_available")
    conclusion = queries.find_conclusion(ticket.id)
    assert conclusion is not None
    assert conclusion.barrier is Barrier.PARTS_NOT_AVAILABLE


def test_an_end_without_words_is_refused(tess) -> None:
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)

    with pytest.raises(ConclusionNeedsWords), transaction():
        service.no_fault_found(reference, by=tess, note="")

    assert get_ticket(reference).stage is Stage.DIAGNOSING


def test_a_diagnosis_ends_from_its_stages_only(tess) -> None:
    reference = make_ticket(tess, stage=Stage.APPROVED)

    with pytest.raises(MoveNotAllowed), transaction():
        service.no_fault_found(reference, by=tess, note="Nothing")


def test_undo_takes_the_conclusion_back(tess) -> None:
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)
    with transaction():
        service.not_repairable(reference, by=tess, barrier=Barrier.TOO_WORN_OUT, note="Corroded")

    with transaction():
        tickets.undo_move(reference, by=tess)

    ticket = get_ticket(reference)
    assert (ticket.stage, ticket.outcome) == (Stage.DIAGNOSING, None)
    assert queries.find_conclusion(ticket.id) is None


def test_a_run_copies_the_checks_of_the_device_type(tess) -> None:
    reference = make_ticket(tess)

    record(reference, {"boot": PASS}, by=tess)

    run = run_of(reference)
    assert [row.key for row in run.results] == list(every_check(reference))
    assert (run.opened_by, run.closed_at) == ("Tess", None)
    assert run.list_version == 1


def test_a_run_is_resumed_and_others_answers_stay(tess) -> None:
    reference = make_ticket(tess)
    frank = make_staff(tess.shop_id, first_name="Frank")
    record(reference, {"boot": PASS, "wifi": FAIL}, by=frank)

    record(reference, {"nfc": PASS, "wifi": PASS}, by=tess)

    assert verdicts(reference) == {"boot": Verdict.PASS, "wifi": Verdict.PASS, "nfc": Verdict.PASS}
    assert len(queries.list_test_runs(get_ticket(reference).id)) == 1


def test_values_notes_and_units_are_kept(tess) -> None:
    reference = make_ticket(tess)
    measured = TestAnswer(verdict=Verdict.FAIL, value="71", note="843 cycles")

    record(reference, {"battery_health": measured}, by=tess)

    row = next(row for row in run_of(reference).results if row.key == "battery_health")
    assert (row.value, row.unit, row.note) == ("71", "%", "843 cycles")


def test_not_testable_says_why(tess) -> None:
    reference = make_ticket(tess)

    with pytest.raises(NotTestableNeedsReason):
        record(reference, {"touch": TestAnswer(verdict=Verdict.NOT_TESTABLE)}, by=tess)

    assert queries.list_test_runs(get_ticket(reference).id) == []


def test_a_check_of_another_device_type_is_not_found(tess) -> None:
    with pytest.raises(NotFound):
        record(make_ticket(tess), {"optical_drive": PASS}, by=tess)


def test_saving_the_same_again_writes_no_history(tess) -> None:
    reference = make_ticket(tess)
    record(reference, {"boot": PASS}, by=tess)
    before = len(list_history(get_ticket(reference).id))

    record(reference, {"boot": PASS}, by=tess)

    assert len(list_history(get_ticket(reference).id)) == before


def test_a_run_is_closed_when_everything_is_answered(tess) -> None:
    reference = make_ticket(tess)
    with pytest.raises(ChecksUnanswered):
        record(reference, {"boot": PASS}, by=tess, close=True)

    record(reference, every_check(reference), by=tess, close=True)

    assert run_of(reference).closed_at == NOW
    with pytest.raises(RunClosed):
        record(reference, {"boot": FAIL}, by=tess)
    assert verdicts(reference)["boot"] is Verdict.PASS


def test_after_a_closed_after_run_one_tests_again(tess, clock) -> None:
    reference = make_ticket(tess, stage=Stage.FINAL_CHECKS)
    record(reference, every_check(reference), by=tess, kind=RunKind.AFTER, close=True)
    clock.shift(timedelta(hours=1))

    with transaction():
        service.test_again(reference, by=tess)
        service.test_again(reference, by=tess)

    runs = queries.list_test_runs(get_ticket(reference).id)
    assert [(run.kind, run.closed_at is None) for run in runs] == [
        (RunKind.AFTER, False),
        (RunKind.AFTER, True),
    ]
    assert run_of(reference, RunKind.AFTER).opened_at == NOW + timedelta(hours=1)


def test_a_photo_hangs_on_the_test_it_was_taken_at(tess) -> None:
    reference = make_ticket(tess)
    picture = receive_photo(a_photo())

    with transaction():
        service.record_tests(
            reference, RunKind.BEFORE, {"display": FAIL}, by=tess, photos={"display": [picture]}
        )

    row = next(row for row in run_of(reference).results if row.key == "display")
    assert row.verdict is Verdict.FAIL
    assert row.photo_ids == (list_photos(get_ticket(reference).id)[0].id,)


def test_customers_see_a_test_s_photo_unless_it_is_kept_from_them(tess) -> None:
    reference = make_ticket(tess)
    pictures = [receive_photo(a_photo()), receive_photo(a_photo())]
    with transaction():
        service.record_tests(
            reference, RunKind.BEFORE, {"display": FAIL}, by=tess, photos={"display": pictures}
        )
    kept, shown = [photo.id for photo in list_photos(get_ticket(reference).id)]
    with transaction():
        db.session.get_one(TicketPhoto, kept).staff_only = True
        mark_changed(get_ticket(reference))

    [run] = queries.list_test_runs(get_ticket(reference).id, for_customer=True)

    assert next(row for row in run.results if row.key == "display").photo_ids == (shown,)


def test_the_database_refuses_not_testable_without_a_reason(tess) -> None:
    reference = make_ticket(tess)
    record(reference, {"boot": PASS}, by=tess)

    with pytest.raises(IntegrityError), transaction():
        db.session.query(TestResult).update({TestResult.verdict: Verdict.NOT_TESTABLE})


def a_photo() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 120, 40)).save(data, "JPEG")
    return data.getvalue()


def find(reference, *, by, seen="The port is burnt", photos=()):
    with transaction():
        return service.add_finding(reference, section=FaultFamily.CHARGING, seen=seen, by=by, photos=photos)


def test_a_finding_is_kept_with_its_photos(tess) -> None:
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)
    pictures = [receive_photo(a_photo()), receive_photo(a_photo())]

    find(reference, by=tess, photos=pictures)

    [finding] = queries.list_findings(get_ticket(reference).id)
    assert (finding.section, finding.seen, finding.found_by) == (
        FaultFamily.CHARGING,
        "The port is burnt",
        "Tess",
    )
    photos = list_photos(get_ticket(reference).id)
    assert finding.photo_ids == tuple(photo.id for photo in photos)
    assert {photo.step for photo in photos} == {PhotoStep.DIAGNOSIS}


def test_customers_do_not_see_photos_kept_from_them(tess) -> None:
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)
    find(reference, by=tess, photos=[receive_photo(a_photo())])
    with transaction():
        db.session.query(TicketPhoto).update({TicketPhoto.staff_only: True})

    [finding] = queries.list_findings(get_ticket(reference).id, for_customer=True)

    assert finding.photo_ids == ()


def test_the_chain_proves_a_finding_without_holding_its_words(tess) -> None:
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)
    find(reference, by=tess)

    entry = next(row for row in list_history(get_ticket(reference).id) if row.act == "finding_added")
    salt = db.session.query(service.Finding).one().salt
    assert entry.after["digest"] == digest_of("The port is burnt", salt=salt)
    assert "burnt" not in str(entry.after)


def test_a_finding_without_words_is_refused(tess) -> None:
    with pytest.raises(FindingEmpty):
        find(make_ticket(tess, stage=Stage.DIAGNOSING), by=tess, seen="")


def test_a_removed_finding_leaves_a_trace(tess) -> None:
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)
    finding_id = find(reference, by=tess)

    for _ in range(2):
        with transaction():
            service.remove_finding(reference, finding_id, because="Wrong ticket", by=tess)

    assert queries.list_findings(get_ticket(reference).id) == []
    acts = [row.act for row in list_history(get_ticket(reference).id)]
    assert acts.count("finding_removed") == 1
    assert db.session.query(service.Finding).one().removed_because == "Wrong ticket"


def test_a_finding_of_another_ticket_is_not_found(tess) -> None:
    reference, other = make_ticket(tess), make_ticket(tess)
    finding_id = find(other, by=tess)

    with pytest.raises(NotFound), transaction():
        service.remove_finding(reference, finding_id, because="Mine", by=tess)
