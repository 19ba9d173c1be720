"""The clocks of the bench: one per person, started and stopped by moves, corrected with a reason."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.staff.rules import Role
from repairshop.tickets import service as tickets
from repairshop.tickets.queries import list_history
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from repairshop.workshop import jobs, queries, service, timing
from repairshop.workshop.models import WorkSpan
from repairshop.workshop.rules import (
    CorrectionByOthers,
    Credit,
    NothingToWorkOn,
    NotRunning,
    StillRunning,
    StopReason,
    credits_of,
    minutes_of,
)
from tests.builders import get_ticket, make_shop, make_staff, make_ticket

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("app_context")]

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


@pytest.fixture
def tess():
    return make_staff(make_shop())


@pytest.fixture
def theo(tess):
    return make_staff(tess.shop_id, first_name="Theo")


def in_repair(by):
    """A job on the bench that nobody's clock runs on."""
    reference = make_ticket(by, stage=Stage.IN_REPAIR)
    with transaction():
        db.session.execute(delete(WorkSpan))
    return reference


def spans_of(reference):
    return [
        (span.name, span.minutes, span.stopped_because)
        for span in queries.list_spans(get_ticket(reference).id)
    ]


def do(act, *args, **kwargs):
    with transaction():
        return act(*args, **kwargs)


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(0, 0), (29, 0), (31, 1), (3600, 60), (-60, 0), (400_000, 1440)]
)
def test_minutes_are_rounded_and_a_day_at_most(seconds, minutes):
    assert minutes_of(NOW, NOW + timedelta(seconds=seconds)) == minutes


def test_credit_is_added_up_per_person_and_day():
    monday, tuesday = date(2026, 3, 2), date(2026, 3, 3)

    credits = credits_of(
        [("Tess", tuesday, 5), ("Tess", monday, 10), ("Theo", monday, 3), ("Tess", monday, 7)]
    )

    assert credits == [
        Credit(name="Tess", day=monday, minutes=17),
        Credit(name="Theo", day=monday, minutes=3),
        Credit(name="Tess", day=tuesday, minutes=5),
    ]


def test_starting_the_repair_starts_the_clock_and_needing_a_part_stops_it(clock, tess):
    reference = make_ticket(tess, stage=Stage.APPROVED)
    do(service.start_repair, reference, by=tess)
    assert spans_of(reference) == [("Tess", None, None)]

    clock.move_to(NOW + timedelta(minutes=40))
    with transaction():
        tickets.move_ticket(tickets.get_ticket_for_change(reference, by=tess), Verb.NEEDS_PART, by=tess)

    assert spans_of(reference) == [("Tess", 40, StopReason.MOVED)]


def test_the_clock_runs_on_into_the_final_tests(clock, tess):
    reference = make_ticket(tess, stage=Stage.APPROVED)
    do(service.start_repair, reference, by=tess)

    clock.move_to(NOW + timedelta(minutes=20))
    do(service.finish, reference, by=tess)

    assert spans_of(reference) == [("Tess", None, None)]


def test_parked_and_resumed_work_is_credited_to_who_did_it_on_its_day(clock, tess, theo):
    reference, other = in_repair(tess), in_repair(tess)
    do(timing.start_work, reference, by=tess)
    clock.move_to(NOW + timedelta(minutes=30))
    do(timing.start_work, other, by=tess)  # parks the first
    clock.move_to(NOW + timedelta(days=1))
    do(timing.start_work, reference, by=theo)
    clock.move_to(NOW + timedelta(days=1, minutes=15))
    do(timing.pause_work, reference, by=theo)

    spans = queries.list_spans(get_ticket(reference).id)

    assert [(span.name, span.minutes, span.stopped_because) for span in spans] == [
        ("Tess", 30, StopReason.OTHER_JOB),
        ("Theo", 15, StopReason.PAUSED),
    ]
    assert queries.credit(spans, shop_id=tess.shop_id) == [
        Credit(name="Tess", day=date(2026, 3, 3), minutes=30),
        Credit(name="Theo", day=date(2026, 3, 4), minutes=15),
    ]


def test_a_second_click_on_start_changes_nothing(tess):
    reference = in_repair(tess)

    do(timing.start_work, reference, by=tess)
    do(timing.start_work, reference, by=tess)

    assert spans_of(reference) == [("Tess", None, None)]


def test_two_clocks_of_one_person_are_refused_by_the_database(tess):
    first, second = in_repair(tess), in_repair(tess)
    do(timing.start_work, first, by=tess)

    with pytest.raises(IntegrityError), transaction():
        db.session.add(WorkSpan(ticket_id=get_ticket(second).id, staff_id=tess.id, started_at=NOW))


def test_no_clock_runs_where_nobody_works_and_only_a_running_one_is_paused(tess, theo):
    waiting, worked = make_ticket(tess, stage=Stage.APPROVED), in_repair(tess)
    do(timing.start_work, worked, by=tess)

    with pytest.raises(NothingToWorkOn):
        do(timing.start_work, waiting, by=tess)
    with pytest.raises(NotRunning):
        do(timing.pause_work, worked, by=theo)


def test_minutes_are_corrected_with_a_reason_and_the_chain_says_it(clock, tess):
    reference = in_repair(tess)
    do(timing.start_work, reference, by=tess)
    span = db.session.scalars(select(WorkSpan)).one()
    with pytest.raises(StillRunning):
        do(timing.correct_work, reference, span.id, minutes=5, because="Lunch", by=tess)
    clock.move_to(NOW + timedelta(minutes=90))
    do(timing.pause_work, reference, by=tess)

    do(timing.correct_work, reference, span.id, minutes=45, because="Lunch between", by=tess)

    (row,) = queries.list_spans(get_ticket(reference).id)
    assert (row.minutes, row.corrected_because, row.corrected_by) == (45, "Lunch between", "Tess")
    entry = list_history(get_ticket(reference).id)[0]
    assert (entry.act, entry.before["minutes"], entry.after["minutes"]) == ("work_corrected", 90, 45)


def test_only_a_manager_corrects_somebody_else_s_minutes(tess, theo):
    mira = make_staff(tess.shop_id, Role.MANAGER, first_name="Mira")
    reference, other = in_repair(tess), make_ticket(tess)
    do(timing.start_work, reference, by=tess)
    do(timing.pause_work, reference, by=tess)
    span = db.session.scalars(select(WorkSpan)).one()

    with pytest.raises(CorrectionByOthers):
        do(timing.correct_work, reference, span.id, minutes=5, because="So", by=theo)
    with pytest.raises(NotFound):
        do(timing.correct_work, other, span.id, minutes=5, because="So", by=mira)
    do(timing.correct_work, reference, span.id, minutes=5, because="So", by=mira)

    assert spans_of(reference) == [("Tess", 5, StopReason.PAUSED)]


def test_undoing_a_move_forgets_the_clock_it_started(clock, tess):
    reference = make_ticket(tess, stage=Stage.APPROVED)
    do(service.start_repair, reference, by=tess)

    do(tickets.undo_move, reference, by=tess)

    assert spans_of(reference) == []


def test_undoing_a_move_lets_the_clock_run_on_that_it_stopped(clock, tess):
    reference = make_ticket(tess, stage=Stage.FINAL_CHECKS)
    with transaction():
        db.session.execute(delete(WorkSpan))
    do(timing.start_work, reference, by=tess)
    clock.move_to(NOW + timedelta(minutes=10))
    with transaction():
        tickets.move_ticket(tickets.get_ticket_for_change(reference, by=tess), Verb.RELEASE, by=tess)
    assert spans_of(reference) == [("Tess", 10, StopReason.MOVED)]

    do(tickets.undo_move, reference, by=tess)

    assert spans_of(reference) == [("Tess", None, None)]


def test_a_forgotten_clock_ends_when_the_shop_closed(clock, tess):
    reference = in_repair(tess)
    clock.move_to(NOW + timedelta(hours=7))
    do(timing.start_work, reference, by=tess)  # at four, the shop closes at six
    assert jobs.stop_forgotten_clocks(tess.shop_id) == 0  # it may still be at work

    clock.move_to(NOW + timedelta(days=1))

    assert jobs.stop_forgotten_clocks(tess.shop_id) == 1
    assert spans_of(reference) == [("Tess", 120, StopReason.FORGOTTEN)]
    assert jobs.stop_forgotten_clocks(tess.shop_id) == 0


def test_whoever_stops_a_clock_the_next_day_adds_no_night(clock, tess):
    reference = in_repair(tess)
    clock.move_to(NOW + timedelta(hours=7))
    do(timing.start_work, reference, by=tess)
    clock.move_to(NOW + timedelta(days=1))

    do(timing.pause_work, reference, by=tess)

    assert spans_of(reference) == [("Tess", 120, StopReason.FORGOTTEN)]
