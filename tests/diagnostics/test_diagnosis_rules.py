"""What the diagnosis asks for, as tables."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from repairshop.catalogue.rules import Measure
from repairshop.diagnostics.checks import ListTest, NotANumber
from repairshop.diagnostics.rules import (
    AfterTestsMissing,
    Change,
    CheckInStillOpen,
    ChecksUnanswered,
    NotTestableNeedsReason,
    PassOutsideLimits,
    TestAnswer,
    Verdict,
    compared,
    outside_limits,
    require_after_run_done,
    require_all_answered,
    require_checked_in,
    require_reason,
    require_value,
)

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Run:
    opened_at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Result:
    key: str
    verdict: Verdict | None
    value: str = ""


@pytest.mark.parametrize(
    ("run", "since"),
    [
        (None, None),
        (Run(opened_at=NOW), None),
        (Run(opened_at=NOW - HOUR, closed_at=NOW), NOW),  # from before the work began again
    ],
)
def test_work_is_not_released_untested(run, since) -> None:
    with pytest.raises(AfterTestsMissing):
        require_after_run_done(run, since=since)


@pytest.mark.parametrize("since", [None, NOW - HOUR])
def test_a_closed_after_run_is_enough(since) -> None:
    require_after_run_done(Run(opened_at=NOW - HOUR, closed_at=NOW), since=since)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_only_what_could_not_be_tested_needs_a_reason(verdict) -> None:
    if verdict is Verdict.NOT_TESTABLE:
        with pytest.raises(NotTestableNeedsReason) as caught:
            require_reason("display", TestAnswer(verdict=verdict))
        assert caught.value.field == "note-display"
    else:
        require_reason("display", TestAnswer(verdict=verdict))
    require_reason("display", TestAnswer(verdict=verdict, note="The screen is dead"))


def test_unanswered_checks_are_counted() -> None:
    results = [
        Result(key="boot", verdict=None),
        Result(key="wifi", verdict=Verdict.FAIL),
        Result(key="nfc", verdict=None),
    ]

    with pytest.raises(ChecksUnanswered) as caught:
        require_all_answered(results)

    assert caught.value.values == {"count": 2}


def test_a_diagnosis_waits_for_the_check_in() -> None:
    require_checked_in(NOW)
    with pytest.raises(CheckInStillOpen):
        require_checked_in(None)


def test_what_changed_stands_before_what_stayed_the_same() -> None:
    before = [
        Result(key="boot", verdict=Verdict.PASS),
        Result(key="nfc", verdict=Verdict.FAIL),
        Result(key="battery_health", verdict=Verdict.PASS, value="84"),
        Result(key="stylus", verdict=None),
        Result(key="wifi", verdict=Verdict.PASS),
        Result(key="gps", verdict=Verdict.NOT_TESTABLE),
    ]
    after = [
        Result(key="boot", verdict=Verdict.PASS),
        Result(key="nfc", verdict=Verdict.PASS),
        Result(key="battery_health", verdict=Verdict.PASS, value="100"),
        Result(key="wifi", verdict=Verdict.FAIL),
        Result(key="gps", verdict=Verdict.PASS),
    ]

    pairs = compared(before, after)

    assert [((pair.after or pair.before).key, pair.change) for pair in pairs] == [
        ("wifi", Change.BROKE),
        ("nfc", Change.MENDED),
        ("battery_health", Change.VALUE),
        ("gps", Change.OTHER),
        ("boot", Change.SAME),
    ]


HEALTH = ListTest(
    key="battery_health",
    label="Battery health",
    at_counter=False,
    measure=Measure.NUMBER,
    unit="%",
    lowest=Decimal(80),
)


@pytest.mark.parametrize(
    ("value", "verdict", "note", "refused"),
    [
        ("80", Verdict.PASS, "", None),
        ("79,9", Verdict.FAIL, "", None),
        ("79.9 %", Verdict.PASS, "", PassOutsideLimits),
        ("79.9", Verdict.PASS, "The customer knows", None),
        ("79.9", None, "", None),
        ("", Verdict.PASS, "", None),
        ("eighty", Verdict.PASS, "", NotANumber),
        ("eighty", None, "", NotANumber),
    ],
)
def test_a_value_outside_its_limits_passes_only_with_a_reason(value, verdict, note, refused) -> None:
    answer = TestAnswer(verdict=verdict, value=value, note=note)

    if refused is None:
        require_value(HEALTH, answer)
    else:
        with pytest.raises(refused):
            require_value(HEALTH, answer)


@pytest.mark.parametrize(
    ("value", "outside"), [("79", True), ("80", False), ("", False), ("low", False), ("1.200", False)]
)
def test_only_a_number_outside_the_limits_proposes_a_fail(value, outside) -> None:
    assert outside_limits(HEALTH, value) is outside
