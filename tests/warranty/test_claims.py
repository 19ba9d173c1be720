"""Claims: linked tickets, first dates that never move, a second claim, comebacks."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from repairshop.database import db
from repairshop.privacy.queries import list_tasks
from repairshop.tickets import service as tickets
from repairshop.tickets.stages import Outcome, Stage, Verb
from repairshop.transaction import transaction
from repairshop.warranty import queries, service
from repairshop.warranty.models import WarrantyClaim, WarrantyTerm
from repairshop.warranty.rules import NotAClaim, NotHandedOver, NoWarranty, WarrantyOver, is_comeback
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.warranty.builders import claim, handed_over

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("app_context")]

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


@pytest.fixture
def tess():
    return make_staff(make_shop())


def to_the_bench(reference, by):
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=by)
        tickets.move_ticket(ticket, Verb.START_DIAGNOSIS, by=by)
        service.proceed_under_warranty(reference, because="Same solder joint", by=by)
        tickets.move_ticket(ticket, Verb.START_REPAIR, by=by)


def test_a_claim_is_a_new_ticket_linked_to_the_old_one(tess):
    original = handed_over(tess)

    claimed = claim(original, tess)

    ticket = get_ticket(claimed)
    assert ticket.claim_of_id == get_ticket(original).id
    assert ticket.stage is Stage.RECEIVED
    assert get_ticket(original).stage is Stage.HANDED_OVER
    assert len(list_tasks(ticket.id)) == 11


def test_a_second_claim_is_measured_against_the_first_dates(tess, clock):
    original = handed_over(tess)
    first_end = queries.get_warranty(get_ticket(original).id).ends_on
    clock.shift(timedelta(days=100))
    first = claim(original, tess)
    to_the_bench(first, tess)
    handed_over(tess, first)
    clock.shift(timedelta(days=100))

    second = claim(first, tess)

    assert queries.get_warranty(get_ticket(second).id).ends_on == first_end
    assert len(db.session.scalars(select(WarrantyTerm)).all()) == 1
    assert len(queries.list_claims(get_ticket(original).id)) == 2


def test_a_claim_after_the_last_day_is_refused(tess, clock):
    original = handed_over(tess)
    clock.shift(timedelta(days=365))
    assert claim(original, tess)
    clock.shift(timedelta(days=1))

    with pytest.raises(WarrantyOver):
        claim(original, tess)


def test_there_is_nothing_to_claim_where_no_work_was_done(tess):
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=tess)
        for verb in (Verb.NO_FAULT_FOUND, Verb.RELEASE):
            tickets.move_ticket(ticket, verb, by=tess)
        move = tickets.move_ticket(ticket, Verb.HAND_OVER, by=tess)
        service.start_warranty(ticket, move_id=move.id)

    with pytest.raises(NoWarranty):
        claim(reference, tess)


def test_an_open_job_cannot_be_claimed_on(tess):
    with pytest.raises(NotHandedOver):
        claim(make_ticket(tess, stage=Stage.READY), tess)


def test_a_booked_claim_waits_for_the_device(tess):
    assert get_ticket(claim(handed_over(tess), tess, here=False)).stage is Stage.BOOKED


def test_only_a_claim_goes_on_under_warranty(tess):
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)

    with pytest.raises(NotAClaim), transaction():
        service.proceed_under_warranty(reference, because="Goodwill", by=tess)


def test_undoing_leaves_the_claim_undecided(tess):
    claimed = claim(handed_over(tess), tess)
    with transaction():
        ticket = tickets.get_ticket_for_change(claimed, by=tess)
        tickets.move_ticket(ticket, Verb.START_DIAGNOSIS, by=tess)
    with transaction():
        service.proceed_under_warranty(claimed, because="Same fault", by=tess)

    with transaction():
        tickets.undo_move(claimed, by=tess)

    assert db.session.scalars(select(WarrantyClaim)).one().covered is None


def test_the_outcome_of_the_first_job_stays(tess):
    original = handed_over(tess)
    claim(original, tess)

    assert get_ticket(original).outcome is Outcome.REPAIRED


@pytest.mark.parametrize(
    ("days", "now", "expected"),
    [(0, "screen", True), (30, "screen", True), (31, "screen", False), (3, "battery", False), (3, "", False)],
)
def test_a_comeback_is_the_same_fault_inside_the_window(days, now, expected):
    assert (
        is_comeback(
            handed_over_on=NOW.date(),
            claimed_on=NOW.date() + timedelta(days=days),
            fault_before="screen",
            fault_now=now,
            window_days=30,
        )
        is expected
    )
