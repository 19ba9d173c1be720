"""Test runs, findings and the ends a diagnosis can have. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, NewType, Protocol, TypeVar

from repairshop.catalogue.rules import Measure
from repairshop.diagnostics.checks import Limits, NotANumber, is_outside, read_number
from repairshop.errors import Refused

TestRunId = NewType("TestRunId", int)
FindingId = NewType("FindingId", int)

# What runs measured that began before lists said it themselves.
MEASURED_BEFORE_LISTS = frozenset({"battery_health", "drive_health", "fan", "os_version"})

MOST_AT_COUNTER = 8  # more, and the customer walks off before the last


class RunKind(StrEnum):
    """The counter opens the before run and the bench completes it; an after run closes the work."""

    BEFORE = "before"
    AFTER = "after"


class Verdict(StrEnum):
    """What a check showed. Each has one key: 1 to 4."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    NOT_TESTABLE = "not_testable"
    NOT_PRESENT = "not_present"


class Defect(StrEnum):
    """What is wrong with the part that was found."""

    BROKEN = "broken"
    CRACKED = "cracked"
    WORN = "worn"
    LOOSE = "loose"
    BLOCKED = "blocked"
    CORRODED = "corroded"
    NO_CONTACT = "no_contact"
    SHORT_CIRCUIT = "short_circuit"
    BURNT = "burnt"
    SWOLLEN = "swollen"
    LEAKING = "leaking"
    BENT = "bent"
    MISSING = "missing"
    DAMAGED_DATA = "damaged_data"
    WRONG_SETTING = "wrong_setting"
    DOES_NOT_BELONG = "does_not_belong"
    OTHER = "other"


class FaultCause(StrEnum):
    """What brought it about, as far as anybody can tell."""

    WEAR = "wear"
    FALL = "fall"
    LIQUID = "liquid"
    HEAT = "heat"
    DIRT = "dirt"
    ELECTRICITY = "electricity"
    EARLIER_REPAIR = "earlier_repair"
    UPDATE = "update"
    MANUFACTURE = "manufacture"
    NOT_KNOWN = "not_known"


class Barrier(StrEnum):
    """Why a device cannot be repaired: the barriers of the Open Repair Data Standard 0.3."""

    PARTS_NOT_AVAILABLE = "parts_not_available"
    PARTS_TOO_EXPENSIVE = "parts_too_expensive"
    NO_WAY_TO_OPEN = "no_way_to_open"
    NO_REPAIR_INFORMATION = "no_repair_information"
    NO_EQUIPMENT = "no_equipment"
    TOO_WORN_OUT = "too_worn_out"


class CheckInStillOpen(Refused):
    """Condition, privacy tasks, reach and signature are not all there yet."""


class NotTestableNeedsReason(Refused):
    """A check marked as not testable says why."""


class PassOutsideLimits(Refused):
    """A value outside its limits passes only with a reason; `lowest` and `highest` say the limits."""


class ChecksUnanswered(Refused):
    """A run is closed when every check has an answer."""


class RunClosed(Refused):
    """A closed run is not changed; a new one is opened."""


class AfterTestsMissing(Refused):
    """Work was done, and the device was not tested afterwards."""


class FindingEmpty(Refused):
    """A finding says what was seen."""


class ConclusionNeedsWords(Refused):
    """The customer is told what was tried, or why it cannot be repaired."""


@dataclass(frozen=True, kw_only=True)
class TestAnswer:
    """What somebody saw at one check; `verdict` None leaves the check open."""

    __test__ = False  # not a test of pytest's

    verdict: Verdict | None
    value: str = ""
    note: str = ""


class Answered(Protocol):
    """A check with its answer, wherever it is kept."""

    @property
    def key(self) -> str: ...

    @property
    def verdict(self) -> Verdict | None: ...


class CounterCheck(Answered, Protocol):
    """A check that may be done with the customer watching."""

    @property
    def at_counter(self) -> bool: ...


Check = TypeVar("Check", bound=CounterCheck)


class Measured(Limits, Protocol):
    """A check that may write down a value."""

    @property
    def key(self) -> str: ...

    @property
    def measure(self) -> Measure | None: ...

    @property
    def unit(self) -> str: ...


class Shown(Answered, Protocol):
    """A check with its answer and what was measured."""

    @property
    def value(self) -> str: ...


Result = TypeVar("Result", bound=Shown)


class ClosedRun(Protocol):
    """What the release gate looks at."""

    @property
    def opened_at(self) -> datetime: ...

    @property
    def closed_at(self) -> datetime | None: ...


def require_checked_in(checked_in_at: datetime | None) -> None:
    if checked_in_at is None:
        raise CheckInStillOpen


def require_reason(key: str, answer: TestAnswer) -> None:
    if answer.verdict is Verdict.NOT_TESTABLE and not answer.note:
        raise NotTestableNeedsReason(field=f"note-{key}")


def require_value(check: Measured, answer: TestAnswer) -> None:
    """A value is a number where the list wants one; one outside the limits fails, or passes with a reason."""
    if check.measure is not Measure.NUMBER or not answer.value:
        return
    try:
        number = read_number(answer.value, unit=check.unit)
    except NotANumber as refusal:
        raise NotANumber(field=f"value-{check.key}") from refusal
    if (
        number is not None
        and answer.verdict is Verdict.PASS
        and not answer.note
        and is_outside(number, check)
    ):
        raise PassOutsideLimits(
            field=f"note-{check.key}",
            value=answer.value,
            unit=check.unit,
            lowest=check.lowest,
            highest=check.highest,
        )


def outside_limits(check: Measured, value: str) -> bool:
    """Whether this value proposes a fail."""
    if check.measure is not Measure.NUMBER or not value:
        return False
    try:
        number = read_number(value, unit=check.unit)
    except NotANumber:
        return False
    return number is not None and is_outside(number, check)


def require_all_answered(results: Iterable[Answered]) -> None:
    unanswered = sum(1 for result in results if result.verdict is None)
    if unanswered:
        raise ChecksUnanswered(count=unanswered)


def require_open(closed_at: datetime | None) -> None:
    if closed_at is not None:
        raise RunClosed


def require_after_run_done(run: ClosedRun | None, *, since: datetime | None = None) -> None:
    """The after run is closed, and was opened no earlier than `since`: when the work last began."""
    if run is None or run.closed_at is None or (since is not None and run.opened_at < since):
        raise AfterTestsMissing


def require_words(text: str, *, field: str = "note") -> None:
    if not text:
        raise ConclusionNeedsWords(field=field)


def counter_checks(checks: Iterable[Check]) -> tuple[Check, ...]:
    """What is tried with the customer watching: few, and nothing the device is known not to have."""
    ours = [each for each in checks if each.at_counter and each.verdict is not Verdict.NOT_PRESENT]
    return tuple(ours[:MOST_AT_COUNTER])


class Change(StrEnum):
    """How a check after the work differs from the same one before it."""

    BROKE = "broke"  # worked before and fails now
    MENDED = "mended"
    VALUE = "value"  # the same verdict, another value
    OTHER = "other"  # tested on one side only, or not testable on one
    SAME = "same"


@dataclass(frozen=True, kw_only=True)
class Compared(Generic[Result]):
    """One check before and after the work; None where a run does not have it."""

    before: Result | None
    after: Result | None
    change: Change


_ORDER = tuple(Change)


def compared(before: Iterable[Result], after: Iterable[Result]) -> list[Compared[Result]]:
    """Every check that was answered on either side, what got worse first, what stayed the same last."""
    first = {result.key: result for result in before}
    last = {result.key: result for result in after}
    pairs = [(first.get(key), last.get(key)) for key in first | last]
    found = [
        Compared(before=was, after=now, change=_change(was, now))
        for was, now in pairs
        if (was and was.verdict) or (now and now.verdict)
    ]
    return sorted(found, key=lambda pair: _ORDER.index(pair.change))


def _change(before: Shown | None, after: Shown | None) -> Change:
    was = before.verdict if before else None
    now = after.verdict if after else None
    if was == now:
        values = (before.value if before else "", after.value if after else "")
        return Change.SAME if values[0] == values[1] else Change.VALUE
    if now is Verdict.FAIL and was is Verdict.PASS:
        return Change.BROKE
    if now is Verdict.PASS and was is Verdict.FAIL:
        return Change.MENDED
    return Change.OTHER
