"""R4: a worker is stopped past its lease, another takes over, and the first wakes up and goes on."""

import signal
import time

from tests.reliability.fleet import Child, Fleet, wait_until
from tests.reliability.scale import Scale
from tests.reliability.scoreboard import Result, Status, judged

# Outside every transaction: one that is stopped inside holds its lock, and then nobody can take over.
POINTS = ("claim.committed", "call.answered", "answer.committed", "settle.listed")


def drill(fleets: dict[str, Fleet], scale: Scale) -> Result:
    """On PostgreSQL: a process that stops while it writes to a SQLite file stops all others too."""
    fleet, stopped = fleets["postgresql"], 0
    fleet.begin(ticket_count=8)
    fleet.web(processes=1)
    _let_some_arrive(fleet)
    for _ in range(scale.pauses_per_step):
        stopped += pause_everywhere(fleet)
    fleet.settle(seconds=60)
    found, chains_hold = fleet.compare()
    wanted = len(POINTS) * scale.pauses_per_step
    measured = f"{len(POINTS)} steps, {stopped} of {wanted} stopped past their lease and woken, {found}"
    if found.agree and chains_hold and stopped < wanted:
        # Too few came to their step: nothing was lost, and nothing was measured either.
        return Result(number="R4", status=Status.NOT_RUN, measured=measured)
    met = found.agree and chains_hold
    return judged("R4", met, measured, is_small=scale.is_small, problems=found.problems())


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
        sleeper.send(signal.SIGTERM)
    wait_until(lambda: all(map(_has_ended, sleepers)), seconds=40, what="the end of a worker that was woken")
    fleet.settle(seconds=40)
    awake.kill()
    return stopped


def _has_ended(sleeper: Child) -> bool:
    sleeper.send(signal.SIGCONT)  # one may have reached its step late
    return sleeper.wait(0.05) is not None


def _unknown(fleet: Fleet) -> int:
    statement = "SELECT count(*) FROM outgoing_message WHERE channel = 'sms' AND state = 'unknown'"
    return int(fleet.query(statement)[0][0])


def _wait_until_stopped(sleepers: list[Child], *, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not all(sleeper.is_stopped for sleeper in sleepers):
        time.sleep(0.05)
