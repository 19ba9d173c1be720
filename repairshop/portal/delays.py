"""Late, and when the customer hears next.

A repair is late when the shop cannot keep dates it told: from the moment it says so, which is before they
pass when all goes well, and at the latest from the moment they have passed. Later dates that the customer
agreed to or asked for are no delay.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from repairshop.promises.queries import Promises
from repairshop.promises.rules import Calendar, PromisedDates, PromiseReason, add_open_days
from repairshop.tickets.stages import Stage

# While one of these lasts the shop has the device in hand and dates to keep.
OWES_DATES = frozenset(
    {
        Stage.RECEIVED,
        Stage.DIAGNOSING,
        Stage.APPROVED,
        Stage.AWAITING_PARTS,
        Stage.IN_REPAIR,
        Stage.FINAL_CHECKS,
    }
)
_OUR_DELAYS = frozenset(
    {
        PromiseReason.PART_LATE,
        PromiseReason.MORE_FOUND,
        PromiseReason.BENCH_FULL,
        PromiseReason.TEST_FAILED,
        PromiseReason.OTHER,
    }
)
# Work that a cheaper part can still change, or that has not begun at all.
_BEFORE_WORK = frozenset({Stage.APPROVED, Stage.AWAITING_PARTS})


class Choice(StrEnum):
    """What a customer may do about a delay; wording in templates/portal/_late.html."""

    WAIT = "wait"
    LOANER = "loaner"
    CHEAPER = "cheaper"
    UNREPAIRED = "unrepaired"


@dataclass(frozen=True, kw_only=True)
class Delay:
    """Dates that are not kept: what was told, what is told now (None: nothing yet), why, and the choices."""

    told: date
    now: PromisedDates | None
    reason: PromiseReason | None
    note: str
    choices: tuple[Choice, ...]


def delay_of(stage: Stage, promises: Promises | None, *, at: datetime, has_loaner: bool) -> Delay | None:
    """None while the dates hold, and where nobody was told any."""
    if promises is None or stage not in OWES_DATES:
        return None
    current, before = promises.current, promises.before
    is_over = at > current.due_at
    was_moved = (
        before is not None and current.reason in _OUR_DELAYS and current.dates.latest > before.dates.latest
    )
    if not is_over and not was_moved:
        return None
    told = before if was_moved and before is not None and not is_over else current
    return Delay(
        told=told.dates.latest,
        now=None if is_over else current.dates,
        reason=current.reason if was_moved else None,
        note=current.note if was_moved else "",
        choices=_choices(stage, has_loaner=has_loaner),
    )


def _choices(stage: Stage, *, has_loaner: bool) -> tuple[Choice, ...]:
    offered = [Choice.WAIT]
    if not has_loaner:
        offered.append(Choice.LOANER)
    if stage in _BEFORE_WORK:
        offered.append(Choice.CHEAPER)
    if stage is not Stage.FINAL_CHECKS:
        offered.append(Choice.UNREPAIRED)
    return tuple(offered)


@dataclass(frozen=True, kw_only=True)
class News:
    """When the customer hears next; `is_over` when that moment has passed and nothing was said."""

    by: datetime
    is_over: bool


def next_news(
    stage: Stage, *, due_at: datetime | None, owed_at: datetime | None, calendar: Calendar, at: datetime
) -> News | None:
    """With the dates: ready by then, or other dates. After they passed: when the shop closes on the next
    open day. Without dates: when one was to be told. None where it is the customer's turn, or all is over."""
    if stage not in OWES_DATES:
        return None
    if due_at is None:
        return News(by=owed_at, is_over=at > owed_at) if owed_at is not None else None
    if at <= due_at:
        return News(by=due_at, is_over=False)
    by = calendar.closing(add_open_days(calendar, calendar.local_day(due_at), 1))
    return News(by=by, is_over=at > by)
