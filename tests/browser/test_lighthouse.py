"""The customer's page by Lighthouse: a phone on slow 4G, simulated, the median of five runs.

It is asked for from a web server as `script/server` starts it, which keeps its connections: on slow 4G a new
one costs 150 ms before anything comes.

Only with script/test --all. Skipped where npm cannot be asked; not judged on a machine that is, by the
benchmark of Lighthouse itself, too slow or too busy to say what a phone would do.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.serving import served
from tests.access_world import World, build_world
from tests.browser.conftest import CHROME
from tests.databases import SqliteFiles

pytestmark = [pytest.mark.browser, pytest.mark.heavy]

ROOT = Path(__file__).resolve().parents[2]
RUNS = 5
LEAST_INDEX = 1000  # Lighthouse warns below it: the processor is slower than the phone it stands for


@pytest.fixture(scope="module")
def lighthouse() -> str:
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not here")
    made = subprocess.run([ROOT / "script" / "lighthouse"], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"Lighthouse cannot be installed: {made.stderr[-300:]}")
    return made.stdout.strip()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_files: SqliteFiles) -> World:
    return build_world(tmp_path_factory.mktemp("lighthouse"), sqlite_files)


@pytest.fixture(scope="module")
def reports(
    lighthouse: str, world: World, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[dict[str, Any]]]:
    """Of the repair page while its customer has to decide: the longest one."""
    name = world.app.config["SESSION_COOKIE_NAME"]
    cookie = world.browser("customer_a").get_cookie(name)
    assert cookie is not None
    folder = tmp_path_factory.mktemp("server")
    program = [sys.executable, str(ROOT / "benchmarks" / "serve.py"), "ours", "PORT"]
    environment = {**os.environ, **world.settings}
    with served(program, environment=environment, log=folder / "server.log", database=None) as server:
        command = [
            "node",
            lighthouse,
            f"http://127.0.0.1:{server.port}/repair/{world.things['quoted']}",
            "--output=json",
            "--quiet",
            "--form-factor=mobile",
            "--throttling-method=simulate",
            "--only-categories=performance,accessibility,best-practices",
            f"--extra-headers={json.dumps({'Cookie': f'{name}={cookie.value}'})}",
            "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
        ]
        yield [_report(command) for _ in range(RUNS)]


def _report(command: list[str]) -> dict[str, Any]:
    """One run; where Lighthouse says that it could not record the page and asks to be run again, it is."""
    environment = {**os.environ, "CHROME_PATH": CHROME}
    for _ in range(4):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
        if "Please run Lighthouse again" not in done.stderr:
            break
    assert done.returncode == 0, done.stderr[-3000:]
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_the_customers_page_is_as_quick_and_as_open_as_we_say(reports: list[dict[str, Any]]) -> None:
    def score(category: str) -> float:
        return 100 * statistics.median(report["categories"][category]["score"] for report in reports)

    def number(audit: str) -> float:
        return statistics.median(report["audits"][audit]["numericValue"] for report in reports)

    index = statistics.median(report["environment"]["benchmarkIndex"] for report in reports)
    found = {
        "accessibility": score("accessibility"),
        "best practices": score("best-practices"),
        "performance": score("performance"),
        "first paint, ms": round(number("first-contentful-paint")),
        "largest paint, ms": round(number("largest-contentful-paint")),
        "shift": number("cumulative-layout-shift"),
        "benchmark index": index,
    }
    print(found)

    assert (found["accessibility"], found["best practices"]) == (100, 100), found
    if index < LEAST_INDEX:
        pytest.skip(f"not judged, the machine is too slow or too busy: {found}")
    assert found["performance"] >= 98, found
    assert found["first paint, ms"] <= 1000, found
    assert found["largest paint, ms"] <= 1200, found
    assert found["shift"] == 0, found
