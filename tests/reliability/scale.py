"""How large each drill is: as the scoreboard asks, the long form by night, small for script/test."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Steps one after the other; the lines of a step go side by side, the drills of a line one after the other.
Plan = tuple[tuple[tuple[str, ...], ...], ...]

# The storm works all the time and R7 compares moments: each has the machine to itself. R5 works now and then,
# and the others wait more than they work.
_BY_THE_CLOCK: Plan = ((("R2",),), (("R5",), ("R1", "R4", "R12"), ("R3", "R6")), (("R7",),))
_TWO_LINES: Plan = ((("R1", "R4", "R6", "R12"), ("R2", "R3", "R5", "R7")),)


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Sizes; seconds where nothing else is said. `is_small` is said beside each result."""

    is_small: bool = False
    plan: Plan = _BY_THE_CLOCK
    budget_seconds: float = 35 * 60  # all drills together; one that would not end by then is not begun
    takes: Mapping[str, float] = field(default_factory=dict)  # seconds of each on two cores
    kills_per_step: int = 20  # R1
    storm_changes: int = 10_000  # R2
    storm_tickets: int = 600
    storm_kills: int = 0  # at least so many; 0: as many as come
    storm_seconds: float = 700  # given up after
    silent_messages: int = 200  # R3
    list_lag: float = 60
    pauses_per_step: int = 4  # R4
    latency_seconds: float = 600  # R5
    backlog: int = 1000  # R6
    outage_looks: int = 10  # moments of the outage at which a worker tries
    web_rounds: int = 18  # R7, at most; each has one healthy and one hanging window
    web_window_seconds: float = 8
    night_step_minutes: int = 10  # R12


SCALES = {
    "quick": Scale(
        is_small=True,
        plan=_TWO_LINES,
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
        takes={"R1": 200, "R2": 760, "R3": 420, "R4": 120, "R5": 680, "R6": 230, "R7": 450, "R12": 90}
    ),
    "full": Scale(kills_per_step=100, storm_kills=200, storm_seconds=3600, web_rounds=40, pauses_per_step=20),
}
