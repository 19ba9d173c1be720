"""script/drill: the drills of the scoreboard, and its table with what was measured."""

import argparse
import hashlib
import json
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from tests import services
from tests.reliability import hanging, kills, nights, outage, pauses, punctual, storm
from tests.reliability.fleet import Fleet, fleets, in_threads
from tests.reliability.scale import SCALES, Plan, Scale
from tests.reliability.scoreboard import (
    Result,
    Status,
    complete,
    exit_status,
    judged,
    table,
)

Drill = Callable[[dict[str, Fleet], Scale], Result]

DRILLS: dict[str, Drill] = {
    "R1": kills.drill,
    "R2": storm.drill,
    "R3": storm.silent,
    "R4": pauses.drill,
    "R5": punctual.drill,
    "R6": outage.drill,
    "R7": hanging.drill,
    "R12": nights.drill,
}
_LOOP = 2_000_000


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="script/drill", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--quick", action="store_const", const="quick", dest="size", help="small, for script/test"
    )
    size.add_argument(
        "--full", action="store_const", const="full", dest="size", help="the long form, by night"
    )
    parser.add_argument("--seed", type=int, help="make a drill again whose seed was printed")
    parser.add_argument("--report", type=Path, help="write the results to this file as JSON too")
    parser.add_argument("--keep-logs", action="store_true", help="leave the processes' logs behind")
    parser.add_argument("names", nargs="*", metavar="R1 …", help="only these")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    size_name = options.size or "usual"
    print(f"drill {size_name}, seed {seed}; calibration {calibrate():.2f} s", flush=True)
    unknown = [name for name in options.names if name not in DRILLS]
    if unknown:
        parser.error(f"there is no drill {', '.join(unknown)}; there are {', '.join(DRILLS)}")
    results = run(options.names or list(DRILLS), SCALES[size_name], seed, keep=options.keep_logs)
    print(f"\n── scoreboard, {size_name}, seed {seed} ──")
    print("\n".join(table(complete(results))))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"processes took {used.ru_utime + used.ru_stime:.0f} s of a core; calibration {calibrate():.2f} s")
    print(f"seed {seed}: script/drill --seed {seed} makes it again")
    if options.report:
        options.report.parent.mkdir(parents=True, exist_ok=True)
        options.report.write_text(json.dumps([asdict(result) for result in results]))
    return exit_status(results)


def run(names: list[str], scale: Scale, seed: int, *, keep: bool = False) -> list[Result]:
    """The results in the order in which the drills end."""
    folder = Path(tempfile.mkdtemp(prefix="repairshop-drill-", dir=services.quick_folder()))
    until = time.monotonic() + scale.budget_seconds
    results: list[Result] = []
    try:
        for step in chosen(scale.plan, names):
            in_threads([partial(make_line, line, scale, seed, folder, until, results) for line in step])
    finally:
        if keep or any(result.status is Status.MISSED for result in results):
            print(f"logs in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return results


def chosen(plan: Plan, names: list[str]) -> Plan:
    """The plan with these drills alone."""
    steps = (tuple(tuple(name for name in line if name in names) for line in step) for step in plan)
    return tuple(lines for lines in (tuple(filter(None, step)) for step in steps) if lines)


def make_line(
    names: tuple[str, ...], scale: Scale, seed: int, folder: Path, until: float, results: list[Result]
) -> None:
    """Drills one after the other, on servers and databases that no other line has."""
    with fleets(("postgresql", "sqlite"), seed=seed, folder=folder / "-".join(names)) as made:
        for name in names:
            left = until - time.monotonic()
            results.append(make(name, made, scale) if fits(name, scale, left) else not_begun(name, left))


def fits(name: str, scale: Scale, left: float) -> bool:
    """Whether a drill can end within the seconds that are left, by what it usually takes."""
    return scale.takes.get(name, 0) <= left


def not_begun(name: str, left: float) -> Result:
    result = Result(number=name, status=Status.NOT_RUN, measured=f"{max(0, left):.0f} s were left for it")
    print("\n".join(table([result])[1:]), flush=True)
    return result


def make(name: str, made: dict[str, Fleet], scale: Scale) -> Result:
    """One drill. A drill that breaks off has missed its bar, with the reason."""
    began = time.monotonic()
    try:
        result = DRILLS[name](made, scale)
    except Exception as problem:
        traceback.print_exc()
        result = judged(name, False, f"broke off: {problem}".splitlines()[0][:300])
    finally:
        for fleet in made.values():
            fleet.stop_everything()
    result = replace(result, seconds=time.monotonic() - began)
    print("\n".join(table([result])[1:]), flush=True)
    return result


def calibrate() -> float:
    """Seconds of a fixed piece of work on one core, to compare the machine of one day with another's."""
    began = time.process_time()
    digest = b""
    for _ in range(_LOOP):
        digest = hashlib.sha256(digest).digest()
    return time.process_time() - began


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
