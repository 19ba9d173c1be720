"""How estimates came out, once what they foretold has come true. Pure."""

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from repairshop.promises.estimates import HALF, MOST, CellKey, Estimate, Spell, dates_of, quantile
from repairshop.promises.rules import Calendar


@dataclass(frozen=True, kw_only=True)
class Score:
    """How estimates came out. Widths are open hours between the two dates' moments."""

    count: int
    kept: float  # share that was ready by the day of 8 in 10
    half_kept: float
    width: float  # median
    true_width: float  # median over the same repairs of what their groups showed afterwards

    @property
    def width_ratio(self) -> float:
        return self.width / self.true_width if self.true_width else 1.0


def score(said: Sequence[tuple[Spell, Estimate]], *, calendar: Calendar) -> Score | None:
    """Of estimates with what came true; None for none of them.

    What is compared with is hindsight: the quantiles that the scored repairs of the same group turned out
    to have.
    """
    if not said:
        return None
    named = [dates_of(estimate, calendar=calendar, at=spell.entered_at) for spell, estimate in said]
    ready = [spell.ready_at for spell, _ in said]
    hindsight = _true_widths(said)
    return Score(
        count=len(said),
        kept=fmean(at <= calendar.closing(each.dates.latest) for at, each in zip(ready, named, strict=True)),
        half_kept=fmean(
            at <= calendar.closing(each.dates.earliest) for at, each in zip(ready, named, strict=True)
        ),
        width=median(estimate.most - estimate.half for _, estimate in said),
        true_width=median(hindsight[_group(spell, estimate)] for spell, estimate in said),
    )


def _true_widths(said: Iterable[tuple[Spell, Estimate]]) -> Mapping[CellKey, float]:
    hours: dict[CellKey, list[float]] = {}
    for spell, estimate in said:
        insort(hours.setdefault(_group(spell, estimate), []), spell.hours)
    return {key: quantile(row, MOST) - quantile(row, HALF) for key, row in hours.items()}


def _group(spell: Spell, estimate: Estimate) -> CellKey:
    return dict(spell.kind.cells())[estimate.likeness]
