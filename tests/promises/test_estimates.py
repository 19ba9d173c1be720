"""What like repairs say, as tables; no data of a whole shop is used here."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repairshop.catalogue.rules import DeviceType
from repairshop.promises.estimates import (
    LIKE_MIN,
    NARROW_MIN,
    SAMPLE_MAX,
    SCORES_MIN,
    Correction,
    Estimate,
    Kind,
    Learner,
    Likeness,
    Spell,
    Step,
    dates_of,
    is_at_risk,
    quantile,
    replay,
    spells_of,
)
from repairshop.promises.rules import Calendar, after_open_hours, open_hours_between
from repairshop.promises.scoring import score
from repairshop.tickets.stages import Stage

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FIXWELL = Calendar(zone=ZoneInfo("Europe/London"), hours={day: (time(9), time(18)) for day in range(5)})
SCREEN = Kind(device_type=DeviceType.PHONE, fault_key="screen")
BATTERY = Kind(device_type=DeviceType.PHONE, fault_key="battery")
LAPTOP = Kind(device_type=DeviceType.LAPTOP, fault_key="screen")


def spell(hours: float, *, kind: Kind = SCREEN, spent: float = 1.0, entered_at: datetime = MONDAY) -> Spell:
    ready_at = after_open_hours(FIXWELL, entered_at, hours)
    opening = FIXWELL.opening(FIXWELL.local_day(ready_at))
    return Spell(
        kind=kind,
        stage=Stage.RECEIVED,
        entered_at=entered_at,
        ready_at=ready_at,
        spent=spent,
        hours=hours,
        hours_to_day=open_hours_between(FIXWELL, entered_at, opening),
    )


def taught(*spells: Spell) -> Learner:
    learner = Learner()
    for each in spells:
        learner.learn(each, said=None)
    return learner


@pytest.mark.parametrize(
    ("begin", "end", "hours"),
    [
        (MONDAY, MONDAY + timedelta(hours=2), 2.0),
        (MONDAY - timedelta(hours=3), MONDAY + timedelta(hours=2), 2.0),  # before it opens
        (MONDAY, MONDAY + timedelta(days=1), 9.0),  # over a night
        (MONDAY + timedelta(days=4, hours=8), MONDAY + timedelta(days=7, hours=1), 2.0),  # over a weekend
        (MONDAY + timedelta(hours=2), MONDAY, 0.0),
    ],
)
def test_only_hours_the_shop_is_open_count(begin, end, hours) -> None:
    assert open_hours_between(FIXWELL, begin, end) == pytest.approx(hours)


@settings(deadline=None)
@given(minutes=st.integers(0, 330 * 24 * 60), hours=st.floats(0.01, 400))  # over both changes of the clocks
def test_counting_on_and_counting_between_agree(minutes, hours) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)

    end = after_open_hours(FIXWELL, begin, hours)

    assert open_hours_between(FIXWELL, begin, end) == pytest.approx(hours, abs=1e-3)
    assert FIXWELL.is_open_on(FIXWELL.local_day(end))
    assert FIXWELL.opening(FIXWELL.local_day(end)) <= end <= FIXWELL.closing(FIXWELL.local_day(end))


@pytest.mark.parametrize(
    ("row", "share", "value"),
    [([4.0], 0.8, 4.0), ([0.0, 10.0], 0.5, 5.0), ([1.0, 2.0, 3.0, 4.0, 5.0], 0.8, 4.2)],
)
def test_quantiles_lie_between_neighbours(row, share, value) -> None:
    assert quantile(row, share) == pytest.approx(value)


@pytest.mark.parametrize(
    ("screens", "batteries", "laptops", "expected"),
    [
        (LIKE_MIN - 1, 0, 0, None),
        (LIKE_MIN, 0, 0, (Likeness.SHOP, LIKE_MIN)),
        (NARROW_MIN, 0, 0, (Likeness.FAULT, NARROW_MIN)),
        (NARROW_MIN - 1, 5, 0, (Likeness.TYPE, NARROW_MIN + 4)),
        (3, 5, 40, (Likeness.SHOP, 48)),
        (0, 0, LIKE_MIN, (Likeness.SHOP, LIKE_MIN)),
    ],
)
def test_the_narrowest_group_that_has_seen_enough_speaks(screens, batteries, laptops, expected) -> None:
    learner = taught(
        *(spell(4.0) for _ in range(screens)),
        *(spell(2.0, kind=BATTERY) for _ in range(batteries)),
        *(spell(30.0, kind=LAPTOP) for _ in range(laptops)),
    )

    estimate = learner.estimate(SCREEN, Stage.RECEIVED)

    assert (estimate and (estimate.likeness, estimate.like)) == expected


def test_half_and_8_in_10_of_what_was_seen() -> None:
    estimate = taught(*(spell(float(hours)) for hours in range(1, 102))).estimate(SCREEN, Stage.RECEIVED)

    assert estimate is not None
    assert (estimate.half, estimate.most) == (51.0, 81.0)


def test_only_repairs_that_lasted_as_long_speak_for_one_that_has() -> None:
    quick = [spell(3.0, spent=1.0) for _ in range(60)]
    slow = [spell(20.0, spent=12.0) for _ in range(40)]
    learner = taught(*quick, *slow)

    fresh = learner.estimate(SCREEN, Stage.RECEIVED)
    waiting = learner.estimate(SCREEN, Stage.RECEIVED, spent=8.0)

    assert fresh is not None
    assert fresh.half == 3.0
    assert waiting is not None
    assert (waiting.like, waiting.half) == (40, 12.0)


def test_one_that_lasted_longer_than_all_is_compared_with_the_longest() -> None:
    learner = taught(
        *(spell(3.0, spent=1.0) for _ in range(60)), *(spell(20.0, spent=12.0) for _ in range(20))
    )

    overdue = learner.estimate(SCREEN, Stage.RECEIVED, spent=30.0)

    assert overdue is not None
    assert (overdue.likeness, overdue.like, overdue.half) == (Likeness.SHOP, LIKE_MIN, 8.0)


def test_another_stage_knows_nothing_of_this_one() -> None:
    assert taught(*(spell(4.0) for _ in range(99))).estimate(SCREEN, Stage.IN_REPAIR) is None


def test_the_newest_repairs_count() -> None:
    old, new = [spell(5.0) for _ in range(SAMPLE_MAX)], [spell(50.0) for _ in range(SAMPLE_MAX)]

    estimate = taught(*old, *new).estimate(SCREEN, Stage.RECEIVED)

    assert estimate is not None
    assert (estimate.like, estimate.half) == (SAMPLE_MAX, 50.0)


def test_a_shop_that_became_slower_is_corrected() -> None:
    correction = Correction(aim=0.8)

    for number in range(SCORES_MIN - 1):
        correction.learn(1.0 + number / 100, used=1.0)
    assert correction.factor() == 1.0
    for _ in range(300):
        correction.learn(2.0, used=correction.factor())

    assert correction.factor() == 2.0


def test_what_is_missed_too_often_raises_the_level_and_what_is_met_too_often_lowers_it() -> None:
    missing, meeting = Correction(aim=0.8), Correction(aim=0.8)

    for _ in range(100):
        missing.learn(1.5, used=1.0)
        meeting.learn(0.5, used=1.0)

    assert missing.level > 0.9
    assert meeting.level < 0.7


def test_a_replay_knows_nothing_of_what_was_not_ready_yet() -> None:
    """A hundred repairs begin in the same hour: none of them may speak for another."""
    together = [spell(float(hours)) for hours in range(1, 101)]
    later = spell(5.0, entered_at=MONDAY + timedelta(days=60))

    said = {id(each): estimate for each, estimate in replay(Learner(), [*together, later])}

    assert [said[id(each)] for each in together] == [None] * 100
    last = said[id(later)]
    assert last is not None
    assert last.like == 100


def test_a_repair_that_goes_to_and_fro_counts_once_from_its_first_entering() -> None:
    hours = timedelta(hours=1)
    steps = [
        Step(stage=Stage.BOOKED, at=MONDAY - hours),
        Step(stage=Stage.RECEIVED, at=MONDAY),
        Step(stage=Stage.APPROVED, at=MONDAY + hours),
        Step(stage=Stage.IN_REPAIR, at=MONDAY + 2 * hours),
        Step(stage=Stage.FINAL_CHECKS, at=MONDAY + 4 * hours),
        Step(stage=Stage.IN_REPAIR, at=MONDAY + 5 * hours),
        Step(stage=Stage.FINAL_CHECKS, at=MONDAY + 6 * hours),
        Step(stage=Stage.READY, at=MONDAY + 8 * hours),
        Step(stage=Stage.HANDED_OVER, at=MONDAY + 30 * hours),
    ]

    found = spells_of(SCREEN, steps, calendar=FIXWELL)

    assert [(each.stage, each.spent, each.hours) for each in found] == [
        (Stage.RECEIVED, 1.0, 8.0),
        (Stage.APPROVED, 1.0, 7.0),
        (Stage.IN_REPAIR, 2.0, 6.0),
        (Stage.FINAL_CHECKS, 1.0, 4.0),
    ]
    assert spells_of(SCREEN, steps[:5], calendar=FIXWELL) == []  # never ready


def test_the_days_told_are_those_of_the_two_moments() -> None:
    estimate = Estimate(likeness=Likeness.FAULT, like=40, raw_half=4.0, raw_most=13.0)

    found = dates_of(estimate, calendar=FIXWELL, at=MONDAY + timedelta(hours=6))

    assert (found.dates.earliest, found.dates.latest) == (date(2026, 3, 3), date(2026, 3, 4))
    assert found.half_at == datetime(2026, 3, 3, 10, 0, tzinfo=UTC)


def test_the_second_date_never_comes_before_the_first() -> None:
    estimate = Estimate(likeness=Likeness.SHOP, like=40, raw_half=10.0, raw_most=11.0, most_factor=0.5)

    assert estimate.most == estimate.half == 10.0


@pytest.mark.parametrize(("hours_left", "risky"), [(11.0, False), (10.0, False), (9.9, True), (0.0, True)])
def test_a_promise_is_at_risk_when_more_than_half_needed_longer(hours_left, risky) -> None:
    estimate = Estimate(likeness=Likeness.FAULT, like=40, raw_half=10.0, raw_most=20.0)

    assert is_at_risk(estimate, hours_left=hours_left) is risky
    assert is_at_risk(None, hours_left=hours_left) is False


def test_a_score_counts_what_was_ready_by_the_day_and_compares_widths() -> None:
    estimate = Estimate(likeness=Likeness.FAULT, like=40, raw_half=2.0, raw_most=8.0)
    said = [(spell(float(hours)), estimate) for hours in (1, 3, 5, 8, 12)]

    found = score(said, calendar=FIXWELL)

    assert found is not None
    assert (found.count, found.kept) == (5, 0.8)
    assert found.half_kept == 0.8  # all of Monday is the first day
    assert found.width_ratio == pytest.approx(6.0 / (8.8 - 5.0))
    assert score([], calendar=FIXWELL) is None
