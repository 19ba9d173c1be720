"""What script/test does once the machine is ready: every check in turn, one summary, one exit status."""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests import services

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = Path(sys.executable).parent
RESULTS = ROOT / "test-results"
NO_TESTS = 5

CHECKS = {
    "lint": [["ruff", "check", "--quiet"], ["ruff", "format", "--check", "--quiet"]],
    "types": [["mypy", "--no-error-summary"]],
    "layers": [["lint-imports", "--no-logo"]],
}

# Each test runs in the first group whose marker it carries; what carries none of them is "unit".
MARKED_GROUPS = ("heavy", "browser", "documents", "postgresql")
PARALLEL = {"unit", "postgresql", "browser", "documents"}


@dataclass(frozen=True, kw_only=True)
class Result:
    """How one group went."""

    group: str
    seconds: float
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: tuple[str, ...] = ()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="script/test", description="Runs every check and test.")
    parser.add_argument("names", nargs="*", metavar="PATH or NAME", help="only these tests")
    parser.add_argument("--all", action="store_true", help="the heavy tests too")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    results = [] if options.names else [check(name, commands) for name, commands in CHECKS.items()]
    with ExitStack() as stack:
        environment = os.environ | {
            "TEST_POSTGRESQL": stack.enter_context(services.postgresql()),
            "TEST_REDIS": stack.enter_context(services.redis()),
        }
        if options.names:
            results.append(run_named(options.names, environment, heavy=options.all))
        else:
            results += [run_group(group, environment) for group in groups(heavy=options.all)]
            results.append(run_drills(environment))
    return summarise(results)


def groups(*, heavy: bool) -> list[str]:
    return ["unit", "postgresql", "browser", "documents", *(["heavy"] if heavy else [])]


def check(name: str, commands: list[list[str]]) -> Result:
    """One check of the source counts as one test."""
    announce(name)
    began = time.monotonic()
    failures = [
        " ".join(command)
        for command in commands
        if subprocess.run([str(PROGRAMS / command[0]), *command[1:]], cwd=ROOT, check=False).returncode != 0
    ]
    seconds = time.monotonic() - began
    return Result(
        group=name,
        seconds=seconds,
        passed=len(commands) - len(failures),
        failed=len(failures),
        failures=tuple(failures),
    )


def run_group(group: str, environment: dict[str, str]) -> Result:
    before = MARKED_GROUPS if group == "unit" else MARKED_GROUPS[: MARKED_GROUPS.index(group)]
    wanted = [*([] if group == "unit" else [group]), *(f"not {marker}" for marker in before)]
    # By file: the worlds that some files build for all their tests are built once, not once a process.
    parallel = ["--numprocesses", "2", "--dist", "loadfile"] if group in PARALLEL else []
    return run_pytest(group, ["-m", " and ".join(wanted), *parallel], environment)


def run_drills(environment: dict[str, str]) -> Result:
    """The small form of script/drill: a measure that was met has passed, one that was not run is skipped."""
    announce("drills")
    began = time.monotonic()
    report = RESULTS / "drills.json"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.reliability.drill", "--quick", "--report", str(report)]
    status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    lines = json.loads(report.read_text()) if report.exists() else []
    missed = [f"{line['number']}: {line['measured']}" for line in lines if line["status"] == "missed"]
    if status and not missed:
        missed = [f"the drills ended with status {status}"]
    return Result(
        group="drills",
        seconds=time.monotonic() - began,
        passed=sum(line["status"] == "met" for line in lines),
        failed=len(missed),
        skipped=sum(line["status"] == "not run" for line in lines),
        failures=tuple(missed),
    )


def run_named(names: list[str], environment: dict[str, str], *, heavy: bool) -> Result:
    """Tests by path (with ::test where wanted) or by a part of their name."""
    paths = [name for name in names if (ROOT / name.split("::")[0]).exists()]
    words = [name for name in names if name not in paths]
    selection = [
        *paths,
        *(["-k", " or ".join(words)] if words else []),
        *([] if heavy else ["-m", "not heavy"]),
    ]
    result = run_pytest("named", selection, environment)
    if result.passed + result.failed + result.skipped == 0:
        print(f"No test is called {' or '.join(names)}.", file=sys.stderr)
        return Result(group="named", seconds=result.seconds, failed=1, failures=("no test found",))
    return result


def run_pytest(group: str, selection: list[str], environment: dict[str, str]) -> Result:
    announce(group)
    report = RESULTS / f"{group}.xml"
    report.unlink(missing_ok=True)
    began = time.monotonic()
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--no-header",
        "-p",
        "no:cacheprovider",
        f"--junitxml={report}",
    ]
    status = subprocess.run([*command, *selection], cwd=ROOT, env=environment, check=False).returncode
    return read_report(group, report, status=status, seconds=time.monotonic() - began)


def read_report(group: str, report: Path, *, status: int, seconds: float) -> Result:
    """Counts from pytest's report; a pytest that broke off counts as a failure even when no test failed."""
    cases = list(ElementTree.parse(report).iter("testcase")) if report.exists() else []
    failed = [
        f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}"
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    ]
    if status not in {0, NO_TESTS} and not failed:
        failed = [f"{group}: pytest ended with status {status}"]
    skipped = sum(case.find("skipped") is not None for case in cases)
    passed = max(0, len(cases) - skipped - len(failed))
    return Result(
        group=group,
        seconds=seconds,
        passed=passed,
        failed=len(failed),
        skipped=skipped,
        failures=tuple(failed),
    )


def announce(group: str) -> None:
    print(f"\n── {group} ──", flush=True)


def summarise(results: list[Result]) -> int:
    """Print what happened, the plain counts last; the exit status."""
    print("\n── summary ──")
    for result in results:
        counts = f"{result.passed} passed, {result.failed} failed, {result.skipped} skipped"
        print(
            f"{'FAILED' if result.failed else 'ok':<7}{result.group:<12}{result.seconds:>6.1f} s   {counts}"
        )
    for result in results:
        for failure in result.failures:
            print(f"FAILED {result.group}: {failure}")
    passed, failed = sum(result.passed for result in results), sum(result.failed for result in results)
    print(f"{passed} passed, {failed} failed, {sum(result.skipped for result in results)} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
