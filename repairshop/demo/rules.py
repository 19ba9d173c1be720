"""How an invented shop's past runs: which way a job takes and when each step happens. Pure.

Every draw comes from the `Random` handed in, so that a seed gives the same shop again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from random import Random
from zoneinfo import ZoneInfo

from repairshop.catalogue.rules import DeviceType
from repairshop.tickets.stages import Outcome

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)
_LAST_MINUTES = timedelta(minutes=10)  # nothing begins while the shutter comes down
SHELVES = [f"Shelf {row}{number}" for row in "ABC" for number in range(1, 7)]

# Shares of what comes over a repair counter; fault shares inside a type come with the catalogue.
TYPE_WEIGHTS: Mapping[DeviceType, int] = {
    DeviceType.PHONE: 47,
    DeviceType.LAPTOP: 22,
    DeviceType.TABLET: 11,
    DeviceType.CONSOLE: 6,
    DeviceType.HANDHELD: 4,
    DeviceType.WATCH: 3,
    DeviceType.DESKTOP: 3,
    DeviceType.CAMERA: 2,
    DeviceType.HEADPHONES: 1,
    DeviceType.OTHER: 1,
}


class Path(StrEnum):
    """The way a job takes through the stages."""

    QUOTED = "quoted"
    FIXED_PRICE = "fixed price"
    WITHIN_LIMIT = "within limit"
    DECLINED = "declined"
    NO_FAULT = "no fault found"
    NOT_REPAIRABLE = "not repairable"
    RECYCLED = "recycled"
    RETURNED = "returned unrepaired"
    CANCELLED = "booking cancelled"
    UNCOLLECTED = "collected after a reminder"
    WARRANTY = "comeback under warranty"


PATH_WEIGHTS: Mapping[Path, int] = {
    Path.QUOTED: 41,
    Path.FIXED_PRICE: 27,
    Path.WITHIN_LIMIT: 11,
    Path.DECLINED: 6,
    Path.NO_FAULT: 4,
    Path.NOT_REPAIRABLE: 4,
    Path.RECYCLED: 2,
    Path.RETURNED: 2,
    Path.CANCELLED: 2,
    Path.UNCOLLECTED: 1,
    Path.WARRANTY: 0,  # follows from an earlier job, never drawn
}
SOLD_PATHS = frozenset({Path.QUOTED, Path.FIXED_PRICE, Path.WITHIN_LIMIT, Path.UNCOLLECTED})
REPAIRED_PATHS = SOLD_PATHS | {Path.WARRANTY}
OUTCOMES: Mapping[Path, Outcome] = {
    Path.DECLINED: Outcome.DECLINED,
    Path.NO_FAULT: Outcome.NO_FAULT_FOUND,
    Path.NOT_REPAIRABLE: Outcome.NOT_REPAIRABLE,
    Path.RECYCLED: Outcome.SURRENDERED,
    Path.RETURNED: Outcome.RETURNED_UNREPAIRED,
    Path.CANCELLED: Outcome.CANCELLED,
}

_PART_NEEDED = 0.45
_BOOKED_FIRST = 0.18
_TEST_FAILS = 0.04
_COMES_BACK = 0.04
_PARTLY = 0.03
_COLLECT_REMINDER_AFTER = timedelta(days=31)


class OpenHours:
    """A shop's week in its own time; moments are naive local times until `to_utc`."""

    def __init__(self, *, time_zone: str, opening_hours: Mapping[str, Sequence[str]]) -> None:
        self.zone = ZoneInfo(time_zone)
        self._spans = {
            _WEEKDAYS.index(day): (time.fromisoformat(opens), time.fromisoformat(closes))
            for day, (opens, closes) in opening_hours.items()
        }

    def to_utc(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    def to_local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def is_open_on(self, day: date) -> bool:
        return day.weekday() in self._spans

    def closing(self, day: date) -> datetime:
        return datetime.combine(day, self._spans[day.weekday()][1])

    def moment_on(self, day: date, rng: Random) -> datetime:
        """A moment of an open day; noon and the early evening are busier."""
        opens, closes = self._spans[day.weekday()]
        start, end = datetime.combine(day, opens), datetime.combine(day, closes)
        share = rng.choice((rng.random(), rng.triangular(0.2, 0.6, 0.4), rng.triangular(0.6, 0.95, 0.85)))
        return start + (end - start) * (share * 0.97)

    def snap(self, moment: datetime) -> datetime:
        """The moment itself while the shop is open, else when it opens next."""
        while True:
            span = self._spans.get(moment.weekday())
            if span and moment.time() < span[1]:
                return max(moment, datetime.combine(moment.date(), span[0]))
            moment = datetime.combine(moment.date() + _DAY, time())

    def add(self, moment: datetime, minutes: float) -> datetime:
        """So many minutes of opening later."""
        left, moment = timedelta(minutes=minutes), self.snap(moment)
        while True:
            until_closing = self.closing(moment.date()) - moment
            if left < until_closing:
                return moment + left
            left -= until_closing
            moment = self.snap(datetime.combine(moment.date() + _DAY, time()))

    def back(self, moment: datetime, minutes: float) -> datetime:
        """So many minutes of opening earlier; the last moment of opening counts as now while closed."""
        left, moment = timedelta(minutes=minutes), self._last_open(moment)
        while True:
            since_opening = moment - datetime.combine(moment.date(), self._spans[moment.weekday()][0])
            if left < since_opening:
                return moment - left
            left -= since_opening
            moment = self._last_open(datetime.combine(moment.date(), time()) - timedelta(seconds=1))

    def _last_open(self, moment: datetime) -> datetime:
        while True:
            span = self._spans.get(moment.weekday())
            if span and moment.time() > span[0]:
                return min(moment, datetime.combine(moment.date(), span[1]) - _LAST_MINUTES)
            moment = datetime.combine(moment.date(), time()) - timedelta(seconds=1)

    def open_days_later(self, day: date, count: int) -> date:
        while count or not self.is_open_on(day):
            day += _DAY
            count -= 1 if count and self.is_open_on(day) else 0
        return day


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a plan starts from."""

    minutes: int
    days_from: int
    days_to: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """When each step of one job happens, in UTC; None for a step this way does not have."""

    path: Path
    outcome: Outcome
    booked_at: datetime | None
    arrived_at: datetime
    checked_in_at: datetime
    promised: tuple[date, date]
    due_at: datetime
    diagnosing_at: datetime | None
    decided_at: datetime | None  # quote sent, or the other end of the diagnosis
    answered_at: datetime | None
    ordered_at: datetime | None
    part_expected_on: date | None
    part_arrived_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    failed_at: datetime | None  # the after-test failed once
    refinished_at: datetime | None
    released_at: datetime | None
    uncollected_at: datetime | None
    closed_at: datetime
    comes_back: bool


def draw_path(rng: Random) -> Path:
    return rng.choices(list(PATH_WEIGHTS), weights=list(PATH_WEIGHTS.values()))[0]


def draw_type(rng: Random) -> DeviceType:
    return rng.choices(list(TYPE_WEIGHTS), weights=list(TYPE_WEIGHTS.values()))[0]


class _Clock:
    """Walks forward through a job and notes the time of each step."""

    def __init__(self, hours: OpenHours, start: datetime, rng: Random) -> None:
        self.hours, self.now, self.rng = hours, start, rng

    def work(self, typical_minutes: float, spread: float = 0.5) -> datetime:
        """Minutes of opening, around a typical value."""
        self.now = self.hours.add(self.now, typical_minutes * self.rng.lognormvariate(0, spread))
        return self.hours.to_utc(self.now)

    def wait(self, typical_hours: float, spread: float = 0.9, *, staffed: bool = True) -> datetime:
        """Hours of the wall clock: a customer thinking, a parcel travelling."""
        self.now += timedelta(hours=typical_hours * self.rng.lognormvariate(0, spread))
        if staffed:
            self.now = self.hours.snap(self.now) + timedelta(minutes=self.rng.randrange(1, 50))
        return self.hours.to_utc(self.now)


def plan_job(job: Job, *, path: Path, arrives: datetime, hours: OpenHours, rng: Random) -> Plan:
    """The times of one job that comes over the counter at `arrives` (local)."""
    clock = _Clock(hours, arrives, rng)
    at: dict[str, datetime | None] = dict.fromkeys(_TIMES)
    booked = (rng.random() < _BOOKED_FIRST and path is not Path.WARRANTY) or path is Path.CANCELLED
    at["booked_at"] = hours.to_utc(arrives - timedelta(hours=rng.uniform(3, 70))) if booked else None
    arrived_at = hours.to_utc(arrives)
    checked_in_at = clock.work(7, 0.3)
    today = clock.now.date()
    promised = (hours.open_days_later(today, job.days_from), hours.open_days_later(today, job.days_to))
    expected_on = None
    if path is Path.CANCELLED:
        closed_at = arrived_at
    else:
        _diagnose(clock, at, path=path)
        if path in REPAIRED_PATHS:
            expected_on = _repair(clock, at, job=job)
        at["released_at"] = clock.work(30)
        if path is Path.UNCOLLECTED:
            clock.now = hours.snap(clock.now + _COLLECT_REMINDER_AFTER)
            at["uncollected_at"] = hours.to_utc(clock.now)
        closed_at = clock.wait(9)
    partly = path in REPAIRED_PATHS and rng.random() < _PARTLY
    repaired = Outcome.PARTLY_REPAIRED if partly else Outcome.REPAIRED
    return Plan(
        path=path,
        outcome=OUTCOMES.get(path, repaired),
        arrived_at=arrived_at,
        checked_in_at=checked_in_at,
        promised=promised,
        due_at=hours.to_utc(hours.closing(promised[1])),
        part_expected_on=expected_on,
        closed_at=closed_at,
        comes_back=path in SOLD_PATHS and rng.random() < _COMES_BACK,
        **at,
    )


_TIMES = (
    "booked_at",
    "diagnosing_at",
    "decided_at",
    "answered_at",
    "ordered_at",
    "part_arrived_at",
    "started_at",
    "finished_at",
    "failed_at",
    "refinished_at",
    "released_at",
    "uncollected_at",
)


def _diagnose(clock: _Clock, at: dict[str, datetime | None], *, path: Path) -> None:
    if path is Path.FIXED_PRICE:
        at["answered_at"] = clock.work(1)
        return
    at["diagnosing_at"] = clock.work(150, 0.8)
    at["decided_at"] = clock.work(35)
    if path in {Path.QUOTED, Path.DECLINED, Path.UNCOLLECTED}:
        at["answered_at"] = clock.wait(3, 1.1, staffed=False)


def _repair(clock: _Clock, at: dict[str, datetime | None], *, job: Job) -> date | None:
    expected_on = None
    if clock.rng.random() < _PART_NEEDED:
        at["ordered_at"] = clock.work(25)
        expected_on = clock.hours.open_days_later(clock.now.date(), 2)
        at["part_arrived_at"] = clock.wait(40, 0.5)
    at["started_at"] = clock.work(110, 0.8)
    at["finished_at"] = clock.work(job.minutes, 0.35)
    if clock.rng.random() < _TEST_FAILS:
        at["failed_at"] = clock.work(20)
        at["refinished_at"] = clock.work(job.minutes)
    return expected_on


def arrival_days(*, first: date, last: date, count: int, hours: OpenHours, rng: Random) -> list[date]:
    """On which day each of `count` jobs arrives: Mondays and Saturdays are busier, closed days empty."""
    days = [first + _DAY * number for number in range((last - first).days + 1)]
    open_days = [day for day in days if hours.is_open_on(day)]
    weights = [1.35 if day.weekday() in {0, 5} else 1.0 for day in open_days]
    return sorted(rng.choices(open_days, weights=weights, k=count))


def luhn_digit(body: str) -> str:
    """The check digit that ISO/IEC 7812 puts behind `body`, as in an IMEI."""
    digits = [int(digit) for digit in reversed(body)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[::2])
    return str(-(sum(doubled) + sum(digits[1::2])) % 10)


def imei_of_no_phone(rng: Random) -> str:
    """An IMEI of test equipment: type allocation codes that begin with 00 (3GPP TS 23.003)."""
    body = f"00{rng.randrange(10**12):012d}"
    return body + luhn_digit(body)


def reserved_phone(rng: Random) -> str:
    """A British number that rings nowhere (Ofcom's range for drama)."""
    return f"07700 900{rng.randrange(1000):03d}"


# From here on: the shop as it is now.
_LONGEST_STEP_HOURS = 2.5


def step_minutes(*, hours: float, steps: int) -> list[float]:
    """When each step of a present ticket was taken, in minutes of opening before now, first to last.

    The work goes on at a working pace from the arrival; what is left of the time is how long the ticket
    has been where it is.
    """
    pace = min(hours / (steps + 0.5), _LONGEST_STEP_HOURS)
    return [60 * (hours - pace * number) for number in range(steps)]
