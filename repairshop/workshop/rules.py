"""Decisions at the bench."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from repairshop.errors import Refused
from repairshop.tickets.stages import Stage, Verb


class ReturnReason(StrEnum):
    """Why a device goes back unrepaired."""

    CUSTOMER_ASKED = "customer_asked"
    NO_PART = "no_part"
    TOO_DEAR = "too_dear"
    DATA_RISK = "data_risk"
    UNANSWERED = "unanswered"
    OTHER = "other"


class PartDateInThePast(Refused):
    """A part that is still to come cannot be expected on a past day."""


class NothingOnOrder(Refused):
    """There is no open order that could have arrived."""


class ReasonInWordsMissing(Refused):
    """'Another reason' has to be said in words."""


def require_words_for_other(reason: ReturnReason, words: str) -> None:
    if reason is ReturnReason.OTHER and not words:
        raise ReasonInWordsMissing(field="note")


# A clock runs in these; the move into another stage stops it.
WORK_STAGES = frozenset({Stage.DIAGNOSING, Stage.IN_REPAIR, Stage.FINAL_CHECKS})
# These say "I begin now", so the clock of whoever does them starts.
STARTS_WORK = frozenset({Verb.START_DIAGNOSIS, Verb.START_REPAIR, Verb.TEST_FAILED})
MINUTES_MAX = 24 * 60


class StopReason(StrEnum):
    """Why a clock stopped; wording in templates/workshop/_words.html."""

    PAUSED = "paused"
    MOVED = "moved"
    OTHER_JOB = "other_job"
    FORGOTTEN = "forgotten"


class NothingToWorkOn(Refused):
    """The job is in a stage in which nobody works on it."""


class NotRunning(Refused):
    """There is no clock of this person running on this job."""


class StillRunning(Refused):
    """A clock is stopped before its minutes are corrected."""


class CorrectionByOthers(Refused):
    """Only the person's own minutes, unless a manager corrects them."""


def minutes_of(started_at: datetime, stopped_at: datetime) -> int:
    """Whole minutes, rounded to the nearest; a day at most."""
    seconds = max((stopped_at - started_at).total_seconds(), 0.0)
    return min(round(seconds / 60), MINUTES_MAX)


@dataclass(frozen=True, kw_only=True)
class Credit:
    """What one person did on one day of the shop's calendar."""

    name: str
    day: date
    minutes: int


def credits_of(spans: Iterable[tuple[str, date, int]]) -> list[Credit]:
    """(name, day, minutes) of single spans added up per person and day, in the order of the days."""
    totals: Counter[tuple[date, str]] = Counter()
    for name, day, minutes in spans:
        totals[day, name] += minutes
    return [Credit(name=name, day=day, minutes=totals[day, name]) for day, name in sorted(totals)]
