"""R2: stage changes in a storm of provider faults, lost callbacks and kills at random moments.

R3: no callback ever arrives, and the provider's list shows everything late.
"""

import os
import random
import signal
import threading
import time
from functools import partial

from tests.reliability.counter import Counter
from tests.reliability.fleet import Child, Fleet, in_threads
from tests.reliability.scale import Scale
from tests.reliability.scoreboard import Result, judged

COUNTERS = 3
MEAN_SECONDS = 5.0


def drill(fleets: dict[str, Fleet], scale: Scale) -> Result:
    fleet = fleets["postgresql"]
    fleet.begin(ticket_count=scale.storm_tickets)
    web = fleet.web(processes=2)
    fleet.provider.plan(share=0.3, callbacks_lost=0.05, callbacks_doubled=0.02, late_seconds=fleet.read * 1.3)
    done = threading.Event()
    killers = [Killer(fleet, fleet.seed + number, done) for number in range(2)]
    threads = [threading.Thread(target=killer.kill_workers, daemon=True) for killer in killers]
    threads.append(threading.Thread(target=killers[0].kill_web_processes, args=(web,), daemon=True))
    for thread in threads:
        thread.start()
    counters = [Counter(fleet) for _ in range(COUNTERS)]
    try:
        _move(fleet, counters, scale, killers)
    finally:
        done.set()
        for thread in threads:
            thread.join(timeout=60)
    fleet.provider.plan(heal=True)
    for _ in range(2):
        fleet.worker()
    fleet.settle(seconds=180)
    return _judge(fleet, counters, killers, scale)


def _move(fleet: Fleet, counters: list[Counter], scale: Scale, killers: list["Killer"]) -> None:
    """Every counter has tickets of its own; a ticket's turn comes again when all others had theirs."""
    until = time.monotonic() + scale.storm_seconds
    references = fleet.shop["references"]

    def work(number: int) -> None:
        counter, own = counters[number], references[number::COUNTERS]
        turn = 0
        while time.monotonic() < until:
            done = sum(one.acknowledged for one in counters)
            if done >= scale.storm_changes and sum(one.kills for one in killers) >= scale.storm_kills:
                return
            counter.move(own[turn % len(own)])
            turn += 1

    in_threads([partial(work, number) for number in range(COUNTERS)])


def _judge(fleet: Fleet, counters: list[Counter], killers: list["Killer"], scale: Scale) -> Result:
    found, chains_hold = fleet.compare()
    seen = fleet.provider.ledger()
    acknowledged = sum(counter.acknowledged for counter in counters)
    kills = sum(killer.kills for killer in killers)
    refused = [refusal for counter in counters for refusal in counter.refused]
    (moves,) = fleet.query("SELECT count(*) FROM ticket_move WHERE verb IN ('finish', 'test_failed')")[0]
    problems = found.problems() + refused[:3] + seen["breaches"][:3]
    if moves < acknowledged:
        problems.append(f"{acknowledged - moves} acknowledged changes are not in the database")
    if acknowledged < scale.storm_changes:
        problems.append(f"only {acknowledged} changes in {scale.storm_seconds:.0f} s")
    if kills < max(1, scale.storm_kills):
        problems.append(f"only {kills} kills")
    met = found.agree and chains_hold and not problems
    measured = (
        f"{acknowledged} changes acknowledged, {kills} kills, {seen['lost_callbacks']} callbacks lost, "
        f"{found.sent} sent, {found.superseded} gave way, {found.by_hand} by a person: {found}"
    )
    return judged("R2", met, measured, is_small=scale.is_small, problems=problems)


class Killer:
    """Keeps one worker running, and kills it at a random moment after its first sign of life."""

    def __init__(self, fleet: Fleet, seed: int, done: threading.Event) -> None:
        self.kills = 0
        self._fleet, self._chance, self._done = fleet, random.Random(seed), done

    def kill_workers(self) -> None:
        while not self._done.is_set():
            worker = self._fleet.worker()
            self._wait_for_heartbeat(worker)
            if self._done.wait(self._chance.expovariate(1 / MEAN_SECONDS)):
                worker.kill()
                return
            worker.kill()
            self.kills += 1

    def _wait_for_heartbeat(self, worker: Child) -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until and not self._done.is_set():
            if self._fleet.query("SELECT 1 FROM worker_beat WHERE process = :pid", pid=worker.pid):
                return
            time.sleep(0.05)

    def kill_web_processes(self, web: Child) -> None:
        """Its server starts another in place of the one that died."""
        while not self._done.wait(self._chance.expovariate(1 / (2 * MEAN_SECONDS))):
            below = web.below()
            if below:
                os.kill(self._chance.choice(below), signal.SIGKILL)
                self.kills += 1


def silent(fleets: dict[str, Fleet], scale: Scale) -> Result:
    """R3. The list lags further behind than the grace time is long."""
    fleet = fleets["postgresql"]
    fleet.begin(ticket_count=scale.silent_messages // 2)
    fleet.provider.plan(callbacks_lost=1.0)
    for _ in range(2):
        fleet.worker()
    fleet.settle(seconds=30)  # some are known to have arrived
    fleet.provider.plan(share=0.3, late_seconds=fleet.read * 1.3, list_lag_seconds=scale.list_lag)
    for _ in range(2):
        fleet.move(fleet.shop["references"])
        time.sleep(3)
    fleet.settle(seconds=2 * scale.list_lag + 60)  # repeats too, and what a person says after them
    # The trouble ends and the shop goes on: what is handed over later tells how far the list has come.
    fleet.provider.plan(share=0.0)
    time.sleep(fleet.grace)
    fleet.move(fleet.shop["references"][:1])
    fleet.settle(seconds=4 * scale.list_lag + 60)
    looks = _wait_for_second_looks(fleet, seconds=2 * scale.list_lag + 4 * fleet.grace + 30)
    found, chains_hold = fleet.compare()
    problems = [f"{looks} second looks under way"] if looks else []
    problems += [*found.lost[:5], *found.phantom[:5], *found.unflagged[:5]]
    measured = (
        f"{found.sent} sent, list {scale.list_lag:.0f} s behind, grace {fleet.grace} s: "
        f"lost {len(found.lost)}, doubled {len(found.doubled)}, of them unseen {len(found.unflagged)}"
    )
    met = chains_hold and not problems
    return judged("R3", met, measured, is_small=scale.is_small, problems=problems)


def _wait_for_second_looks(fleet: Fleet, *, seconds: float) -> int:
    """Until the list has been asked about all that was handed over more than once; how many are left."""
    statement = (
        "SELECT count(*) FROM outgoing_message WHERE channel = 'sms' AND resent AND due_at IS NOT NULL "
        "AND state IN ('sent', 'delivered', 'undelivered', 'failed')"
    )
    until = time.monotonic() + seconds
    while (left := int(fleet.query(statement)[0][0])) and time.monotonic() < until:
        time.sleep(0.5)
    return left
