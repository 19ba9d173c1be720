"""R4: a worker is stopped past its lease, another takes over, and the first wakes up and goes on."""

import signal
import time

from tests.reliability.fleet import Child, DrillFailed, Fleet, wait_until
from tests.reliability.scale import Scale
from tests.reliability.scoreboard import Result, judged

# Outside every transaction: one that is stopped inside holds its lock, and then nobody can take over.
POINTS = ("claim.committed", "call.answered", "answer.committed", "settle.listed")


def drill(fleets: dict[str, Fleet], scale: Scale) -> Result:
    said, problems, met = [], [], True
    for fleet in fleets.values():
        stopped = 0
        fleet.begin(ticket_count=8)
        fleet.web(processes=1)
        _let_some_arrive(fleet)
        for _ in range(scale.pauses_per_step):
            stopped += pause_everywhere(fleet)
        fleet.settle(seconds=60)
        found, chains_hold = fleet.compare()
        met = met and found.agree and chains_hold and stopped == len(POINTS) * scale.pauses_per_step
        said.append(f"{fleet.engine}: {stopped} stopped and woken, {found}")
        problems += found.problems()
        fleet.stop_everything()
    measured = f"{len(POINTS)} steps; " + "; ".join(said)
    return judged("R4", met, measured, is_small=scale.is_small, problems=problems)


def _let_some_arrive(fleet: Fleet) -> None:
    worker = fleet.worker()
    fleet.settle(seconds=30)
    worker.end()


def pause_everywhere(fleet: Fleet) -> int:
    """How many workers were stopped, were believed dead, and woke up to find their work done."""
    references = fleet.shop["references"]
    # Answers are lost first, and with them the callbacks: the worker that settles them is stopped too.
    fleet.move(references[:3])
    fleet.provider.plan(callbacks_lost=1.0, next=[{"fault": "connection reset after accept", "times": 3}])
    worker = fleet.worker()
    wait_until(lambda: _unknown(fleet) == 3, seconds=20, what="lost answers")
    worker.kill()
    fleet.provider.plan(heal=True)
    sleepers = [fleet.worker(faults="settle.listed=stop")]
    _wait_until_stopped(sleepers, seconds=6 * fleet.grace)
    fleet.move(references[3:])
    sleepers += [fleet.worker(faults=f"{point}=stop") for point in POINTS[:3]]
    _wait_until_stopped(sleepers, seconds=4 * fleet.grace)
    stopped = sum(sleeper.is_stopped for sleeper in sleepers)
    awake = fleet.worker()
    time.sleep(2 * fleet.grace + 2)
    for sleeper in sleepers:
        sleeper.send(signal.SIGCONT)
    time.sleep(fleet.read + 1)
    for sleeper in sleepers:
        if sleeper.end() is None:
            raise DrillFailed("a worker that was woken does not end when told")
    fleet.settle(seconds=40)
    awake.end()
    return stopped


def _unknown(fleet: Fleet) -> int:
    statement = "SELECT count(*) FROM outgoing_message WHERE channel = 'sms' AND state = 'unknown'"
    return int(fleet.query(statement)[0][0])


def _wait_until_stopped(sleepers: list[Child], *, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not all(sleeper.is_stopped for sleeper in sleepers):
        time.sleep(0.05)
