"""When customers are asked, what is a low score, and how long somebody has to answer it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from repairshop.errors import Refused
from repairshop.tickets.stages import Stage

# Stages a shop may ask after, in their order; the asked ones are the shop's choice.
STAGES = (
    Stage.RECEIVED,
    Stage.AWAITING_APPROVAL,
    Stage.AWAITING_PARTS,
    Stage.READY,
)
USUAL_STAGES = (Stage.RECEIVED, Stage.READY)
# The survey after the pickup: once for a visit, and nobody twice in this time.
SURVEY_APART = timedelta(days=90)
SURVEY_AFTER = timedelta(hours=24)
# What was handed over longer ago is not asked about any more.
SURVEY_UNTIL = timedelta(days=14)
ANSWER_WITHIN = timedelta(hours=24)
LONGEST_WHY = 2000


class Kind(StrEnum):
    STAGE = "stage"  # one tap about the stage the repair is at
    SURVEY = "survey"  # how likely somebody is to recommend the shop, 0 to 10


class Tap(StrEnum):
    """One tap; wording in templates/feedback/_words.html."""

    GOOD = "good"
    MIXED = "mixed"
    BAD = "bad"


TAP_SCORES = {Tap.GOOD: 3, Tap.MIXED: 2, Tap.BAD: 1}
_SCORES = {Kind.STAGE: range(1, 4), Kind.SURVEY: range(11)}
_LOW = {Kind.STAGE: 1, Kind.SURVEY: 6}


class FollowUpEnding(StrEnum):
    """What came of calling back; wording in templates/feedback/_words.html."""

    SETTLED = "settled"
    NOT_REACHED = "not_reached"
    NOTHING_TO_DO = "nothing_to_do"


class NothingToRate(Refused):
    """The repair is at no stage that is asked about."""


class ScoreUnknown(Refused):
    """The score is none of those on offer."""


class CallNotNoted(Refused):
    """What came of it was not written down."""


class FollowUpClosed(Refused):
    """Somebody else closed it; `name` says who."""


def kind_asked(stage: Stage, *, asked_stages: Iterable[Stage]) -> Kind | None:
    """What is asked now: the survey once it is handed over, a tap at a stage the shop asks after."""
    if stage is Stage.HANDED_OVER:
        return Kind.SURVEY
    return Kind.STAGE if stage in set(asked_stages) else None


def require_score(kind: Kind, score: int) -> None:
    if score not in _SCORES[kind]:
        raise ScoreUnknown(field="score")


def is_low(kind: Kind, score: int) -> bool:
    """A detractor of the recommendation scale (Reichheld 2003: 0 to 6), or the worst of the three taps."""
    return score <= _LOW[kind]


def may_survey(*, handed_over_at: datetime, last_asked_at: datetime | None, at: datetime) -> bool:
    """A day after the pickup, while it is remembered, and nobody twice in SURVEY_APART."""
    since = at - handed_over_at
    rested = last_asked_at is None or at - last_asked_at >= SURVEY_APART
    return SURVEY_AFTER <= since <= SURVEY_UNTIL and rested


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """Net promoter score: share of 9 and 10 less share of 0 to 6, in whole points from -100 to 100."""

    points: int
    answers: int


def recommendation(scores: Sequence[int]) -> Recommendation | None:
    """None where nobody answered."""
    if not scores:
        return None
    promoters = sum(score >= 9 for score in scores)
    detractors = sum(score <= 6 for score in scores)
    return Recommendation(points=round(100 * (promoters - detractors) / len(scores)), answers=len(scores))
