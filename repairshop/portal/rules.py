"""How long a link opens what, and what a customer may do with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from repairshop.errors import Refused
from repairshop.tickets.rules import LinkOrigin
from repairshop.tickets.stages import COLLECTABLE_STAGES, FINAL_STAGES, Stage

# A browser keeps the door open this long after the link was followed; then the link is followed again.
VISIT_LENGTH = timedelta(hours=12)

# A link that came by the customer's own channel proves more than one that was printed or read out.
PROVING_ORIGINS = frozenset({LinkOrigin.SMS, LinkOrigin.MAIL})


class Extent(StrEnum):
    """How much of a repair the page shows."""

    FULL = "full"
    WARRANTY_ONLY = "warranty_only"  # some days after the hand-over: warranty and report
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Closing:
    """When one ticket's job ended, None while it is open, and until when its warranty runs."""

    stage: Stage
    closed_at: datetime | None
    warranty_ends_on: date | None


def extent_of(closing: Closing, *, at: datetime, today: date, days_after_handover: int) -> Extent:
    """What the page of one ticket still shows; `today` is the shop's, by which its warranties end."""
    if closing.stage not in FINAL_STAGES or closing.closed_at is None:
        return Extent.FULL
    if not has_rested(closing.closed_at, at=at, days_after_handover=days_after_handover):
        return Extent.FULL
    if closing.warranty_ends_on is not None and today <= closing.warranty_ends_on:
        return Extent.WARRANTY_ONLY
    return Extent.NOTHING


def has_rested(closed_at: datetime | None, *, at: datetime, days_after_handover: int) -> bool:
    """Whether a closed repair has been closed for so long that its link shows less."""
    return closed_at is not None and at >= closed_at + timedelta(days=days_after_handover)


def visit_is_over(*, began_at: datetime, at: datetime) -> bool:
    """Also for a beginning in the future, which only a wrong clock or a forged cookie has."""
    return not timedelta(0) <= at - began_at < VISIT_LENGTH


# Long enough to read the notice and to answer five questions, too short to be forgotten on the counter.
SCREEN_LENGTH = timedelta(minutes=15)


def screen_is_over(*, began_at: datetime, at: datetime) -> bool:
    """Whether a screen that was turned round for a customer has stopped asking."""
    return not timedelta(0) <= at - began_at < SCREEN_LENGTH


def may_approve(origin: LinkOrigin) -> bool:
    """Money is agreed to only by someone who reached us through the customer's own number or address."""
    return origin in PROVING_ORIGINS


class Milestone(StrEnum):
    """The few points a customer follows; wording in templates/portal/_words.html."""

    HANDED_IN = "handed_in"
    DIAGNOSED = "diagnosed"
    DECIDED = "decided"
    REPAIRED = "repaired"
    READY = "ready"
    COLLECTED = "collected"


class Progress(StrEnum):
    DONE = "done"
    NOW = "now"
    TODO = "todo"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One point of the way; `at` is when it was passed, or when what goes on now began."""

    milestone: Milestone
    progress: Progress
    at: datetime | None


# How far along the way a stage is: the milestones before this position lie behind.
_POSITIONS: dict[Stage, int] = {
    Stage.BOOKED: 0,
    Stage.RECEIVED: 1,
    Stage.DIAGNOSING: 1,
    Stage.AWAITING_APPROVAL: 2,
    Stage.APPROVED: 3,
    Stage.AWAITING_PARTS: 3,
    Stage.IN_REPAIR: 3,
    Stage.FINAL_CHECKS: 4,
    Stage.READY: 5,
    Stage.UNCLAIMED: 5,
    Stage.HANDED_OVER: 6,
    Stage.SURRENDERED: 6,
    Stage.CANCELLED: 0,
}
# The stages whose beginning ends each milestone, the earliest of them counts.
_PASSED_BY: dict[Milestone, tuple[Stage, ...]] = {
    Milestone.HANDED_IN: (Stage.RECEIVED,),
    Milestone.DIAGNOSED: (Stage.AWAITING_APPROVAL, Stage.APPROVED, Stage.FINAL_CHECKS),
    Milestone.DECIDED: (Stage.APPROVED, Stage.FINAL_CHECKS),
    Milestone.REPAIRED: (Stage.FINAL_CHECKS,),
    Milestone.READY: (Stage.READY,),
    Milestone.COLLECTED: (Stage.HANDED_OVER, Stage.SURRENDERED),
}


def way(
    stage: Stage, *, since: datetime, reached: Mapping[Stage, datetime], was_repaired: bool | None
) -> tuple[Step, ...]:
    """The customer's way: behind, here, ahead. `was_repaired` False leaves out what did not happen."""
    position = _POSITIONS[stage]
    steps = []
    for number, milestone in enumerate(Milestone):
        if was_repaired is False and milestone is Milestone.REPAIRED:
            continue
        passed = [reached[by] for by in _PASSED_BY[milestone] if by in reached]
        if milestone is Milestone.DECIDED and not passed and position > number:
            continue
        if number < position:
            steps.append(Step(milestone=milestone, progress=Progress.DONE, at=min(passed, default=None)))
        elif number == position:
            # A device that nobody fetched in time has waited since it was ready.
            begun = reached.get(Stage.READY, since) if stage is Stage.UNCLAIMED else since
            steps.append(Step(milestone=milestone, progress=Progress.NOW, at=begun))
        else:
            steps.append(Step(milestone=milestone, progress=Progress.TODO, at=None))
    return tuple(steps)


def is_late(due_at: datetime | None, *, at: datetime) -> bool:
    return due_at is not None and at > due_at


def by_need(stages: Sequence[Stage]) -> list[int]:
    """The places of several devices: what waits for the customer first, what is over last.

    Devices in which the same is needed keep their order.
    """

    def need(place: int) -> int:
        stage = stages[place]
        if stage is Stage.AWAITING_APPROVAL:
            return 0
        if stage in COLLECTABLE_STAGES:
            return 1
        return 3 if stage in FINAL_STAGES else 2

    return sorted(range(len(stages)), key=need)


def report_may_be_read(stage: Stage) -> bool:
    """The report is written when the work is closed."""
    return stage in {Stage.READY, Stage.UNCLAIMED, Stage.HANDED_OVER, Stage.SURRENDERED}


def moment_of(seconds: object) -> datetime | None:
    """The time a cookie holds as whole seconds; None for anything else."""
    if not isinstance(seconds, int) or not 0 < seconds < 2**33:
        return None
    return datetime.fromtimestamp(seconds, UTC)


class LookUpNotFound(Refused):
    """No repair fits the code and the digits, or they were tried too often: one sentence for both."""


class ApprovalNeedsOwnLink(Refused):
    """The page was not opened from a link sent to the customer's own number or address."""


def require_may_approve(origin: LinkOrigin) -> None:
    if not may_approve(origin):
        raise ApprovalNeedsOwnLink
