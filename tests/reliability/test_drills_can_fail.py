"""Deliveries broken on purpose, with real processes: the drills see each, and nothing in a whole one."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability import hanging, pauses
from tests.reliability.fleet import Fleet, fleets
from tests.reliability.ledger import Findings
from tests.reliability.ratios import Verdict, estimate
from tests.reliability.scale import SCALES

ACCEPTED_AND_RESET = {"fault": "connection reset after accept", "times": 2}
NOT_ACCEPTED = {"fault": "500 before accept", "times": 1}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder: Path = tmp_path_factory.mktemp("drill") / "logs"
    with fleets(("sqlite",), seed=7, folder=folder) as made:
        fleet = made["sqlite"]
        fleet.grace = 2
        yield fleet


def make(fleet: Fleet, broken: str, *, faults: str = "", **plan: object) -> Findings:
    """Three tickets whose first messages are well, then two changes each with what is planned."""
    fleet.broken = ""
    fleet.begin(ticket_count=3)
    worker = fleet.worker()
    fleet.settle(seconds=30)
    worker.end()
    fleet.broken = broken
    # No web server listens, so no callback arrives and the list alone can tell.
    fleet.provider.plan(callbacks_lost=1.0, **plan)
    fleet.move(fleet.shop["references"])
    if faults:
        assert fleet.worker(faults=faults).wait(20) == -9
    worker = fleet.worker()
    _wait_for_one_each(fleet)
    fleet.move(fleet.shop["references"])
    fleet.settle(seconds=30)
    worker.kill()
    found, chains_hold = fleet.compare()
    assert chains_hold
    return found


def _wait_for_one_each(fleet: Fleet) -> None:
    """The first change's messages have been tried; what supersedes has nothing left to take the place of."""
    until = time.monotonic() + 20
    statement = "SELECT count(*) FROM outgoing_message WHERE state = 'queued' AND attempts = 0"
    while time.monotonic() < until and fleet.query(statement)[0][0]:
        time.sleep(0.1)


def test_a_delivery_that_is_whole_passes_with_the_same_faults(fleet: Fleet) -> None:
    found = make(fleet, "", faults="call.answered=kill", next=[ACCEPTED_AND_RESET, NOT_ACCEPTED])

    assert found.agree, found.problems()
    assert found.sent >= 6


@pytest.mark.parametrize(
    "broken",
    ["resend_without_asking", pytest.param("take_a_lost_answer_for_a_refusal", marks=pytest.mark.heavy)],
)
def test_sending_again_what_may_have_been_accepted_is_seen_as_doubled(fleet: Fleet, broken: str) -> None:
    found = make(fleet, broken, next=[ACCEPTED_AND_RESET])

    assert found.doubled
    assert not found.lost


def test_marking_as_sent_before_the_call_is_seen_as_lost(fleet: Fleet) -> None:
    found = make(fleet, "mark_sent_before_the_call", faults="call.answered=kill")

    assert found.lost


@pytest.mark.heavy
def test_a_stage_that_does_not_wait_for_the_one_before_is_seen_out_of_order(fleet: Fleet) -> None:
    found = make(fleet, "forget_the_order", next=[NOT_ACCEPTED])

    assert found.unordered


def pause(fleet: Fleet, broken: str) -> tuple[pauses.Paused, Findings]:
    """A round of R4."""
    fleet.broken = broken
    paused = pauses.pause(fleet, rounds=1)
    found, _ = fleet.compare()
    fleet.broken = ""
    return paused, found


@pytest.mark.heavy
def test_a_whole_delivery_outlives_workers_that_stop_past_their_lease(fleet: Fleet) -> None:
    paused, found = pause(fleet, "")

    assert not paused.problems
    assert paused.stopped == pauses.STOPS_A_ROUND
    assert paused.outlived >= 2
    assert found.agree, found.problems()


@pytest.mark.parametrize(
    "broken",
    [
        "hand_over_whenever",
        pytest.param("write_whoever_owns_it", marks=pytest.mark.heavy),
        pytest.param("believe_an_old_look", marks=pytest.mark.heavy),
    ],
)
def test_a_worker_that_wakes_up_and_goes_on_regardless_is_seen_as_doubled(fleet: Fleet, broken: str) -> None:
    _, found = pause(fleet, broken)

    assert found.doubled


@pytest.mark.heavy
def test_a_web_server_that_waits_for_the_provider_is_seen_as_slow(fleet: Fleet) -> None:
    fleet.begin(ticket_count=60)
    worker = fleet.worker()
    fleet.settle(seconds=60)  # what the check-ins say is not sent by the first page
    worker.end()
    fleet.broken = "send_in_the_request"
    fleet.web(processes=2)

    rounds, _ = hanging.read_rounds(fleet, SCALES["quick"])

    fleet.broken = ""
    assert estimate(rounds, share=hanging.SHARE, seed=1).against(hanging.BAR) is Verdict.ABOVE
