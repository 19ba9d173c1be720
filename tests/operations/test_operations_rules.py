"""What the doctor says of ages and numbers, and how published heads are read."""

from datetime import UTC, date, datetime, timedelta

import pytest

from repairshop.operations.rules import (
    HeadNotUnderstood,
    Level,
    PublishedHead,
    describe,
    disk_finding,
    heads_of,
    migration_finding,
    read_head,
    worker_finding,
)
from repairshop.tickets.chain import day_head

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("silence", "level"),
    [(None, Level.WRONG), (timedelta(seconds=5), Level.OK), (timedelta(minutes=2), Level.WRONG)],
)
def test_a_silent_worker_is_wrong(silence: timedelta | None, level: Level) -> None:
    finding = worker_finding(NOW - silence if silence else None, at=NOW)

    assert finding.level is level
    assert bool(finding.advice) is (level is Level.WRONG)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=119), "119 s"),
        (timedelta(minutes=50), "50 min"),
        (timedelta(hours=30), "30 h"),
        (timedelta(days=9), "9 days"),
    ],
)
def test_ages_are_said_in_the_unit_that_fits(age: timedelta, words: str) -> None:
    assert describe(age) == words


def test_an_older_migration_and_a_full_disk_are_wrong() -> None:
    assert migration_finding("0017", newest="0017").level is Level.OK
    assert "db upgrade" in migration_finding(None, newest="0017").advice
    assert disk_finding(100 * 1024 * 1024).level is Level.WRONG
    assert disk_finding(10**12).level is Level.OK


@pytest.mark.parametrize("text", [f"2026-03-01:{'ab' * 32}", f" 2026-03-01 {'AB' * 16} {'ab' * 16} "])
def test_a_head_is_read_as_it_is_printed(text: str) -> None:
    assert read_head(text) == PublishedHead(day=date(2026, 3, 1), head="ab" * 32)


@pytest.mark.parametrize(
    "text", ["", "2026-03-01", f"2026-02-30:{'ab' * 32}", f"2026-03-01:{'ab' * 31}", "x" * 75]
)
def test_anything_else_is_no_head(text: str) -> None:
    with pytest.raises(HeadNotUnderstood):
        read_head(text)


def test_each_day_follows_from_the_one_before_also_when_nothing_changed() -> None:
    monday, tuesday = date(2026, 3, 2), date(2026, 3, 3)

    heads = heads_of({monday: [(2, 5, "b"), (1, 3, "a")]}, days=[tuesday, monday])

    assert heads[monday] == day_head("", [(1, 3, "a"), (2, 5, "b")])
    assert heads[tuesday] == day_head(heads[monday], [])
