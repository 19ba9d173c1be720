"""R1: kill -9 at every named step, in workers and in web servers, and everything is still told once."""

import random
import re
import time
from collections import Counter as Tally
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from repairshop.fault_points import POINTS
from tests.reliability.counter import Counter
from tests.reliability.fleet import Child, Fleet, as_time, on_each
from tests.reliability.scale import Scale
from tests.reliability.scoreboard import Result, judged

WEB = ("move.", "report.")
_FIRED = re.compile(r"^fault point ([a-z.]+): kill$", re.MULTILINE)
TICKETS = 12


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of the kills on one database."""

    is_met: bool
    said: str
    problems: list[str]


def drill(fleets: dict[str, Fleet], scale: Scale) -> Result:
    outcomes = on_each(fleets, lambda fleet: _on_one(fleet, scale)).values()
    measured = f"{len(POINTS)} steps, {scale.kills_per_step} a step. " + "; ".join(
        one.said for one in outcomes
    )
    problems = [problem for one in outcomes for problem in one.problems]
    met = all(one.is_met for one in outcomes)
    return judged("R1", met, measured, is_small=scale.is_small, problems=problems)


def _on_one(fleet: Fleet, scale: Scale) -> Outcome:
    killed = kill_at_every_step(fleet, scale.kills_per_step)
    fleet.settle(seconds=90)
    found, chains_hold = fleet.compare()
    breaches = fleet.provider.ledger()["breaches"]
    missing = [point for point in POINTS if killed[point] < scale.kills_per_step]
    told_once = not (found.lost or found.doubled or found.phantom)
    problems = found.problems() + breaches[:3]
    problems += [f"{fleet.engine}: only {killed[point]} kills at {point}" for point in missing]
    problems += [] if chains_hold else [f"{fleet.engine}: a chain of the history is broken"]
    fleet.stop_everything()
    return Outcome(
        is_met=told_once and chains_hold and not missing and not breaches,
        said=f"{fleet.engine}: {sum(killed.values())} kills, {found.changes} changes, {found}",
        problems=problems,
    )


def kill_at_every_step(fleet: Fleet, runs: int, *, points: tuple[str, ...] = POINTS) -> Tally[str]:
    """How often a process died at each step; afterwards everything runs unharmed."""
    fleet.begin(ticket_count=TICKETS)
    fleet.grace = 2  # a claim of the dead is swept after it, and settled after it once more
    killed: Tally[str] = Tally()
    web = fleet.web(processes=1)
    _first_message(fleet)
    fleet.provider.plan(share=0.2, late_seconds=fleet.read * 1.3)
    _kill_workers(fleet, [point for point in points if not point.startswith(WEB)], runs, killed)
    fleet.worker()
    web.kill()
    for point in points:
        if point.startswith(WEB):
            _kill_web_servers(fleet, point, runs, killed)
    fleet.provider.plan(heal=True)
    fleet.web(processes=1)
    return killed


def _first_message(fleet: Fleet) -> None:
    """One that is known to have arrived: a list that does not show it is not believed."""
    worker = fleet.worker()
    fleet.settle(seconds=30)
    worker.end()


def _kill_workers(fleet: Fleet, points: list[str], runs: int, killed: Tally[str]) -> None:
    chance = random.Random(fleet.seed)
    until = time.monotonic() + 30 + 4 * runs * len(points)
    while time.monotonic() < until:
        left = [point for point in points if killed[point] < runs]
        if not left:
            return
        waiting = _look(fleet)
        if waiting.queued < 4:
            fleet.move(chance.sample(fleet.shop["references"], 8))
        chosen = _choose(left, waiting, killed, chance)
        if not chosen:
            time.sleep(0.1)  # the grace time of what the dead have left is not over
            continue
        worker = fleet.worker(faults=",".join(f"{point}=kill" for point in chosen))
        if worker.wait(fleet.grace + 4) is None:
            worker.kill()
        killed.update(_fired(worker))


def _choose(left: list[str], waiting: "Waiting", killed: Tally[str], chance: random.Random) -> list[str]:
    """One point of each way that there is work for now, the one with fewest kills: the first reached fires.

    Claim, call and answer are one way: with a kill at each of them nobody would live to make a call, and no
    message would ever get out that shows the provider's list to be whole.
    """
    ways = [("claim", "call", "answer")]
    ways += [("sweep",)] if waiting.abandoned else []
    ways += [("settle",)] if waiting.to_settle else []
    ordered = sorted(chance.sample(left, len(left)), key=lambda point: killed[point])
    found = (next((point for point in ordered if point.startswith(way)), "") for way in ways)
    chosen = [point for point in found if point]
    is_sweep_left = any(point.startswith("sweep.") for point in left)
    if not chosen and not waiting.sending and (is_sweep_left or not waiting.unknown):
        return ["claim.committed"]  # somebody has to die for the others to have something to settle
    return chosen


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """How much there is to do for which step."""

    queued: int
    abandoned: int
    to_settle: int
    sending: int
    unknown: int


def _look(fleet: Fleet) -> Waiting:
    rows = fleet.query(
        "SELECT state, due_at, claimed_at FROM outgoing_message WHERE channel = 'sms'"
        " AND state IN ('queued', 'sending', 'unknown')"
    )
    at = datetime.now(UTC)
    return Waiting(
        queued=sum(state == "queued" for state, _, _ in rows),
        abandoned=sum(
            state == "sending" and as_time(claimed) < at - timedelta(seconds=fleet.grace)
            for state, _, claimed in rows
        ),
        to_settle=sum(state == "unknown" and as_time(due) <= at for state, due, _ in rows),
        sending=sum(state == "sending" for state, _, _ in rows),
        unknown=sum(state == "unknown" for state, _, _ in rows),
    )


def _kill_web_servers(fleet: Fleet, point: str, runs: int, killed: Tally[str]) -> None:
    """Each server process dies at the second passing, so that a form that is sent again gets through."""
    web = fleet.web(processes=1, faults=f"{point}=kill@2")
    counter = Counter(fleet)
    until = time.monotonic() + 20 + 3 * runs
    before = killed[point]
    while time.monotonic() < until and killed[point] < runs:
        counter.take_stages(fleet.query("SELECT code, stage FROM ticket"))
        for reference in fleet.shop["references"]:
            counter.move(reference)
            killed[point] = before + _fired(web)[point]
            if killed[point] >= runs:
                break
        if point.startswith("report."):
            time.sleep(0.5)  # the callbacks follow the worker
            killed[point] = before + _fired(web)[point]
    web.kill()


def _fired(child: Child) -> Tally[str]:
    return Tally(_FIRED.findall(child.log.read_text(errors="replace")))
