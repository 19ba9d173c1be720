"""R5: how long after its moment a notice reaches a provider that is well. R7: what a hanging one does."""

import threading
import time
from functools import partial

from tests.reliability.counter import Counter
from tests.reliability.fleet import Fleet, as_time, in_threads, wait_until
from tests.reliability.scale import Scale
from tests.reliability.scoreboard import Result, Status, judged, quantile

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
    first = _last_message(fleet)
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


def _last_message(fleet: Fleet) -> int:
    return int(fleet.query("SELECT coalesce(max(id), 0) FROM outgoing_message")[0][0])


def _move_in_step(counter: Counter, number: int, began: float, scale: Scale) -> None:
    """Every change at its moment, whether the one before was answered quickly or not."""
    own = counter.fleet.shop["references"][number::2]
    pause = 2 / CHANGES_A_SECOND
    for turn in range(int(scale.latency_seconds / pause)):
        time.sleep(max(0.0, began + (turn + number / 2) * pause - time.monotonic()))
        counter.move(own[turn % len(own)])


def hanging(fleets: dict[str, Fleet], scale: Scale) -> Result:
    """R7, with the time-outs that a shop has."""
    fleet = fleets["postgresql"]
    fleet.begin(ticket_count=60 if scale.web_windows else 4)
    fleet.web(processes=2)
    fleet.worker(read_seconds=10, grace_seconds=75)
    fleet.settle(seconds=60)
    free_after = _time_until_free(fleet)
    said, met = f"worker free after {free_after:.1f} s", free_after <= 15
    if not scale.web_windows:
        if met:
            measured = f"{said}; the web's p99 is measured by script/drill only"
            return Result(number="R7", status=Status.NOT_RUN, measured=measured)
        return judged("R7", False, said, is_small=True)
    healthy, hung = _read_pages(fleet, scale)
    p99, p99_hung = quantile(healthy, 0.99), quantile(hung, 0.99)
    ratio = p99_hung / p99
    measured = (
        f"{said}; web p99 {1000 * p99:.0f} ms while the provider is well, {1000 * p99_hung:.0f} ms while it "
        f"hangs ({100 * (ratio - 1):+.0f} %, {len(healthy)} + {len(hung)} pages)"
    )
    return judged("R7", met and ratio <= 1.1, measured)


def _time_until_free(fleet: Fleet) -> float:
    """From the claim of a message whose call hangs until the worker has written it down and can go on."""
    fleet.provider.plan(late_seconds=30, next=[{"fault": "nothing is answered", "times": 2}])
    before = _last_message(fleet)
    fleet.move(fleet.shop["references"][:2])
    statement = (
        "SELECT a.started_at, a.ended_at FROM delivery_attempt a"
        " JOIN outgoing_message m ON m.id = a.message_id"
        f" WHERE m.id > {before} AND m.channel = 'sms' AND a.ended_at IS NOT NULL"
    )
    wait_until(lambda: len(fleet.query(statement)) >= 2, seconds=30, what="the end of a hanging call")
    times = fleet.query(statement)
    fleet.provider.plan(heal=True)
    return max((as_time(ended) - as_time(started)).total_seconds() for started, ended in times)


def _read_pages(fleet: Fleet, scale: Scale) -> tuple[list[float], list[float]]:
    """Seconds of each page, in windows that take turns, so that the machine's moods are in both."""
    seen: dict[bool, list[float]] = {False: [], True: []}
    mover, readers = Counter(fleet), [Counter(fleet) for _ in range(4)]
    warm_until = time.monotonic() + 5  # the first pages compile their templates
    in_threads([partial(_read, reader, number, warm_until, []) for number, reader in enumerate(readers)])
    for window in range(2 * scale.web_windows):
        hangs = window % 2 == 1
        fleet.provider.plan(heal=True)
        if hangs:
            fleet.provider.plan(late_seconds=30, next=[{"fault": "nothing is answered", "times": 10_000}])
        time.sleep(1)
        until = time.monotonic() + scale.web_window_seconds
        done = threading.Event()
        works = [partial(_read, reader, number, until, seen[hangs]) for number, reader in enumerate(readers)]
        in_threads([*works, partial(_move_slowly, mover, until, done)])
    fleet.provider.plan(heal=True)
    return seen[False], seen[True]


def _read(reader: Counter, number: int, until: float, seconds: list[float]) -> None:
    """Five pages a second, each timed from the moment at which it was to be asked for."""
    references, turn, due = reader.fleet.shop["references"], number, time.monotonic() + number / 20
    while due < until:
        time.sleep(max(0.0, due - time.monotonic()))
        path = ("/bench", f"/tickets/{references[turn % len(references)]}")[turn % 2]
        status = reader.get(path)
        assert status == 200, f"{path} answers {status}"
        seconds.append(time.monotonic() - due)
        turn, due = turn + 1, due + 0.2


def _move_slowly(mover: Counter, until: float, done: threading.Event) -> None:
    references, turn = mover.fleet.shop["references"], 0
    while time.monotonic() < until:
        mover.take_stages(mover.fleet.query("SELECT code, stage FROM ticket"))
        mover.move(references[turn % len(references)])
        turn += 1
        done.wait(0.5)
