"""An invented shop whose repairs take longer, or shorter, as time goes by, with the truth beside it.

Only `test_coverage.py` reads this: the estimator was tuned on other data, so what it reaches here it
reaches on a shop it has never seen.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from math import exp, pi, sin
from random import Random
from zoneinfo import ZoneInfo

from repairshop.catalogue.rules import DeviceType
from repairshop.promises.estimates import Kind, Spell, spell_of
from repairshop.promises.rules import Calendar, after_open_hours
from repairshop.tickets.stages import Stage

CALENDAR = Calendar(
    zone=ZoneInfo("Europe/London"),
    hours={**{day: (time(9), time(18)) for day in range(5)}, 5: (time(10), time(14))},
)
_BEGIN = datetime(2025, 3, 3, 9, tzinfo=UTC)
_DAYS = 300
_A_DAY = 11
# The normal quantile of 0.8: the 80th percentile of a log-normal is median * exp(0.8416 * sigma).
_Z80 = 0.8416212

# Weight, median open hours until ready, and spread of the logarithm.
_JOBS: Mapping[Kind, tuple[int, float, float]] = {
    Kind(device_type=DeviceType.PHONE, fault_key="screen"): (26, 7.0, 0.6),
    Kind(device_type=DeviceType.PHONE, fault_key="battery"): (18, 4.0, 0.5),
    Kind(device_type=DeviceType.PHONE, fault_key="charging"): (9, 11.0, 0.7),
    Kind(device_type=DeviceType.PHONE, fault_key="liquid"): (5, 26.0, 0.8),
    Kind(device_type=DeviceType.TABLET, fault_key="screen"): (9, 17.0, 0.6),
    Kind(device_type=DeviceType.LAPTOP, fault_key="keyboard"): (8, 24.0, 0.55),
    Kind(device_type=DeviceType.LAPTOP, fault_key="no_power"): (8, 38.0, 0.75),
    Kind(device_type=DeviceType.CONSOLE, fault_key="hdmi"): (7, 21.0, 0.6),
    Kind(device_type=DeviceType.WATCH, fault_key=""): (4, 30.0, 0.7),
    Kind(device_type=DeviceType.OTHER, fault_key=""): (6, 18.0, 0.9),
}


def _step(share: float) -> float:
    """A technician leaves half-way through."""
    return 1.0 if share < 0.5 else 1.5


def _ramp(share: float) -> float:
    """The shop fills up, week by week."""
    return 1.0 + 0.8 * share


def _season(share: float) -> float:
    """Two waves, as before holidays."""
    return 1.0 + 0.35 * sin(4 * pi * share)


DRIFTS: Mapping[str, Callable[[float], float]] = {"step": _step, "ramp": _ramp, "season": _season}


@dataclass(frozen=True, kw_only=True)
class Truth:
    """A repair with the open hours that truly lie between its 50 % and its 80 % moment."""

    spell: Spell
    width: float
    scored: bool


def repairs(drift: str, *, seed: int) -> Iterator[Truth]:
    """About three thousand repairs; the first two fifths are there to learn from and are not scored."""
    random = Random(seed)
    begin, length = _BEGIN, timedelta(days=_DAYS)
    for _ in range(_DAYS * _A_DAY):
        share = random.random()
        kind = random.choices(list(_JOBS), weights=[weight for weight, _, _ in _JOBS.values()])[0]
        _, median, sigma = _JOBS[kind]
        median *= DRIFTS[drift](share)
        hours = random.lognormvariate(0, sigma) * median
        entered_at = after_open_hours(CALENDAR, begin + share * length, random.random())
        ready_at = after_open_hours(CALENDAR, entered_at, hours)
        yield Truth(
            spell=spell_of(
                kind,
                Stage.RECEIVED,
                entered_at=entered_at,
                left_at=min(entered_at + timedelta(hours=1), ready_at),
                ready_at=ready_at,
                calendar=CALENDAR,
            ),
            width=median * (exp(_Z80 * sigma) - 1),
            scored=share > 0.4,
        )
