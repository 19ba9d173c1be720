"""Dates a shop can promise."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repairshop.promises.rules import (
    Calendar,
    PromisedDates,
    PromiseInThePast,
    PromiseOnClosedDay,
    PromiseTooFarAway,
    PromiseUpsideDown,
    add_open_days,
    calendar_of,
    dates_after_yes,
    is_kept,
    open_hours_between,
    require_promise,
    usual_dates,
)

HOURS = {day: ["09:00", "18:00"] for day in ("mon", "tue", "wed", "thu", "fri")} | {"sat": ["10:00", "16:00"]}
FIXWELL = calendar_of(time_zone="Europe/London", opening_hours=HOURS)
MONDAY = date(2026, 3, 2)
MORNING = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def day(number: int) -> date:
    """March 2026: 1 is a Sunday."""
    return date(2026, 3, number)


@pytest.mark.parametrize(
    ("at", "days_from", "days_to", "earliest", "latest"),
    [
        (MORNING, 0, 0, day(2), day(2)),
        (MORNING, 1, 2, day(3), day(4)),
        (datetime(2026, 3, 2, 18, 0, tzinfo=UTC), 0, 1, day(3), day(4)),  # the shop has just closed
        (datetime(2026, 3, 6, 12, 0, tzinfo=UTC), 1, 2, day(7), day(9)),  # over a closed Sunday
        (datetime(2026, 3, 7, 16, 30, tzinfo=UTC), 0, 0, day(9), day(9)),  # Saturday closes early
        (datetime(2026, 3, 8, 12, 0, tzinfo=UTC), 0, 3, day(9), day(12)),  # on the closed Sunday
    ],
)
def test_usual_dates_count_open_days(at, days_from, days_to, earliest, latest) -> None:
    dates = usual_dates(FIXWELL, days_from=days_from, days_to=days_to, at=at)

    assert dates == PromisedDates(earliest=earliest, latest=latest)


@pytest.mark.parametrize(
    ("zone", "latest", "due"),
    [
        ("Europe/London", day(7), datetime(2026, 3, 7, 16, 0, tzinfo=UTC)),
        ("Europe/London", date(2026, 6, 6), datetime(2026, 6, 6, 15, 0, tzinfo=UTC)),  # summer time
        ("America/New_York", day(7), datetime(2026, 3, 7, 21, 0, tzinfo=UTC)),
        ("Asia/Tokyo", day(9), datetime(2026, 3, 9, 9, 0, tzinfo=UTC)),
    ],
)
def test_a_promise_ends_when_the_shop_closes_on_its_latest_day(zone, latest, due) -> None:
    calendar = Calendar(zone=ZoneInfo(zone), hours=FIXWELL.hours)

    assert (
        require_promise(PromisedDates(earliest=MONDAY, latest=latest), calendar=calendar, at=MORNING) == due
    )


@pytest.mark.parametrize(
    ("earliest", "latest", "refusal"),
    [
        (day(5), day(4), PromiseUpsideDown),
        (date(2026, 2, 27), date(2026, 2, 28), PromiseInThePast),
        (day(7), day(8), PromiseOnClosedDay),
        (day(7), date(2062, 3, 7), PromiseTooFarAway),
    ],
)
def test_dates_that_cannot_be_promised(earliest, latest, refusal) -> None:
    with pytest.raises(refusal) as caught:
        require_promise(PromisedDates(earliest=earliest, latest=latest), calendar=FIXWELL, at=MORNING)

    assert caught.value.field == "latest"


def test_today_cannot_be_promised_once_the_shop_has_closed() -> None:
    today = PromisedDates(earliest=MONDAY, latest=MONDAY)
    require_promise(today, calendar=FIXWELL, at=datetime(2026, 3, 2, 17, 59, tzinfo=UTC))

    with pytest.raises(PromiseInThePast):
        require_promise(today, calendar=FIXWELL, at=datetime(2026, 3, 2, 18, 0, tzinfo=UTC))


def test_a_shop_without_hours_promises_by_the_evening_of_any_day() -> None:
    calendar = calendar_of(time_zone="Europe/London", opening_hours={})

    due = require_promise(PromisedDates(earliest=day(8), latest=day(8)), calendar=calendar, at=MORNING)

    assert due == datetime(2026, 3, 8, 18, 0, tzinfo=UTC)


def test_kept_means_ready_before_the_first_promise_ends() -> None:
    due = datetime(2026, 3, 7, 16, 0, tzinfo=UTC)

    assert is_kept(first_due_at=due, ready_at=due)
    assert not is_kept(first_due_at=due, ready_at=due + timedelta(seconds=1))


weeks = st.dictionaries(st.integers(0, 6), st.just((time(9), time(17))), min_size=1)


@given(hours=weeks, start=st.dates(date(2020, 1, 1), date(2030, 1, 1)), count=st.integers(0, 40))
def test_open_days_are_open_and_counted_once_each(hours, start, count) -> None:
    calendar = Calendar(zone=ZoneInfo("Europe/London"), hours=hours)

    reached = add_open_days(calendar, start, count)

    open_days = [
        start + timedelta(days=n)
        for n in range(1, (reached - start).days + 1)
        if calendar.is_open_on(start + timedelta(days=n))
    ]
    assert calendar.is_open_on(reached)
    assert len(open_days) == (count if calendar.is_open_on(start) else max(count, 1))


def dates(earliest: int, latest: int) -> PromisedDates:
    return PromisedDates(earliest=day(earliest), latest=day(latest))


@pytest.mark.parametrize(
    ("in_force", "at", "promised"),
    [
        (None, datetime(2026, 3, 4, 17, 59, tzinfo=UTC), dates(3, 4)),  # the offered days hold to their end
        (dates(3, 4), datetime(2026, 3, 4, 17, 59, tzinfo=UTC), dates(3, 4)),
        (dates(3, 4), datetime(2026, 3, 4, 18, 0, tzinfo=UTC), dates(6, 9)),  # over: as many open hours anew
        (dates(3, 4), datetime(2026, 3, 9, 9, 0, tzinfo=UTC), dates(10, 11)),
        (dates(3, 4), datetime(2026, 3, 6, 9, 0, tzinfo=UTC), dates(9, 10)),  # Saturday is short
        (dates(3, 4), datetime(2026, 3, 8, 12, 0, tzinfo=UTC), dates(10, 11)),  # from the closed Sunday
        (dates(5, 9), datetime(2026, 3, 6, 9, 0, tzinfo=UTC), dates(5, 9)),  # told since, and can be kept
    ],
)
def test_a_yes_promises_days_that_can_be_kept(in_force, at, promised) -> None:
    said = dates_after_yes(dates(3, 4), offered_at=MORNING, in_force=in_force, calendar=FIXWELL, at=at)

    assert said == promised


@given(
    hours=weeks,
    offered_at=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - given a zone below
    spans=st.tuples(st.integers(0, 20), st.integers(0, 20)),
    wait=st.timedeltas(timedelta(0), timedelta(days=60)),
)
def test_no_yes_ever_promises_a_day_that_has_passed(hours, offered_at, spans, wait) -> None:
    calendar = Calendar(zone=ZoneInfo("Europe/London"), hours=hours)
    offered_at = offered_at.replace(tzinfo=UTC)
    at = offered_at + wait
    offered = usual_dates(calendar, days_from=min(spans), days_to=max(spans), at=offered_at)

    promised = dates_after_yes(offered, offered_at=offered_at, in_force=offered, calendar=calendar, at=at)

    due = require_promise(promised, calendar=calendar, at=at)
    if calendar.closing(offered.latest) > at:
        assert promised == offered
    else:
        hours_offered = open_hours_between(calendar, offered_at, calendar.closing(offered.latest))
        assert open_hours_between(calendar, at, due) >= hours_offered - 0.001
        assert promised.earliest >= offered.earliest
