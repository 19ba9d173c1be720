"""Whether one thing takes longer than another, from windows that took turns on a machine with moods. Pure."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tests.reliability.scoreboard import quantile

_RESAMPLES = 1000
_LEFT_OUT = 0.05  # at each end of the interval
_UNSURE = 0.1  # how far above a bar the interval of a ratio below it may reach


@dataclass(frozen=True, kw_only=True)
class Round:
    """Seconds that each page took in a window of each kind, one soon after the other."""

    usual: Sequence[float]
    other: Sequence[float]

    def ratio(self, share: float) -> float:
        """Of the value that `share` of the pages do not exceed, other to usual."""
        return quantile(self.other, share) / quantile(self.usual, share)

    def without_its_mood(self) -> "Round":
        """In medians of the round's usual window: what slows a whole round down is left out."""
        middle = quantile(self.usual, 0.5)
        return Round(usual=[one / middle for one in self.usual], other=[one / middle for one in self.other])


class Verdict(StrEnum):
    """What the rounds say about a bar."""

    BELOW = "below"
    ABOVE = "above"
    OPEN = "open"


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The ratio over all rounds together; nine of ten resamplings of the rounds lie from `low` to `high`."""

    ratio: float
    low: float
    high: float

    def against(self, bar: float) -> Verdict:
        """BELOW where the ratio is and surely does not lie far above; ABOVE where it surely is; else OPEN."""
        if self.ratio <= bar and self.high <= bar + _UNSURE:
            return Verdict.BELOW
        return Verdict.ABOVE if self.low > bar else Verdict.OPEN

    def __str__(self) -> str:
        ratio, low, high = (f"{100 * (value - 1):+.0f} %" for value in (self.ratio, self.low, self.high))
        return f"{ratio} ({low} to {high})"


def estimate(rounds: Sequence[Round], *, share: float, seed: int) -> Estimate:
    """Of the value that `share` of the pages do not exceed, other to usual.

    A window of a few seconds holds too few slow pages to say where that value lies, so the pages of all
    rounds are taken together, without the rounds that differ most to either side: one bad moment of the
    machine would make up all of the slowest pages. Rounds are drawn anew and not pages: those of a window
    share its moments.
    """
    even = [(one.ratio(share), one.without_its_mood()) for one in rounds]
    chance = random.Random(seed)
    drawn = sorted(_ratio(chance.choices(even, k=len(even)), share) for _ in range(_RESAMPLES))
    return Estimate(
        ratio=_ratio(even, share),
        low=quantile(drawn, _LEFT_OUT),
        high=quantile(drawn, 1 - _LEFT_OUT),
    )


def _ratio(rounds: Sequence[tuple[float, Round]], share: float) -> float:
    ends = len(rounds) // 6
    kept = [one for _, one in sorted(rounds, key=lambda pair: pair[0])[ends : len(rounds) - ends]]
    usual, other = ([page for one in kept for page in getattr(one, kind)] for kind in ("usual", "other"))
    return quantile(other, share) / quantile(usual, share)
