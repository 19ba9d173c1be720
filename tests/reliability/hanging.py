"""R7: the provider takes calls and says nothing. How long that holds a worker, and what the web notices.

Windows in which the provider is well and windows in which it hangs take turns on the same servers, and what
counts is their ratio within a round. On a machine that is busy with something else nothing is said.
"""

import random
import threading
import time
from functools import partial
from pathlib import Path

from tests.reliability.counter import Counter
from tests.reliability.fleet import Fleet, as_time, in_threads, wait_until
from tests.reliability.ratios import Estimate, Round, Verdict, estimate
from tests.reliability.scale import Scale
from tests.reliability.scoreboard import Result, Status, judged, quantile

BAR = 1.1
SHARE = 0.99
FREE_WITHIN = 15.0
READERS, PAGES_A_SECOND, CHANGES_A_SECOND = 4, 40, 2
# A clear answer is believed after so many rounds, and looked for again after as many more. The scale ends it.
_ENOUGH_ROUNDS = 6
# Between windows our own processes have nothing to do: what runs then is somebody else's.
_BUSY = 0.3
_WEB_READ_SECONDS = (
    3  # the worker's patience while pages are read: a hanging call ends before the next window
)


def drill(fleets: dict[str, Fleet], scale: Scale) -> Result:
    """With the time-outs that a shop has, until pages are read."""
    fleet = fleets["postgresql"]
    fleet.begin(ticket_count=60)
    fleet.web(processes=2)
    worker = fleet.worker(read_seconds=10, grace_seconds=75)
    fleet.settle(seconds=60)
    free_after = _time_until_free(fleet)
    worker.end()
    said = f"worker free after {free_after:.1f} s"
    if free_after > FREE_WITHIN:
        return judged("R7", False, said, is_small=scale.is_small)
    fleet.worker(read_seconds=_WEB_READ_SECONDS, grace_seconds=75)
    rounds, busy = read_rounds(fleet, scale)
    found = estimate(rounds, share=SHARE, seed=fleet.seed)
    return judge(found, f"{said}; {describe(rounds, found)}", busy=busy, is_small=scale.is_small)


def judge(found: Estimate, measured: str, *, busy: float, is_small: bool) -> Result:
    """A busy machine and a bar within the interval say nothing, and are no "met"."""
    verdict = found.against(BAR)
    if busy > _BUSY:
        why = f"other programs use {100 * busy:.0f} % of this machine"
    elif verdict is Verdict.OPEN:
        why = "too few rounds for how much they differ"
    else:
        return judged("R7", verdict is Verdict.BELOW, measured, is_small=is_small)
    return Result(number="R7", status=Status.NOT_RUN, measured=f"{why}: {measured}")


def describe(rounds: list[Round], found: Estimate) -> str:
    usual = [seconds for one in rounds for seconds in one.usual]
    other = [seconds for one in rounds for seconds in one.other]
    return (
        f"web p99 {found} while the provider hangs: {1000 * quantile(usual, SHARE):.0f} ms and "
        f"{1000 * quantile(other, SHARE):.0f} ms, {len(rounds)} rounds, {len(usual)} + {len(other)} pages"
    )


def _time_until_free(fleet: Fleet) -> float:
    """From the claim of a message whose call hangs until the worker has written it down and can go on."""
    fleet.provider.plan(late_seconds=30, next=[{"fault": "nothing is answered", "times": 2}])
    before = fleet.last_message()
    fleet.move(fleet.shop["references"][:2])
    statement = (
        "SELECT a.started_at, a.ended_at FROM delivery_attempt a"
        " JOIN outgoing_message m ON m.id = a.message_id"
        f" WHERE m.id > {before} AND m.channel = 'sms' AND a.ended_at IS NOT NULL"
    )
    wait_until(lambda: len(fleet.query(statement)) >= 2, seconds=40, what="the end of a hanging call")
    times = fleet.query(statement)
    fleet.provider.plan(heal=True)
    return max((as_time(ended) - as_time(started)).total_seconds() for started, ended in times)


def read_rounds(fleet: Fleet, scale: Scale) -> tuple[list[Round], float]:
    """The rounds, and the share of the machine that others used between windows."""
    chance, rounds, busy = random.Random(fleet.seed), [], []
    mover, readers = Counter(fleet), [Counter(fleet) for _ in range(READERS)]
    _window(fleet, mover, readers, 4)  # the first pages compile their templates
    for number in range(scale.web_rounds):
        seen: dict[bool, list[float]] = {}
        for hangs in chance.sample((False, True), 2):
            busy.append(_pause(fleet, hangs=hangs))
            seen[hangs] = _window(fleet, mover, readers, scale.web_window_seconds)
            fleet.provider.plan(heal=True)
            if hangs:
                time.sleep(_WEB_READ_SECONDS)  # the calls that hang end
        rounds.append(Round(usual=seen[False], other=seen[True]))
        if (number + 1) % _ENOUGH_ROUNDS == 0 and is_clear(rounds, seed=fleet.seed):
            break
    for counter in (mover, *readers):
        counter.close()
    return rounds, quantile(busy, 0.5)


def is_clear(rounds: list[Round], *, seed: int) -> bool:
    return estimate(rounds, share=SHARE, seed=seed).against(BAR) is not Verdict.OPEN


def _pause(fleet: Fleet, *, hangs: bool) -> float:
    """Prepare a window; how busy the machine is while we do nothing."""
    before = _processor_times()
    time.sleep(1)
    worked, passed = (now - then for now, then in zip(_processor_times(), before, strict=True))
    if hangs:
        fleet.provider.plan(late_seconds=30, next=[{"fault": "nothing is answered", "times": 10_000}])
    return worked / max(1, passed)


def _processor_times() -> tuple[int, int]:
    """What all processors have worked and what has passed, in ticks since the machine's start."""
    first = Path("/proc/stat").read_text().split("\n", 1)[0]
    times = [int(number) for number in first.split()[1:9]]
    return sum(times) - times[3] - times[4], sum(times)  # without idle and waiting for disks


def _window(fleet: Fleet, mover: Counter, readers: list[Counter], seconds: float) -> list[float]:
    """Seconds that each page and each stage change took, from the moment at which it was to be asked for."""
    taken: list[float] = []
    mover.take_stages(fleet.query("SELECT code, stage FROM ticket"))
    until = time.monotonic() + seconds
    in_threads(
        [
            *(partial(_read, reader, number, until, taken) for number, reader in enumerate(readers)),
            partial(_move, mover, until, taken),
        ]
    )
    return taken


def _read(reader: Counter, number: int, until: float, taken: list[float]) -> None:
    references, pause = reader.fleet.shop["references"], READERS / PAGES_A_SECOND
    turn, due = number, time.monotonic() + number * pause / READERS
    while due < until:
        time.sleep(max(0.0, due - time.monotonic()))
        path = ("/bench", f"/tickets/{references[turn % len(references)]}")[turn % 2]
        status = reader.get(path)
        assert status == 200, f"{path} answers {status}"
        taken.append(time.monotonic() - due)
        turn, due = turn + 1, due + pause


def _move(mover: Counter, until: float, taken: list[float]) -> None:
    references, turn, due = mover.fleet.shop["references"], 0, time.monotonic()
    done = threading.Event()
    while due < until:
        done.wait(max(0.0, due - time.monotonic()))
        mover.move(references[turn % len(references)])
        taken.append(time.monotonic() - due)
        turn, due = turn + 1, due + 1 / CHANGES_A_SECOND
