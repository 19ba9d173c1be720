"""Guessing codes: one limit for all processes, one answer for every failure, in the same time."""

import json
import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from random import Random

import pytest
import time_machine
from sqlalchemy import delete

from repairshop.clock import now
from repairshop.codes import new_code
from repairshop.database import db
from repairshop.portal.service import _ALL_TOGETHER, look_up_subjects
from repairshop.staff.models import SignInAttempt
from repairshop.staff.throttle import begin_attempt
from repairshop.transaction import transaction
from tests.builders import make_ticket
from tests.cast import Browser

pytestmark = pytest.mark.usefixtures("shop")

PROCESSES = 4
GUESSES = int(os.environ.get("GUESSES", "100000"))  # fewer to try the test itself
PAIRS = int(os.environ.get("GUESS_PAIRS", "2000"))
RESAMPLES = 1000
# What a guesser can measure is the time on the wall; on a busy machine only the work itself can be compared.
CLOCK = time.process_time if os.environ.get("GUESS_CLOCK") == "work" else time.perf_counter


@pytest.mark.heavy
@pytest.mark.both_databases
def test_a_hundred_thousand_guesses_by_four_processes_get_what_one_limit_allows(
    app, settings, tess, database, redis_url
):
    """On PostgreSQL as several web servers run: with the brake on floods counted in Redis too."""
    with app.app_context():
        codes = [make_ticket(tess.actor) for _ in range(5)]
    shared = {"REDIS_URL": redis_url} if database == "postgresql" else {}
    order = {"settings": settings | shared, "codes": codes, "tail": "0123", "at": now().isoformat()}

    found = _guess_in_processes({**order, "guesses": GUESSES // PROCESSES})

    statuses = {int(status) for one in found for status in one["statuses"]}
    assert statuses <= {303, 422}
    assert len({page for one in found for page in one["pages"]}) == 1
    with app.app_context():
        together = db.session.get_one(SignInAttempt, "look-up")
        assert together.failures == _ALL_TOGETHER.free


def _guess_in_processes(order: dict[str, object]) -> list[dict[str, dict[str, int] | list[str]]]:
    command = [sys.executable, "-m", "tests.portal.guesser"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    children = [subprocess.Popen(command, text=True, **pipes) for _ in range(PROCESSES)]  # type: ignore[call-overload]
    for seed, child in enumerate(children):
        child.stdin.write(json.dumps({**order, "seed": seed}))
        child.stdin.close()
    found = []
    for child in children:
        with child:  # closes its pipes and waits
            found.append(json.loads(child.stdout.read()))
    assert [child.returncode for child in children] == [0] * PROCESSES
    return found


def test_a_right_look_up_does_not_wash_the_guesses_of_its_address(app, tess):
    with app.app_context():
        reference = make_ticket(tess.actor)
    browser = Browser(app, app.response_class)

    with time_machine.travel(now(), tick=False):
        for _ in range(9):
            browser.send("/find-my-repair", {"code": new_code(), "phone_tail": "9999"})
        right = browser.send("/find-my-repair", {"code": reference, "phone_tail": "0123"})
        browser.send("/find-my-repair", {"code": new_code(), "phone_tail": "9999"})
        eleventh = browser.send("/find-my-repair", {"code": reference, "phone_tail": "0123"})

    assert (right.status_code, eleventh.status_code) == (303, 422)


@pytest.mark.heavy
@pytest.mark.parametrize("is_refused", [False, True], ids=["answered", "refused"])
def test_the_time_an_answer_takes_tells_nothing(app, tess, is_refused):
    """An unknown code beside a real one with wrong digits; and, past the limit, with the right ones."""
    with app.app_context():
        codes = [make_ticket(tess.actor) for _ in range(20)]
    browser = Browser(app, app.response_class)
    real_tail = "0123" if is_refused else "9999"

    def unknown(_number: int) -> float:
        return _timed(app, browser, new_code(), "9999", is_refused=is_refused)

    def real(number: int) -> float:
        return _timed(app, browser, codes[number % len(codes)], real_tail, is_refused=is_refused)

    low, high = _interval(unknown, real)

    assert -0.05 <= low <= high <= 0.05


def _timed(app, browser: Browser, code: str, tail: str, *, is_refused: bool) -> float:
    """Every try comes from elsewhere, below the brake on floods, and finds the same counts before it."""
    address = ".".join(str(secrets.randbelow(254) + 1) for _ in range(4))
    with app.app_context(), transaction():
        db.session.execute(delete(SignInAttempt))
        if is_refused:
            subjects = look_up_subjects(code, address=address)
            begin_attempt(subjects, now=now())
            db.session.get_one(SignInAttempt, "look-up").failures = _ALL_TOGETHER.free + 20
    begun = CLOCK()
    fields = {"code": code, "phone_tail": tail}
    answer = browser.send("/find-my-repair", fields, environ_base={"REMOTE_ADDR": address})
    taken = CLOCK() - begun
    assert answer.status_code == 422
    return taken


def _interval(first: Callable[[int], float], second: Callable[[int], float]) -> tuple[float, float]:
    """The 95 % bootstrap interval of the difference of the medians, as a share of the median."""
    pairs, rng = [], Random(1)
    for number in range(PAIRS + 20):
        if rng.random() < 0.5:
            pair = first(number), second(number)
        else:
            other = second(number)
            pair = first(number), other
        if number >= 20:
            pairs.append(pair)
    middle = statistics.median(value for pair in pairs for value in pair)
    shares = []
    for _ in range(RESAMPLES):
        drawn = rng.choices(pairs, k=len(pairs))
        medians = [statistics.median(side) for side in zip(*drawn, strict=True)]
        shares.append((medians[0] - medians[1]) / middle)
    shares.sort()
    return shares[int(0.025 * RESAMPLES)], shares[int(0.975 * RESAMPLES)]
