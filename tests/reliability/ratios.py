"""Whether one thing takes longer than another, from windows that took turns on a machine with moods. Pure."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tests.reliability.scoreboard import quantile

_RESAMPLES = 2000
_LEFT_OUT = 0.05  # at each end of the interval


@dataclass(frozen=True, kw_only=True)
class Round:
    """Seconds that each page took in a window of each kind, one soon after the other."""

    usual: Sequence[float]
    other: Sequence[float]

    def ratio(self, share: float) -> float:
        """Of the value that `share` of the pages do not exceed, other to usual."""
        return quantile(self.other, share) / quantile(self.usual, share)


class Verdict(StrEnum):
    """What the rounds say about a bar."""

    BELOW = "below"
    ABOVE = "above"
    OPEN = "open"


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The median of the rounds' ratios; nine of ten resamplings of the rounds lie from `low` to `high`."""

    ratio: float
    low: float
    high: float

    def against(self, bar: float) -> Verdict:
        """OPEN as long as the bar lies within the interval."""
        if self.high <= bar:
            return Verdict.BELOW
        return Verdict.ABOVE if self.low > bar else Verdict.OPEN

    def __str__(self) -> str:
        ratio, low, high = (f"{100 * (value - 1):+.0f} %" for value in (self.ratio, self.low, self.high))
        return f"{ratio} ({low} to {high})"


def estimate(rounds: Sequence[Round], *, share: float, seed: int) -> Estimate:
    """Rounds are drawn anew and not pages: those of one window have its mood in common."""
    ratios = [one.ratio(share) for one in rounds]
    chance = random.Random(seed)
    medians = [quantile(chance.choices(ratios, k=len(ratios)), 0.5) for _ in range(_RESAMPLES)]
    return Estimate(
        ratio=quantile(ratios, 0.5),
        low=quantile(medians, _LEFT_OUT),
        high=quantile(medians, 1 - _LEFT_OUT),
    )
