"""What the diagnosis asks for, as tables."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from repairshop.catalogue.rules import DeviceType, TestItem
from repairshop.catalogue.seed_files import read_test_items
from repairshop.diagnostics.rules import (
    MEASURED,
    AfterTestsMissing,
    CheckInStillOpen,
    ChecksUnanswered,
    NotTestableNeedsReason,
    TestAnswer,
    Verdict,
    require_after_run_done,
    require_all_answered,
    require_checked_in,
    require_reason,
    version_of,
    worsened,
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


def test_what_passed_before_and_fails_after_is_worse() -> None:
    before = [Result(key="wifi", verdict=Verdict.PASS), Result(key="nfc", verdict=Verdict.FAIL)]
    after = [
        Result(key="wifi", verdict=Verdict.FAIL),
        Result(key="nfc", verdict=Verdict.FAIL),
        Result(key="gps", verdict=Verdict.FAIL),
    ]

    assert worsened(before, after) == ["wifi"]


def test_a_changed_list_has_another_version() -> None:
    items = [TestItem(key="boot", label="Starts", at_counter=True)]
    reworded = [TestItem(key="boot", label="Starts up", at_counter=True)]

    assert version_of(items) == version_of(list(items))
    assert (
        len({version_of(items), version_of(reworded), version_of([*items, *reworded]), version_of([])}) == 4
    )


def test_every_measured_check_is_in_the_catalogue() -> None:
    keys = {item.key for device_type in DeviceType for item in read_test_items()[device_type]}

    assert keys >= MEASURED.keys()
