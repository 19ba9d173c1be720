"""R6: the provider is down for four hours, by a clock that is moved, and comes back."""

import time

from config import Config
from tests.reliability.fleet import Fleet
from tests.reliability.scale import Scale
from tests.reliability.scoreboard import Result, judged

HOURS = 4
CLEARED_WITHIN = 300.0
TEXTS_PER_SECOND = 10  # as a shop has it

# A `now()` of our own in front of PostgreSQL's: the program asks its database what time it is.
_MOVED_CLOCK = (
    "CREATE SCHEMA drill",
    "CREATE TABLE drill.ahead (seconds double precision)",
    "INSERT INTO drill.ahead VALUES (0)",
    "CREATE FUNCTION drill.now() RETURNS timestamptz LANGUAGE sql STABLE AS"
    " 'SELECT pg_catalog.now() + make_interval(secs => (SELECT seconds FROM drill.ahead))'",
)


def move_clock(fleet: Fleet, ahead_seconds: float) -> None:
    """The database's clock; that of a process goes with its order."""
    if fleet.query("SELECT 1 FROM pg_namespace WHERE nspname = 'drill'"):
        fleet.do(f"UPDATE drill.ahead SET seconds = {ahead_seconds}")
        return
    for statement in _MOVED_CLOCK:
        fleet.do(statement)
    fleet.do(f"UPDATE drill.ahead SET seconds = {ahead_seconds}")
    name = fleet.query("SELECT current_database()")[0][0]
    fleet.do(f'ALTER DATABASE "{name}" SET search_path = drill, pg_catalog, public')


def drill(fleets: dict[str, Fleet], scale: Scale) -> Result:
    fleet = fleets["postgresql"]
    fleet.begin(ticket_count=scale.backlog)
    worker = fleet.worker()
    fleet.settle(seconds=120)
    worker.end()
    fleet.provider.stop()
    fleet.move(fleet.shop["references"])
    tries = _try_for_hours(fleet, scale.outage_looks)
    problems = [] if tries["queued"] >= scale.backlog else [f"the backlog is {tries}"]
    ahead = HOURS * 3600.0
    fleet.provider.start()
    fleet.provider.plan(checked_in_full=40)
    fleet.web(processes=1)
    began = time.monotonic()
    for _ in range(2):
        fleet.worker(clock_ahead_seconds=ahead, texts_per_second=TEXTS_PER_SECOND)
    while fleet.open_messages() and time.monotonic() - began < (CLEARED_WITHIN if not scale.is_small else 60):
        time.sleep(0.2)
    took = time.monotonic() - began
    states = fleet.zygote.ask("count_states")
    copies = fleet.provider.copies()
    sent = len({(copy.to, copy.body) for copy in copies})
    if sent != len(copies):
        problems.append(f"{len(copies) - sent} second copies")
    if sent + states.get("superseded", 0) < scale.backlog or states.get("needs_human"):
        problems.append(f"the end is {states}, {sent} accepted")
    most = most_in_ten_seconds([copy.at for copy in copies])
    if hasattr(Config, "texts_per_second") and most > 11 * TEXTS_PER_SECOND:
        problems.append(f"{most} texts in ten seconds")
    met = took < CLEARED_WITHIN and not problems
    measured = (
        f"backlog {scale.backlog} after {HOURS} h: {sent} accepted once each, cleared in {took:.0f} s, "
        f"{most / 10:.1f} a second at most"
    )
    return judged("R6", met, measured, is_small=scale.is_small, problems=problems)


def most_in_ten_seconds(moments: list[float]) -> int:
    """How many of these lie within ten seconds at most; one second of a busy machine says little."""
    ordered, first, most = sorted(moments), 0, 0
    for last, moment in enumerate(ordered):
        while ordered[first] <= moment - 10:
            first += 1
        most = max(most, last - first + 1)
    return most


def _try_for_hours(fleet: Fleet, looks: int) -> dict[str, int]:
    """What is under way at the end of the outage; tries are closer together at its begin."""
    states: dict[str, int] = {}
    for look in range(1, looks + 1):
        ahead = HOURS * 3600.0 * (look / looks) ** 2
        move_clock(fleet, ahead)
        states = fleet.zygote.ask(
            "tick_once", order_clock_ahead_seconds=ahead, order_grace_seconds=fleet.grace
        )
    return states
