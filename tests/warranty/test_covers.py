"""Terms by part and work, decisions of claims, one claim after the other, and who fixed it the first time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from repairshop.database import db
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Notice
from repairshop.parts.rules import FittedPart, PartOrigin
from repairshop.parts.service import fit_part
from repairshop.staff.models import Shop
from repairshop.tickets import service as tickets
from repairshop.tickets.queries import get_head
from repairshop.tickets.service import actor_for_customer
from repairshop.tickets.stages import WORK_DONE_OUTCOMES, Outcome, Stage, Verb
from repairshop.transaction import transaction
from repairshop.warranty import queries, service
from repairshop.warranty.first_time_fix import count_waiting, list_fixers
from repairshop.warranty.models import WarrantyClaim, WarrantyCover
from repairshop.warranty.rules import (
    ClaimCover,
    ClaimNotInDiagnosis,
    ClaimOpen,
    CoverNotOfClaim,
    CoverOver,
    Guaranteed,
    NotAClaim,
    Window,
    covers_for,
    require_cover_of_claim,
    share_of,
    warranty_of,
)
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.counting import counted_queries
from tests.warranty.builders import claim, handed_over, in_diagnosis

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
SCREEN = Guaranteed(part_fitted_id=7, name="Screen", days=90)

needs_shop = pytest.mark.usefixtures("app_context")


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


@pytest.fixture
def tess(app_context, clock):
    return make_staff(make_shop())


@pytest.mark.parametrize(
    ("outcome", "work_days", "parts", "days"),
    [
        (Outcome.REPAIRED, 365, [SCREEN], [365, 90]),
        (Outcome.PARTLY_REPAIRED, 365, [], [365]),
        (Outcome.REPAIRED, 0, [SCREEN], [90]),
        (Outcome.REPAIRED, 0, [], []),
        (Outcome.REPAIRED, 365, [Guaranteed(part_fitted_id=8, name="Fuse", days=0)], [365]),
        (Outcome.NO_FAULT_FOUND, 365, [SCREEN], []),
        (Outcome.DECLINED, 365, [SCREEN], []),
        (None, 365, [SCREEN], []),
    ],
)
def test_what_a_hand_over_covers(outcome, work_days, parts, days):
    covers = covers_for(outcome, on=TODAY, work_days=work_days, parts=parts)

    assert [(cover.ends_on - TODAY).days for cover in covers] == days


@given(
    st.sampled_from(sorted(WORK_DONE_OUTCOMES)),
    st.dates(date(2020, 1, 1), date(2100, 1, 1)),
    st.integers(0, 3650),
    st.lists(st.integers(0, 3650), max_size=5),
)
def test_the_warranty_ends_with_its_longest_cover(outcome, on, work_days, part_days):
    parts = [Guaranteed(part_fitted_id=n, name=f"Part {n}", days=days) for n, days in enumerate(part_days)]

    warranty = warranty_of(covers_for(outcome, on=on, work_days=work_days, parts=parts), on=on)

    longest = max([work_days, *part_days])
    assert (warranty.ends_on - on).days == longest if longest else warranty is None


@pytest.mark.parametrize(
    ("fixed", "repairs", "share"), [(0, 0, None), (1, 1, 100), (199, 200, 99), (0, 3, 0), (2, 3, 66)]
)
def test_nobody_is_called_perfect_who_is_not(fixed, repairs, share):
    assert share_of(fixed, repairs) == share


@pytest.mark.both_databases
def test_each_part_has_its_own_last_day_and_no_claim_moves_any(tess, clock):
    reference = make_ticket(tess, stage=Stage.IN_REPAIR)
    part = FittedPart(name="Screen", origin=PartOrigin.AFTERMARKET, serial="SN-1", warranty_days=730)
    with transaction():
        fit_part(reference, part, by=tess)
    handed_over(tess, reference)
    before = _covers(reference)
    assert [(cover.name, (cover.ends_on - TODAY).days) for cover in before] == [("", 365), ("Screen", 730)]

    clock.shift(timedelta(days=500))  # the work is over, the screen is not
    first = claim(reference, tess)
    in_diagnosis(first, tess)
    with transaction():
        service.proceed_under_warranty(first, because="Dead pixels", by=tess)
    with transaction():
        tickets.move_ticket(get_ticket(first), Verb.START_REPAIR, by=tess)
    handed_over(tess, first)

    assert _covers(reference) == before
    assert queries.list_covers(get_ticket(first).id) == before


def _covers(reference):
    return queries.list_covers(get_ticket(reference).id)


@pytest.mark.both_databases
def test_an_undone_hand_over_leaves_no_cover(tess):
    reference = handed_over(tess)

    with transaction():
        tickets.undo_move(reference, by=tess)

    assert db.session.scalars(select(WarrantyCover)).all() == []


@pytest.mark.both_databases
def test_the_next_claim_waits_until_the_one_before_is_over(tess):
    reference = handed_over(tess)
    first = claim(reference, tess)

    with pytest.raises(ClaimOpen) as raised:
        claim(reference, tess)
    in_diagnosis(first, tess)
    with transaction():
        service.proceed_under_warranty(first, because="Loose cable", by=tess)
    with transaction():
        tickets.move_ticket(get_ticket(first), Verb.START_REPAIR, by=tess)
    handed_over(tess, first)

    assert raised.value.values["number"] == "R-2"
    assert claim(reference, tess)
    assert len(queries.list_claims(get_ticket(reference).id)) == 2


@pytest.mark.both_databases
def test_not_covered_is_told_with_its_reason_and_can_be_changed(tess):
    claimed = in_diagnosis(claim(handed_over(tess), tess), tess)

    for _ in range(2):  # a second click tells nobody again
        with transaction():
            service.decide_not_covered(claimed, because="It was dropped since", by=tess)

    found = queries.find_decision(get_ticket(claimed).id)
    assert (found.covered, found.because) == (False, "It was dropped since")
    told = select(OutgoingMessage).where(OutgoingMessage.notice == Notice.CLAIM_NOT_COVERED)
    assert len(db.session.scalars(told).all()) == 1
    assert get_ticket(claimed).stage is Stage.DIAGNOSING
    with transaction():
        service.proceed_under_warranty(claimed, because="We looked again", by=tess)
    assert queries.find_decision(get_ticket(claimed).id).covered is True
    told = select(OutgoingMessage).where(OutgoingMessage.notice == Notice.WITHOUT_CHARGE)
    assert "without charge" in db.session.scalars(told).first().text


@pytest.mark.both_databases
def test_a_decision_names_a_cover_and_one_that_is_over_covers_nothing(tess, clock):
    reference = make_ticket(tess, stage=Stage.IN_REPAIR)
    part = FittedPart(name="Screen", origin=PartOrigin.AFTERMARKET, serial="SN-1", warranty_days=90)
    with transaction():
        fit_part(reference, part, by=tess)
    handed_over(tess, reference)
    clock.shift(timedelta(days=90))
    claimed = in_diagnosis(claim(reference, tess), tess)
    clock.shift(timedelta(days=30))  # how long the shop takes costs nobody their cover
    work, screen = queries.list_claim_covers(get_ticket(claimed).id)
    assert (work.ran, screen.ran, screen.name) == (True, True, "Screen")

    with transaction():
        service.proceed_under_warranty(claimed, because="Dead pixels", cover_id=screen.id, by=tess)
    found = queries.find_decision(get_ticket(claimed).id)
    assert (found.about.name, found.about.ends_on, found.no_cover) == ("Screen", screen.ends_on, False)
    with transaction():
        tickets.undo_move(claimed, by=tess)

    found = queries.find_decision(get_ticket(claimed).id)
    assert (found.covered, found.about, found.no_cover) == (None, None, False)


def _cover(number, *, ran=True):
    return ClaimCover(id=number, name="Screen", ends_on=TODAY, ran=ran)


@pytest.mark.parametrize(
    ("cover_id", "covered", "refusal"),
    [
        (1, True, None),
        (1, False, None),
        (2, False, None),  # what is over is a reason to say no
        (2, True, CoverOver),
        (3, True, CoverNotOfClaim),
        (3, False, CoverNotOfClaim),
        (None, True, None),  # goodwill
        (None, False, None),
    ],
)
def test_which_cover_a_decision_may_name(cover_id, covered, refusal):
    def ask():
        require_cover_of_claim([_cover(1), _cover(2, ran=False)], cover_id, covered=covered)

    if refusal is None:
        ask()
    else:
        with pytest.raises(refusal) as raised:
            ask()
        assert raised.value.field == "about"


@pytest.mark.parametrize("which", ["no claim", "not in diagnosis"])
def test_only_a_claim_in_diagnosis_is_decided(tess, which):
    if which == "no claim":
        reference, refusal = make_ticket(tess, stage=Stage.DIAGNOSING), NotAClaim
    else:
        reference, refusal = claim(handed_over(tess), tess), ClaimNotInDiagnosis

    with pytest.raises(refusal), transaction():
        service.decide_not_covered(reference, because="Water", by=tess)


def test_another_fault_is_no_comeback(tess):
    claimed = claim(handed_over(tess), tess, same_fault=False)

    row = db.session.scalars(select(WarrantyClaim)).one()
    assert (row.comeback, row.same_fault) == (False, False)
    assert get_ticket(claimed).fault_key == ""


def test_what_the_customer_claims_is_known_to_be_theirs(tess):
    reference = handed_over(tess)
    carl = actor_for_customer(get_ticket(reference))

    claimed = claim(reference, carl, here=False)

    assert get_ticket(claimed).stage is Stage.BOOKED
    assert db.session.scalars(select(WarrantyClaim)).one().by_customer is True


# First-time fix

WINDOW_DAYS = 30


def window(at, days=90):
    return Window(at=at, window_days=WINDOW_DAYS, period_days=days)


@pytest.mark.both_databases
def test_a_repair_counts_for_nobody_before_its_window_is_over(tess, clock):
    handed_over(tess)
    shop = tess.shop_id

    last_day = NOW + timedelta(days=WINDOW_DAYS)
    over = NOW + timedelta(days=WINDOW_DAYS + 1)

    assert list_fixers(shop, window(NOW)) == []
    assert list_fixers(shop, window(last_day)) == []
    assert count_waiting(shop, window(last_day)) == 1
    (row,) = list_fixers(shop, window(over))
    assert (row.name, row.repairs, row.came_back, row.share) == ("Tess", 1, 0, 100)
    assert count_waiting(shop, window(over)) == 0


@pytest.mark.both_databases
def test_it_is_credited_to_who_finished_it_and_not_to_who_released_it(tess):
    tom = make_staff(tess.shop_id, first_name="Tom")
    reference = make_ticket(tess, stage=Stage.IN_REPAIR)
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=tom)
        tickets.move_ticket(ticket, Verb.FINISH, by=tom)
        for verb in (Verb.RELEASE, Verb.HAND_OVER):
            tickets.move_ticket(ticket, verb, by=tess)

    (row,) = list_fixers(tess.shop_id, window(NOW + timedelta(days=40)))

    assert row.name == "Tom"


@pytest.mark.both_databases
def test_only_the_same_fault_inside_the_window_costs_the_credit(tess, clock):
    held, back, other, late = (handed_over(tess) for _ in range(4))
    clock.shift(timedelta(days=10))
    claim(back, tess)
    claim(other, tess, same_fault=False)
    clock.shift(timedelta(days=25))
    claim(late, tess)

    (row,) = list_fixers(tess.shop_id, window(NOW + timedelta(days=40)))

    assert (row.repairs, row.came_back, row.fixed, row.share) == (4, 1, 3, 75)
    assert held


def repaired_again(reference, by):
    """A claim on it, covered, repaired by `by` and back with its customer."""
    claimed = in_diagnosis(claim(reference, by), by)
    with transaction():
        service.proceed_under_warranty(claimed, because="Loose cable", by=by)
    with transaction():
        tickets.move_ticket(get_ticket(claimed), Verb.START_REPAIR, by=by)
    return handed_over(by, claimed)


@pytest.mark.both_databases
def test_a_second_claim_is_held_against_the_newest_repair_whichever_page_it_is_made_on(tess, clock):
    tom = make_staff(tess.shop_id, first_name="Tom")
    first = handed_over(tess)
    clock.shift(timedelta(days=40))
    second = repaired_again(first, tom)
    clock.shift(timedelta(days=5))

    third = claim(first, tess)  # on the page of the first, 45 days after that one left

    assert get_ticket(third).claim_of_id == get_ticket(second).id
    assert queries.find_decision(get_ticket(third).id).comeback is True
    rows = {row.name: row for row in list_fixers(tess.shop_id, window(NOW + timedelta(days=120)))}
    assert (rows["Tess"].came_back, rows["Tom"].came_back) == (0, 1)


@pytest.mark.both_databases
def test_another_fault_stays_with_the_repair_it_was_claimed_on(tess, clock):
    first = handed_over(tess)
    repaired_again(first, tess)

    other = claim(first, tess, same_fault=False)

    assert get_ticket(other).claim_of_id == get_ticket(first).id


@pytest.mark.both_databases
def test_a_comeback_takes_the_credit_back_and_what_never_came_or_was_something_else_gives_it_back(
    tess, clock
):
    held, never, other, ours = (handed_over(tess) for _ in range(4))
    clock.shift(timedelta(days=20))
    cancelled = claim(never, tess, here=False)
    elsewhere, refused = in_diagnosis(claim(other, tess), tess), in_diagnosis(claim(ours, tess), tess)
    later = window(NOW + timedelta(days=40))
    (undecided,) = list_fixers(tess.shop_id, later)

    with transaction():
        tickets.move_ticket(get_ticket(cancelled), Verb.CANCEL, by=tess)
        service.decide_not_covered(elsewhere, because="It fell", by=tess)
        work = queries.list_claim_covers(get_ticket(refused).id)[0].id
        service.decide_not_covered(refused, because="Opened by somebody", cover_id=work, by=tess)
    (decided,) = list_fixers(tess.shop_id, later)

    assert held
    assert (undecided.repairs, undecided.came_back) == (4, 3)
    assert (decided.repairs, decided.came_back) == (4, 1)


@pytest.mark.both_databases
def test_no_change_of_the_clock_or_of_the_shops_days_moves_a_warranty_or_a_comeback(tess, clock):
    clock.move_to(datetime(2026, 3, 3, 23, 30, tzinfo=UTC))  # the 4th in Auckland
    reference = handed_over(tess)
    before = (queries.get_warranty(get_ticket(reference).id), _covers(reference))

    with transaction():
        shop = db.session.get_one(Shop, tess.shop_id)
        shop.time_zone, shop.warranty_days = "Pacific/Auckland", 5

    assert (queries.get_warranty(get_ticket(reference).id), _covers(reference)) == before
    last = queries.find_last_repair(
        before[0].id, get_ticket(reference).fault_key, zone=ZoneInfo("Pacific/Auckland")
    )
    assert last.left_on == before[0].starts_on


@pytest.mark.both_databases
def test_the_day_a_claim_left_does_not_move_with_the_shops_clock(tess, clock):
    first = handed_over(tess)
    clock.move_to(datetime(2026, 3, 10, 23, 30, tzinfo=UTC))  # the 11th in Auckland
    second = repaired_again(first, tess)
    term_id, fault = queries.get_warranty(get_ticket(first).id).id, get_ticket(first).fault_key

    with transaction():
        db.session.get_one(Shop, tess.shop_id).time_zone = "Pacific/Auckland"

    last = queries.find_last_repair(term_id, fault, zone=ZoneInfo("Pacific/Auckland"))
    assert (last.ticket_id, last.left_on) == (get_ticket(second).id, date(2026, 3, 10))


@pytest.mark.both_databases
def test_a_hand_over_undone_and_done_again_starts_on_the_day_it_was_done(tess, clock):
    reference = handed_over(tess)
    with transaction():
        tickets.undo_move(reference, by=tess)
    clock.shift(timedelta(days=3))
    with transaction():
        move = tickets.move_ticket(get_ticket(reference), Verb.HAND_OVER, by=tess)
        service.start_warranty(get_ticket(reference), move_id=move.id)

    warranty = queries.get_warranty(get_ticket(reference).id)

    assert warranty.starts_on == TODAY + timedelta(days=3)
    assert [cover.ends_on for cover in _covers(reference)] == [warranty.ends_on]


def test_another_shops_repairs_and_old_ones_are_not_counted(tess):
    handed_over(make_staff(make_shop("Elsewhere")))
    handed_over(tess)

    assert list_fixers(tess.shop_id, window(NOW + timedelta(days=40)))[0].repairs == 1
    assert list_fixers(tess.shop_id, window(NOW + timedelta(days=400), days=90)) == []


def test_it_is_one_question_however_many(app, tess):
    for _ in range(3):
        handed_over(tess)

    with counted_queries(app) as counted:
        list_fixers(tess.shop_id, window(NOW + timedelta(days=40)))

    assert counted.count == 1


def test_the_head_of_a_claim_says_what_it_claims_on(tess):
    original = handed_over(tess)

    assert get_head(claim(original, tess), shop_id=tess.shop_id).claim_of_id == get_ticket(original).id
