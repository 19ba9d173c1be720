"""How large each drill is: as the scoreboard asks, the long form by night, small for script/test."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Sizes; seconds where nothing else is said. `is_small` is said beside each result."""

    is_small: bool = False
    budget_seconds: float = 35 * 60  # all drills together; one that would not end by then is not begun
    takes: Mapping[str, float] = field(default_factory=dict)  # seconds of each on two cores
    kills_per_step: int = 20  # R1
    storm_changes: int = 10_000  # R2
    storm_tickets: int = 600
    storm_kills: int = 0  # at least so many; 0: as many as come
    storm_seconds: float = 640  # given up after
    silent_messages: int = 200  # R3
    list_lag: float = 60
    pauses_per_step: int = 4  # R4
    latency_seconds: float = 600  # R5
    backlog: int = 1000  # R6
    outage_looks: int = 10  # moments of the outage at which a worker tries
    web_rounds: int = 9  # R7, at most; each has one healthy and one hanging window
    web_window_seconds: float = 6
    night_step_minutes: int = 10  # R12


SCALES = {
    "quick": Scale(
        is_small=True,
        kills_per_step=3,
        storm_changes=250,
        storm_tickets=50,
        storm_seconds=150,
        silent_messages=24,
        list_lag=6,
        pauses_per_step=1,
        latency_seconds=15,
        backlog=40,
        outage_looks=5,
        web_rounds=2,
        web_window_seconds=3,
        night_step_minutes=20,
    ),
    "usual": Scale(
        takes={"R1": 120, "R2": 690, "R3": 110, "R4": 95, "R5": 660, "R6": 200, "R7": 140, "R12": 45}
    ),
    "full": Scale(kills_per_step=100, storm_kills=200, storm_seconds=3600, web_rounds=40, pauses_per_step=20),
}
