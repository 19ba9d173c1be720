"""Which promise a report measures by: the first, unless only an answer was missing when it ended."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from repairshop.promises.rules import PromisedDates
from repairshop.quotes.rules import DecisionKind
from repairshop.reports.pledges import measure_pledge


def day(number):
    return date(2026, 3, number)


def noon(number):
    return datetime(2026, 3, number, 12, tzinfo=UTC)


def promise(*, made, latest):
    dates = PromisedDates(earliest=day(latest), latest=day(latest))
    return SimpleNamespace(dates=dates, due_at=datetime(2026, 3, latest, 18, tzinfo=UTC), made_at=noon(made))


def quote(*, latest, answered, kind=DecisionKind.APPROVED, version=1):
    decisions = [SimpleNamespace(kind=kind, decided_at=noon(answered))] if answered else []
    return SimpleNamespace(version=version, latest=day(latest), decisions=decisions)


FIRST = promise(made=2, latest=6)
AFTER = promise(made=9, latest=11)


@pytest.mark.parametrize(
    ("quotes", "promises", "ready", "measured"),
    [
        ([], [FIRST], 6, (6, False, True)),
        ([], [FIRST], 7, (6, False, False)),
        ([], [FIRST, AFTER], 7, (6, False, False)),
        ([quote(latest=6, answered=5)], [FIRST], 7, (6, False, False)),
        ([quote(latest=6, answered=9)], [FIRST, AFTER], 11, (11, True, True)),
        ([quote(latest=6, answered=9)], [FIRST, AFTER], 12, (11, True, False)),
        ([quote(latest=10, answered=9)], [FIRST, AFTER], 11, (6, False, False)),
        ([quote(latest=6, answered=9, kind=DecisionKind.DECLINED)], [FIRST], 10, (6, False, None)),
        ([quote(latest=6, answered=9, kind=DecisionKind.CLOSED_UNANSWERED)], [FIRST], 10, (6, False, None)),
        ([quote(latest=6, answered=9, kind=DecisionKind.REPLACED)], [FIRST], 10, (6, False, False)),
        (
            [quote(latest=6, answered=5), quote(latest=6, answered=9, version=2)],
            [FIRST, AFTER],
            11,
            (6, False, False),
        ),
    ],
    ids=[
        "kept",
        "missed",
        "later dates change nothing",
        "answered in time",
        "answered late, then kept",
        "answered late, then missed",
        "given up by the quote itself",
        "a late no",
        "no answer at all",
        "replaced by the shop",
        "more asked after a yes in time",
    ],
)
def test_what_is_measured(quotes, promises, ready, measured):
    pledge = measure_pledge(promises, quotes, ready_on=day(ready))

    assert (pledge.latest.day, pledge.after_answer, pledge.was_kept) == measured


def test_without_dates_there_is_no_pledge():
    assert measure_pledge([], [], ready_on=None) is None


def test_before_the_end_nothing_is_measured():
    assert measure_pledge([FIRST], [], ready_on=None).was_kept is None
