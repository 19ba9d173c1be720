"""The table that a drill prints: one line for each measure with its bar and what was measured. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    MET = "met"
    MISSED = "missed"
    NOT_RUN = "not run"


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One line of the scoreboard."""

    number: str
    what: str
    bar: str


MEASURES = (
    Measure(
        number="R1", what="kill -9 at every named step, both databases", bar="lost 0, doubled 0, chains hold"
    ),
    Measure(
        number="R2",
        what="10,000 changes, 2 web + 2 workers, 30 % faults, kills",
        bar="lost 0, doubled 0, phantom 0, out of order 0",
    ),
    Measure(number="R3", what="all callbacks lost, the list lags", bar="lost 0, every double flagged"),
    Measure(number="R4", what="SIGSTOP past the lease, then CONT", bar="doubled 0"),
    Measure(number="R5", what="due to accepted, 5 changes/s", bar="p95 <= 2 s, p99 <= 5 s, all < 10 s"),
    Measure(number="R6", what="provider down 4 h, backlog 1,000", bar="nothing lost, cleared < 5 min"),
    Measure(number="R7", what="provider hangs", bar="web p99 +10 % at most, worker free <= 15 s"),
    Measure(
        number="R8", what="PostgreSQL restarts, connections cut", bar="acknowledged lost 0, web back < 5 s"
    ),
    Measure(number="R9", what="disk full, errors on fsync", bar="clean 507/503, no half ticket"),
    Measure(number="R10", what="power cut for SQLite", bar="every acknowledged commit present"),
    Measure(
        number="R11", what="8 clients edit one ticket", bar="lost updates 0, the loser sees what changed"
    ),
    Measure(
        number="R12", what="DST nights, leap day, clock back, skew", bar="daily jobs once, no lease stolen"
    ),
    Measure(number="R13", what="migrations up, down, up with data", bar="rows and chains equal"),
    Measure(number="R14", what="backup, wipe, restore, verify", bar="all there, nothing sent again"),
    Measure(number="R15", what="500k tickets, 50 requests/s", bar="p99 read < 300 ms, change < 500 ms"),
    Measure(number="R16", what="60 minutes' soak", bar="memory, files, transactions flat"),
)


@dataclass(frozen=True, kw_only=True)
class Result:
    """How one measure came out; `problems` are the first few things that were wrong."""

    number: str
    status: Status
    measured: str
    is_small: bool = False
    seconds: float = 0.0
    problems: tuple[str, ...] = ()


def judged(
    number: str, is_met: bool, measured: str, *, is_small: bool = False, problems: Sequence[str] = ()
) -> Result:
    return Result(
        number=number,
        status=Status.MET if is_met else Status.MISSED,
        measured=measured,
        is_small=is_small,
        problems=tuple(problems),
    )


def complete(results: Iterable[Result]) -> list[Result]:
    """A line for every measure, in the scoreboard's order."""
    known = {result.number: result for result in results}
    return [
        known.get(measure.number)
        or Result(number=measure.number, status=Status.NOT_RUN, measured="no drill was made")
        for measure in MEASURES
    ]


def table(results: Sequence[Result]) -> list[str]:
    """The lines to print; what was wrong stands below its line."""
    bars = {measure.number: measure for measure in MEASURES}
    lines = [f"{'':<4} {'result':<10} {'measure':<52} {'bar':<45} measured"]
    for result in results:
        measure = bars[result.number]
        small = result.is_small and result.status is not Status.NOT_RUN
        status = f"{result.status.value}{' small' if small else ''}"
        took = f" ({result.seconds:.0f} s)" if result.seconds else ""
        lines.append(
            f"{result.number:<4} {status:<10} {measure.what:<52} {measure.bar:<45} {result.measured}{took}"
        )
        lines += [f"       ! {problem}" for problem in result.problems]
    return lines


def exit_status(results: Iterable[Result]) -> int:
    return int(any(result.status is Status.MISSED for result in results))


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of them do not exceed; of the values themselves, none in between."""
    ordered = sorted(values)
    if not ordered:
        return float("nan")
    position = max(0, min(len(ordered) - 1, round(share * len(ordered) + 0.4999999) - 1))
    return ordered[position]
