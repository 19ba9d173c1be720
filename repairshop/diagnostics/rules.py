"""Test runs, findings and the ends a diagnosis can have. Pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol, TypeVar

from repairshop.catalogue.rules import TestItem
from repairshop.errors import Refused

TestRunId = NewType("TestRunId", int)
FindingId = NewType("FindingId", int)

# Checks that give a value worth keeping apart from a remark, and its unit.
MEASURED: Mapping[str, str] = {"battery_health": "%", "drive_health": "%", "fan": "°C", "os_version": ""}


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


class ClosedRun(Protocol):
    """What the release gate looks at."""

    @property
    def opened_at(self) -> datetime: ...

    @property
    def closed_at(self) -> datetime | None: ...


def version_of(items: Sequence[TestItem]) -> str:
    """A name for this very list of checks: it changes when a check is added, reworded or moved."""
    text = "\n".join(f"{item.key}\t{item.label}\t{int(item.at_counter)}" for item in items)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def require_checked_in(checked_in_at: datetime | None) -> None:
    if checked_in_at is None:
        raise CheckInStillOpen


def require_reason(key: str, answer: TestAnswer) -> None:
    if answer.verdict is Verdict.NOT_TESTABLE and not answer.note:
        raise NotTestableNeedsReason(field=f"note-{key}")


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


def worsened(before: Iterable[Answered], after: Iterable[Answered]) -> list[str]:
    """The keys of checks that passed before the work and fail after it."""
    passed = {result.key for result in before if result.verdict is Verdict.PASS}
    return [result.key for result in after if result.verdict is Verdict.FAIL and result.key in passed]
