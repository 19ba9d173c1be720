"""R4: workers are stopped past their lease, others take over, and the stopped ones wake up and go on.

One round: three workers are stopped one after the other, each alone at its step, so that it must come there;
then two that both look after what was lost, at the same message; then a whole one does all the work; then all
five wake up. No callback arrives, so that nothing but the lease and the provider's list can tell.
"""

import fcntl
import re
import signal
import sqlite3
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from sqlalchemy.engine import make_url

from tests.reliability.fleet import Child, DrillFailed, Fleet, on_each, wait_until
from tests.reliability.scale import Scale
from tests.reliability.scoreboard import Result, judged

# Outside every transaction: one that is stopped inside holds its lock, and then nobody can take over.
POINTS = ("claim.committed", "call.answered", "answer.committed", "settle.listed")
LEADERS = 2
STOPS_A_ROUND = len(POINTS) - 1 + LEADERS
TICKETS = 20
_TRIES = 12  # another thread of the process may be in the middle of a transaction, and is stopped with it
_STOPPED = re.compile(r"^fault point ([a-z.]+): stop$", re.MULTILINE)


@dataclass
class Paused:
    """What came of the rounds on one database; `outlived` are claims that were another's at the waking."""

    stopped: int = 0
    outlived: int = 0
    problems: list[str] = field(default_factory=list)


def drill(fleets: dict[str, Fleet], scale: Scale) -> Result:
    wanted, said, problems, met = STOPS_A_ROUND * scale.pauses_per_step, [], [], True
    for engine, paused in on_each(fleets, partial(pause, rounds=scale.pauses_per_step)).items():
        found, chains_hold = fleets[engine].compare()
        complete = paused.stopped == wanted and paused.outlived > 0
        met = met and found.agree and chains_hold and complete and not paused.problems
        said.append(
            f"{engine}: {paused.stopped} of {wanted} stopped past their lease and woken, "
            f"{paused.outlived} of their claims taken over, {found}"
        )
        problems += paused.problems + found.problems()
        problems += [] if chains_hold else [f"{engine}: a chain of the history is broken"]
    measured = f"{len(POINTS)} steps, at the last {LEADERS} at once. " + "; ".join(said)
    return judged("R4", met, measured, is_small=scale.is_small, problems=problems)


def pause(fleet: Fleet, *, rounds: int) -> Paused:
    """All rounds, from an empty database to one in which everything is told."""
    fleet.begin(ticket_count=TICKETS)
    fleet.grace = 3
    _let_some_arrive(fleet)
    paused = Paused()
    for _ in range(rounds):
        try:
            _one_round(fleet, paused)
        except DrillFailed as problem:
            paused.problems.append(f"{fleet.engine}: {problem}"[:300])
            break
    fleet.provider.plan(heal=True)
    fleet.settle(seconds=30)
    return paused


def _let_some_arrive(fleet: Fleet) -> None:
    """A list that does not show what is known to be sent is not believed."""
    worker = fleet.worker()
    fleet.settle(seconds=30)
    worker.end()


def _one_round(fleet: Fleet, paused: Paused) -> None:
    unmoved = list(fleet.shop["references"])
    fleet.provider.plan(heal=True)
    fleet.provider.plan(callbacks_lost=1.0)
    sleepers: list[Child] = []
    claims: set[str] = set()
    for point in POINTS[:3]:
        # A refusal that may pass: who wakes up with it in hand would queue the message again.
        fault = {"fault": "429"} if point == "call.answered" else None
        sleepers.append(_stop_one(fleet, point, move=unmoved, fault=fault))
        claims |= _claims_under_way(fleet)
    sleepers += [_stop_one(fleet, POINTS[3]) for _ in range(LEADERS)]
    heir = fleet.worker()
    fleet.move(unmoved)
    wait_until(lambda: not claims & _claims_under_way(fleet), seconds=60, what="the end of a lease")
    wait_until(lambda: fleet.open_messages() == 0, seconds=60, what="the settling of what was lost")
    paused.outlived += len(claims)
    paused.stopped += sum(sleeper.is_stopped for sleeper in sleepers)
    for sleeper in sleepers:
        sleeper.send(signal.SIGCONT)
    time.sleep(fleet.read + 1)
    fleet.settle(seconds=30)
    for sleeper in sleepers:
        sleeper.send(signal.SIGTERM)
    wait_until(lambda: all(map(_has_ended, sleepers)), seconds=40, what="the end of a worker that was woken")
    heir.end()


def _stop_one(fleet: Fleet, point: str, *, move: str = "", fault: dict[str, object] | None = None) -> Child:
    """A worker that has come to this step and stands there, and holds no lock that others wait for.

    It comes there with the first ticket of `move`, which is taken out: one that is moved twice gives way.
    """
    for _ in range(_TRIES):
        # With two that send, the other one has the turn to write as soon as this one lets go of it.
        sleeper = fleet.worker(faults=f"{point}=stop", one_by_one=True)
        if move:
            # All its jobs run once when it starts; then there is little that could be stopped with the step.
            wait_until(lambda one=sleeper: _is_at_work(fleet, one), seconds=20, what="a worker")  # type: ignore[misc]
            if sleeper.is_stopped:  # at a message that was left over, and who knows with which locks
                sleeper.kill()
                continue
            fleet.provider.plan(next=[fault] if fault else [])
            fleet.move([move.pop()])
        seconds = 20 + 4 * fleet.grace
        wait_until(lambda one=sleeper: _stands_at(one, point), seconds=seconds, what=f"a worker at {point}")  # type: ignore[misc]
        if _can_others_write(fleet):
            return sleeper
        sleeper.kill()
    raise DrillFailed(f"each of {_TRIES} workers stopped at {point} held a lock of another of its threads")


def _is_at_work(fleet: Fleet, worker: Child) -> bool:
    if not fleet.query("SELECT 1 FROM worker_beat WHERE process = :pid", pid=worker.pid):
        return False
    time.sleep(0.5)
    return True


def _stands_at(sleeper: Child, point: str) -> bool:
    if not sleeper.is_stopped:
        return False
    return _STOPPED.findall(sleeper.log.read_text(errors="replace")) == [point]


def _can_others_write(fleet: Fleet) -> bool:
    if fleet.engine == "sqlite":
        return _is_file_free(make_url(fleet.address).database or "")
    time.sleep(0.6)  # those of workers that run are over by then
    return not fleet.query(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL"
        " AND state LIKE 'idle in transaction%' AND state_change < clock_timestamp() - interval '0.5 s'"
    )


def _is_file_free(path: str) -> bool:
    """Writers stand in a queue before they begin, and readers keep a writer from its commit."""
    connection = sqlite3.connect(path, timeout=1, isolation_level=None)
    with Path(f"{path}.lock").open("ab") as lock:
        try:
            wait_until(lambda: _is_locked(lock), seconds=1, what="the turn")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
        except (DrillFailed, sqlite3.OperationalError):
            return False
        finally:
            connection.close()
    return True


def _is_locked(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _claims_under_way(fleet: Fleet) -> set[str]:
    rows = fleet.query("SELECT attempt FROM outgoing_message WHERE channel = 'sms' AND state = 'sending'")
    return {row[0] for row in rows}


def _has_ended(sleeper: Child) -> bool:
    return sleeper.wait(0.05) is not None
