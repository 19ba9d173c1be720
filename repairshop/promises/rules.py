"""Dates a shop can promise: days it is open, and the hour it closes on them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NewType
from zoneinfo import ZoneInfo

from repairshop.errors import Refused

PromiseId = NewType("PromiseId", int)

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# A shop that has not set its hours still makes promises: by six, on any day.
_UNSET_HOURS = (time(9), time(18))
LONGEST_PROMISE = timedelta(days=366)
_DAY = timedelta(days=1)
# Hours are counted as fractions: the last of a second must not cost the customer a day.
_ROUNDING = 1e-6


class PromiseReason(StrEnum):
    """Why the customer was told these dates; wording in templates/promises/_words.html."""

    INTAKE = "intake"
    QUOTE = "quote"
    FIXED_PRICE = "fixed_price"
    WITHIN_LIMIT = "within_limit"
    WARRANTY = "warranty"
    PART_LATE = "part_late"
    MORE_FOUND = "more_found"
    BENCH_FULL = "bench_full"
    TEST_FAILED = "test_failed"
    CUSTOMER_ASKED = "customer_asked"
    ANSWER_TOOK_LONGER = "answer_took_longer"
    SOONER = "sooner"
    OTHER = "other"


# What a person may choose when they tell new dates by hand; the others come with their verbs.
REASONS_FOR_CHANGE = (
    PromiseReason.PART_LATE,
    PromiseReason.MORE_FOUND,
    PromiseReason.BENCH_FULL,
    PromiseReason.TEST_FAILED,
    PromiseReason.ANSWER_TOOK_LONGER,
    PromiseReason.CUSTOMER_ASKED,
    PromiseReason.SOONER,
    PromiseReason.OTHER,
)


class PromiseUpsideDown(Refused):
    """The latest day is before the earliest."""


class PromiseInThePast(Refused):
    """The latest day, or its closing time, is over."""


class PromiseTooFarAway(Refused):
    """More than a year ahead: a slip of the year."""


class PromiseOnClosedDay(Refused):
    """The shop is closed on this day, so nobody could collect."""


class PromiseUnchanged(Refused):
    """These are the dates the customer was told already."""


class PromiseNotNeeded(Refused):
    """The job is over, or not begun: there is nothing to promise."""


@dataclass(frozen=True, kw_only=True)
class PromisedDates:
    """The two dates, both inclusive, in the shop's own calendar."""

    earliest: date
    latest: date


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """When a shop is open: its time zone and, by weekday (0 is Monday), opening and closing time."""

    zone: ZoneInfo
    hours: Mapping[int, tuple[time, time]]

    def is_open_on(self, day: date) -> bool:
        return not self.hours or day.weekday() in self.hours

    def opening(self, day: date) -> datetime:
        """The moment the shop opens on this day, in UTC; on a closed day the usual morning."""
        opens = self.hours.get(day.weekday(), _UNSET_HOURS)[0]
        return datetime.combine(day, opens, tzinfo=self.zone).astimezone(UTC)

    def closing(self, day: date) -> datetime:
        """The moment the shop closes on this day, in UTC; on a closed day the usual evening."""
        closes = self.hours.get(day.weekday(), _UNSET_HOURS)[1]
        return datetime.combine(day, closes, tzinfo=self.zone).astimezone(UTC)

    def local_day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()


def calendar_of(*, time_zone: str, opening_hours: Mapping[str, Sequence[str]]) -> Calendar:
    """The calendar a shop's settings describe: {"mon": ["09:00", "18:00"], ...}; a missing day is closed."""
    hours = {
        _WEEKDAYS.index(name): (time.fromisoformat(span[0]), time.fromisoformat(span[1]))
        for name, span in opening_hours.items()
    }
    return Calendar(zone=ZoneInfo(time_zone), hours=hours)


def first_working_day(calendar: Calendar, *, at: datetime) -> date:
    """Today while the shop is open or will open, else its next open day."""
    day = calendar.local_day(at)
    if calendar.is_open_on(day) and at < calendar.closing(day):
        return day
    return add_open_days(calendar, day, 1)


def add_open_days(calendar: Calendar, day: date, count: int) -> date:
    """The day on which the shop has opened `count` times after `day`; at least its next open day."""
    remaining = count if calendar.is_open_on(day) else max(count, 1)
    while remaining:
        day += _DAY
        if calendar.is_open_on(day):
            remaining -= 1
    return day


def open_hours_between(calendar: Calendar, begin: datetime, end: datetime) -> float:
    """The hours the shop was open between two moments; 0 where the end comes first."""
    day, last, seconds = calendar.local_day(begin), calendar.local_day(end), 0.0
    while day <= last:
        if calendar.is_open_on(day):
            opened, closed = max(begin, calendar.opening(day)), min(end, calendar.closing(day))
            seconds += max((closed - opened).total_seconds(), 0.0)
        day += _DAY
    return seconds / 3600


def after_open_hours(calendar: Calendar, begin: datetime, hours: float) -> datetime:
    """The moment at which the shop has been open that many hours since `begin`; never outside its hours."""
    day, left = calendar.local_day(begin), timedelta(hours=hours)
    while True:
        if calendar.is_open_on(day):
            opened, closed = max(begin, calendar.opening(day)), calendar.closing(day)
            if opened < closed and opened + left <= closed:
                return opened + left
            left -= max(closed - opened, timedelta(0))
        day += _DAY


def usual_dates(calendar: Calendar, *, days_from: int, days_to: int, at: datetime) -> PromisedDates:
    """The dates of a usual job, in open days from now: 0 days is today while the shop is open."""
    start = first_working_day(calendar, at=at)
    return PromisedDates(
        earliest=add_open_days(calendar, start, days_from), latest=add_open_days(calendar, start, days_to)
    )


def dates_after_yes(
    offered: PromisedDates,
    *,
    offered_at: datetime,
    in_force: PromisedDates | None,
    calendar: Calendar,
    at: datetime,
) -> PromisedDates:
    """What a yes promises: what the customer was told last, or what was offered, while that can be kept.

    Where both have passed it is the open hours that were offered, counted from the yes.
    """
    for dates in (in_force, offered):
        if dates is not None and calendar.closing(dates.latest) > at:
            return dates
    return _count_anew(offered, calendar=calendar, told_at=offered_at, at=at)


def _count_anew(
    dates: PromisedDates, *, calendar: Calendar, told_at: datetime, at: datetime
) -> PromisedDates:
    def moved(day: date) -> date:
        hours = open_hours_between(calendar, told_at, calendar.closing(day))
        return calendar.local_day(after_open_hours(calendar, at, max(hours - _ROUNDING, 0.0)))

    return PromisedDates(earliest=moved(dates.earliest), latest=moved(dates.latest))


def require_promise(dates: PromisedDates, *, calendar: Calendar, at: datetime) -> datetime:
    """The moment the promise ends: closing time of its latest day."""
    if dates.latest < dates.earliest:
        raise PromiseUpsideDown(field="latest")
    due = calendar.closing(dates.latest)
    if due <= at:
        raise PromiseInThePast(field="latest")
    if due - at > LONGEST_PROMISE:
        raise PromiseTooFarAway(field="latest")
    if not calendar.is_open_on(dates.latest):
        raise PromiseOnClosedDay(field="latest", day=dates.latest)
    return due


def is_kept(*, first_due_at: datetime, ready_at: datetime) -> bool:
    """Whether the FIRST promise was kept; later ones change what we expect, never this."""
    return ready_at <= first_due_at
