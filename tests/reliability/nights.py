"""R12: nights on which clocks change, a leap day, a clock put back, and a worker whose clock is wrong."""

import json
from collections import Counter as Tally
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.reliability.fleet import Fleet, as_time, on_each, wait_until
from tests.reliability.scale import Scale
from tests.reliability.scoreboard import Result, judged

SKEW_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class Night:
    """From noon to noon and a little more, at a place; `back_after` hours the clock is put back by one."""

    what: str
    zone: str
    begin: str
    days: tuple[str, ...]  # each daily job runs once on each of these
    back_after: float = 0


NIGHTS = (
    Night(
        what="spring in London",
        zone="Europe/London",
        begin="2026-03-28T12:00+00:00",
        days=("2026-03-28", "2026-03-29"),
    ),
    Night(
        what="autumn in London",
        zone="Europe/London",
        begin="2026-10-24T12:00+01:00",
        days=("2026-10-24", "2026-10-25"),
    ),
    Night(
        what="spring in Berlin",
        zone="Europe/Berlin",
        begin="2026-03-28T12:00+01:00",
        days=("2026-03-28", "2026-03-29"),
    ),
    Night(
        what="autumn in Berlin",
        zone="Europe/Berlin",
        begin="2026-10-24T12:00+02:00",
        days=("2026-10-24", "2026-10-25"),
    ),
    Night(
        what="leap day",
        zone="America/New_York",
        begin="2028-02-28T12:00-05:00",
        days=("2028-02-28", "2028-02-29"),
    ),
    Night(
        what="clock back after midnight",
        zone="Europe/London",
        begin="2026-06-10T12:00+01:00",
        days=("2026-06-10", "2026-06-11"),
        back_after=12.75,
    ),
    Night(
        what="clock back at half past two",
        zone="Europe/London",
        begin="2026-06-10T12:00+01:00",
        days=("2026-06-10", "2026-06-11"),
        back_after=14.75,
    ),
)


def drill(fleets: dict[str, Fleet], scale: Scale) -> Result:
    walks = on_each(fleets, partial(_walk, scale=scale)).values()
    runs, walked = sum(walk[0] for walk in walks), sum(walk[1] for walk in walks)
    problems = [problem for walk in walks for problem in walk[2]]
    stolen = steal(fleets["postgresql"])
    problems += stolen
    measured = (
        f"{walked} nights on {len(fleets)} databases, 2 workers: {runs} daily runs, "
        f"{len(problems) - len(stolen)} wrong; "
        f"worker {SKEW_SECONDS // 60} min ahead and behind: {len(stolen)} leases stolen"
    )
    return judged("R12", not problems, measured, is_small=scale.is_small, problems=problems)


def _walk(fleet: Fleet, *, scale: Scale) -> tuple[int, int, list[str]]:
    """Daily runs, nights, and what was wrong on one database."""
    nights = NIGHTS if not scale.is_small or fleet.engine == "sqlite" else NIGHTS[3:6:2]
    runs, problems = 0, []
    for night in nights:
        fleet.begin(ticket_count=0)
        counted, wrong = _count(fleet, night, scale)
        runs += counted
        problems += wrong
    return runs, len(nights), problems


def _count(fleet: Fleet, night: Night, scale: Scale) -> tuple[int, list[str]]:
    runs: dict[str, list[str]] = json.loads(
        fleet.zygote.ask(
            "count_daily_runs",
            zone=night.zone,
            begin=night.begin,
            hours=23,
            step_minutes=scale.night_step_minutes,
            back_after=night.back_after,
            order_whole_worker=True,
        )
    )
    problems = [] if len(runs) >= 4 else [f"{night.what}: only {sorted(runs)} ran"]
    for job, days in runs.items():
        times = Tally(days)
        if dict(times) != dict.fromkeys(night.days, 1):
            problems.append(f"{fleet.engine}, {night.what}: {job} ran {dict(times)}")
    return sum(map(len, runs.values())), problems


def steal(fleet: Fleet) -> list[str]:
    """One worker is in the middle of a call; another, whose clock is wrong, sweeps all the time."""
    problems = []
    for skew in (SKEW_SECONDS, -SKEW_SECONDS):
        fleet.begin(ticket_count=1)
        slow = fleet.worker(read_seconds=3, grace_seconds=8)
        fleet.settle(seconds=30)
        fleet.provider.plan(late_seconds=20, next=[{"fault": "nothing is answered", "times": 1}])
        fleet.move(fleet.shop["references"])
        wait_until(lambda: _newest(fleet)[1] is None, seconds=15, what="a call under way")
        fleet.worker(clock_ahead_seconds=skew, read_seconds=3, grace_seconds=8)
        wait_until(lambda: _newest(fleet)[1] is not None, seconds=30, what="the end of the call")
        started, ended, ending = _newest(fleet)
        took = (as_time(ended) - as_time(started)).total_seconds()
        if ending != "lost" or took < 2.5:
            problems.append(f"skew {skew} s: the claim ended as {ending!r} after {took:.1f} s")
        slow.end()
        fleet.stop_everything()
    return problems


def _newest(fleet: Fleet) -> tuple[Any, ...]:
    """When the last attempt began and ended, and how."""
    rows = fleet.query(
        "SELECT started_at, ended_at, ending FROM delivery_attempt ORDER BY started_at DESC LIMIT 1"
    )
    return rows[0] if rows else (None, None, "")
