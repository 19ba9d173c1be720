"""R5: how long after its moment a notice reaches a provider that is well."""

import time
from functools import partial

from tests.reliability.counter import Counter
from tests.reliability.fleet import Fleet, in_threads
from tests.reliability.scale import Scale
from tests.reliability.scoreboard import Result, judged, quantile

CHANGES_A_SECOND = 5
TICKETS = 100  # a ticket's turn comes again when the notice before has gone


def drill(fleets: dict[str, Fleet], scale: Scale) -> Result:
    """R5. Half a second more than the undo window is waited on purpose, and counts."""
    fleet = fleets["postgresql"]
    fleet.begin(ticket_count=30 if scale.is_small else TICKETS, undo_window_seconds=2)
    fleet.web(processes=2)
    for _ in range(2):
        fleet.worker(whole_worker=True, read_seconds=10)
    fleet.settle(seconds=60)
    first = fleet.last_message()
    counters = [Counter(fleet) for _ in range(2)]
    began = time.monotonic()
    in_threads(
        [partial(_move_in_step, counter, number, began, scale) for number, counter in enumerate(counters)]
    )
    fleet.settle(seconds=60)
    found, _ = fleet.compare(after=first)
    late = found.lateness
    p95, p99, longest = quantile(late, 0.95), quantile(late, 0.99), max(late, default=float("inf"))
    made = sum(counter.acknowledged for counter in counters)
    problems = found.problems()
    if made < 0.95 * CHANGES_A_SECOND * scale.latency_seconds:
        problems.append(f"only {made} changes were made: the machine is too slow or too busy")
    met = p95 <= 2 and p99 <= 5 and longest < 10 and not problems
    measured = (
        f"{len(late)} sent in {scale.latency_seconds:.0f} s: "
        f"p95 {p95:.2f} s, p99 {p99:.2f} s, longest {longest:.2f} s"
    )
    return judged("R5", met, measured, is_small=scale.is_small, problems=problems)


def _move_in_step(counter: Counter, number: int, began: float, scale: Scale) -> None:
    """Every change at its moment, whether the one before was answered quickly or not."""
    own = counter.fleet.shop["references"][number::2]
    pause = 2 / CHANGES_A_SECOND
    for turn in range(int(scale.latency_seconds / pause)):
        time.sleep(max(0.0, began + (turn + number / 2) * pause - time.monotonic()))
        counter.move(own[turn % len(own)])
