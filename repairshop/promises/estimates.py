"""When like repairs were ready, and what that says about the next one. Pure.

Two dates come from it: half of the repairs like this one were ready by the first, 8 in 10 by the second.
The way: quantiles of what remained from a stage on, in hours the shop was open, from the narrowest group
that has seen enough (model of fault, type of device, the whole shop); only repairs that had lasted as long
speak for one that has; and a factor that corrects the quantiles by how the last ones came out. The factor
is the split-conformal quantile (Vovk, Gammerman and Shafer, "Algorithmic Learning in a Random World", 2005)
of scores that follow the newest repairs, its level steered as in Gibbs and Candès, "Adaptive Conformal
Inference Under Distribution Shift", 2021: what it misses too often it widens.
"""

from bisect import bisect_right, insort
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from heapq import heappop, heappush, nlargest
from math import ceil
from typing import NewType

from repairshop.catalogue.rules import DeviceType
from repairshop.promises.rules import Calendar, PromisedDates, after_open_hours, open_hours_between
from repairshop.tickets.stages import COLLECTABLE_STAGES, IN_SHOP_STAGES, Stage

CellKey = NewType("CellKey", str)

LIKE_MIN = 20  # fewer repairs than this say nothing about the next one
NARROW_MIN = 30  # a narrower group speaks once it has seen this many
SAMPLE_MAX = 120  # of the newest, in each group: what is older tells of another shop
SCORES_MIN = 40
SCORES_MAX = 200
HALF, MOST = 0.5, 0.8
# Work goes on in these; afterwards the customer is waited for, before them nobody has the device.
ESTIMATED_STAGES = IN_SHOP_STAGES - COLLECTABLE_STAGES
# A factor beyond these comes from too few or from the odd one, not from how the shop works now.
_FACTOR_MIN, _FACTOR_MAX = 0.4, 3.0
_STEP = 0.02  # how fast the level follows what was missed
_LEVEL_MIN, _LEVEL_MAX = 0.3, 0.97


class Likeness(StrEnum):
    """Whom a repair was compared with; wording in templates/promises/_words.html."""

    FAULT = "fault"
    TYPE = "type"
    SHOP = "shop"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What makes repairs alike."""

    device_type: DeviceType
    fault_key: str

    def cells(self) -> tuple[tuple[Likeness, CellKey], ...]:
        """The groups it belongs to, narrowest first; one without a known fault begins with its type."""
        fault = ((Likeness.FAULT, CellKey(f"{self.device_type}/{self.fault_key}")),) if self.fault_key else ()
        return (*fault, (Likeness.TYPE, CellKey(self.device_type)), (Likeness.SHOP, CellKey("")))


@dataclass(frozen=True, kw_only=True)
class Spell:
    """One stage of a repair that became ready. All hours are hours the shop was open.

    `spent` were spent in the stage, `hours` passed from entering it until the repair was ready, and
    `hours_to_day` until the shop opened on that day: a date is kept on any hour of its day.
    """

    kind: Kind
    stage: Stage
    entered_at: datetime
    ready_at: datetime
    spent: float
    hours: float
    hours_to_day: float


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What like repairs tell: open hours from now until half, and 8 in 10, of them were ready."""

    likeness: Likeness
    like: int  # how many repairs it was read from
    raw_half: float
    raw_most: float
    half_factor: float = 1.0
    most_factor: float = 1.0

    @property
    def half(self) -> float:
        return self.raw_half * self.half_factor

    @property
    def most(self) -> float:
        return max(self.raw_most * self.most_factor, self.half)


@dataclass(frozen=True, kw_only=True)
class EstimatedDates:
    """An estimate in the shop's calendar: the moments, and the days a customer is told."""

    estimate: Estimate
    half_at: datetime
    most_at: datetime
    dates: PromisedDates


@dataclass(frozen=True, kw_only=True)
class Step:
    """A stage that a repair entered."""

    stage: Stage
    at: datetime


def spells_of(kind: Kind, steps: Sequence[Step], *, calendar: Calendar) -> list[Spell]:
    """One for each stage on the way to being ready for the first time, from its first entering.

    One and no more: a repair that goes to and fro would speak louder than the others.
    """
    ready_at = next((step.at for step in steps if step.stage is Stage.READY), None)
    if ready_at is None:
        return []
    way = [step for step in steps if step.stage in ESTIMATED_STAGES and step.at <= ready_at]
    left = [*(step.at for step in way[1:]), ready_at]
    first: dict[Stage, Spell] = {}
    for step, left_at in zip(way, left, strict=True):
        if step.stage not in first:
            first[step.stage] = spell_of(
                kind, step.stage, entered_at=step.at, left_at=left_at, ready_at=ready_at, calendar=calendar
            )
    return list(first.values())


def spell_of(
    kind: Kind,
    stage: Stage,
    *,
    entered_at: datetime,
    left_at: datetime,
    ready_at: datetime,
    calendar: Calendar,
) -> Spell:
    ready_day = calendar.opening(calendar.local_day(ready_at))
    return Spell(
        kind=kind,
        stage=stage,
        entered_at=entered_at,
        ready_at=ready_at,
        spent=round(open_hours_between(calendar, entered_at, left_at), 3),
        hours=round(open_hours_between(calendar, entered_at, ready_at), 3),
        hours_to_day=open_hours_between(calendar, entered_at, ready_day),
    )


@dataclass(frozen=True, kw_only=True)
class Summary:
    """How many like repairs there were, and the open hours in which half, and 8 in 10, were ready."""

    like: int
    half: float
    most: float


@dataclass(frozen=True, kw_only=True)
class Factors:
    """What the two quantiles of a stage are multiplied by."""

    half: float = 1.0
    most: float = 1.0


class Cell:
    """The newest repairs of a group at one stage, as (hours spent in it, hours until ready), oldest first."""

    def __init__(self, samples: Iterable[tuple[float, float]] = ()) -> None:
        self.samples = deque(samples, maxlen=SAMPLE_MAX)

    def summary(self, *, spent: float = 0.0) -> Summary | None:
        """What remained to those that had lasted as long; None if nothing was seen.

        A repair that has lasted longer than nearly all is compared with the longest of them, as if it left
        its stage now: there is nothing closer.
        """
        lasting = [sample for sample in self.samples if sample[0] > spent or not spent]
        if len(lasting) < LIKE_MIN:
            lasting = nlargest(LIKE_MIN, self.samples)
        remaining = sorted(hours - min(lasted, spent) for lasted, hours in lasting)
        if not remaining:
            return None
        return Summary(like=len(remaining), half=quantile(remaining, HALF), most=quantile(remaining, MOST))


def estimate_from(
    kind: Kind, factors: Factors, *, find: Callable[[CellKey], Summary | None]
) -> Estimate | None:
    """From the narrowest group that has seen enough; None below 20 like repairs."""
    for likeness, key in kind.cells():
        summary = find(key)
        if summary and summary.like >= (LIKE_MIN if likeness is Likeness.SHOP else NARROW_MIN):
            return Estimate(
                likeness=likeness,
                like=summary.like,
                raw_half=summary.half,
                raw_most=summary.most,
                half_factor=factors.half,
                most_factor=factors.most,
            )
    return None


@dataclass(kw_only=True)
class Correction:
    """How far one quantile was off for the last repairs, and the level that is aimed at in their scores."""

    aim: float
    level: float = field(init=False)
    newest: deque[float] = field(default_factory=lambda: deque(maxlen=SCORES_MAX))
    in_order: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.level = self.aim

    def factor(self) -> float:
        count = len(self.in_order)
        if count < SCORES_MIN:
            return 1.0
        place = min(ceil((count + 1) * self.level), count)
        return min(max(self.in_order[place - 1], _FACTOR_MIN), _FACTOR_MAX)

    def learn(self, score: float, *, used: float) -> None:
        if len(self.newest) == SCORES_MAX:
            del self.in_order[bisect_right(self.in_order, self.newest[0]) - 1]
        self.newest.append(score)
        insort(self.in_order, score)
        if len(self.in_order) > SCORES_MIN:
            missed = score > used
            self.level = min(max(self.level + _STEP * (self.aim - (not missed)), _LEVEL_MIN), _LEVEL_MAX)


class Learner:
    """What the finished repairs of one shop tell about the open ones."""

    def __init__(self) -> None:
        self.cells: dict[tuple[Stage, CellKey], Cell] = {}
        self.corrections: dict[Stage, tuple[Correction, Correction]] = {}

    def learn(self, spell: Spell, *, said: Estimate | None) -> None:
        """Take in a stage of a finished repair, with the estimate that was made on entering it."""
        for _, key in spell.kind.cells():
            cell = self.cells.setdefault((spell.stage, key), Cell())
            cell.samples.append((spell.spent, spell.hours))
        if said is not None:
            half, most = self._corrections(spell.stage)
            half.learn(_score(spell, said.raw_half), used=said.half_factor)
            most.learn(_score(spell, said.raw_most), used=said.most_factor)

    def estimate(self, kind: Kind, stage: Stage, *, spent: float = 0.0) -> Estimate | None:
        """For a repair that has been in its stage for `spent` open hours; None below 20 like repairs."""

        def find(key: CellKey) -> Summary | None:
            cell = self.cells.get((stage, key))
            return cell.summary(spent=spent) if cell else None

        return estimate_from(kind, self.factors(stage), find=find)

    def factors(self, stage: Stage) -> Factors:
        half, most = self._corrections(stage)
        return Factors(half=half.factor(), most=most.factor())

    def _corrections(self, stage: Stage) -> tuple[Correction, Correction]:
        return self.corrections.setdefault(stage, (Correction(aim=HALF), Correction(aim=MOST)))


def replay(learner: Learner, spells: Iterable[Spell]) -> Iterator[tuple[Spell, Estimate | None]]:
    """Each spell with what could have been said on entering it: from repairs that were ready by then.

    The learner has taken in all of them once the last is read.
    """
    running: list[tuple[datetime, int, Spell, Estimate | None]] = []
    for number, spell in enumerate(sorted(spells, key=lambda each: each.entered_at)):
        while running and running[0][0] <= spell.entered_at:
            _, _, done, said = heappop(running)
            learner.learn(done, said=said)
        estimate = learner.estimate(spell.kind, spell.stage)
        heappush(running, (spell.ready_at, number, spell, estimate))
        yield spell, estimate
    while running:
        _, _, done, said = heappop(running)
        learner.learn(done, said=said)


def dates_of(estimate: Estimate, *, calendar: Calendar, at: datetime) -> EstimatedDates:
    """The days on which the two moments fall, counted from `at`."""
    half_at = after_open_hours(calendar, at, estimate.half)
    most_at = after_open_hours(calendar, at, estimate.most)
    return EstimatedDates(
        estimate=estimate,
        half_at=half_at,
        most_at=most_at,
        dates=PromisedDates(earliest=calendar.local_day(half_at), latest=calendar.local_day(most_at)),
    )


def is_at_risk(estimate: Estimate | None, *, hours_left: float) -> bool:
    """More than half of the like repairs that had lasted as long needed more than is left of the promise."""
    return estimate is not None and estimate.half > hours_left


def quantile(ordered: Sequence[float], share: float) -> float:
    """Interpolated between neighbours of an ascending row with at least one value."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _score(spell: Spell, raw: float) -> float:
    """The smallest factor with which the raw estimate would have named the day, or a later one."""
    return spell.hours_to_day / raw if raw > 0 else float(spell.hours_to_day > 0) * _FACTOR_MAX
