"""The worker as it runs in a shop: a process of its own that sends, wakes up, counts and stops cleanly."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import Any

import pytest
from flask import Flask

from repairshop import wiring
from repairshop.database import db
from repairshop.notifications import claims, heartbeat
from repairshop.notifications.claims import Claim
from repairshop.notifications.health import Counts, delivery_health
from repairshop.notifications.jobs import STOPPING, deliver
from repairshop.notifications.models import WorkerBeat
from repairshop.notifications.rules import Channel, State
from repairshop.staff.rules import Actor
from repairshop.wiring import Job
from repairshop.worker import Worker
from tests import builders
from tests.contract.twilio_standin import Standin
from tests.notifications.desk import list_messages

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture(autouse=True)
def morning() -> None:
    """The process has the machine's own clock, so these tests have it too."""


@pytest.fixture
def settings(provider_settings: dict[str, str]) -> dict[str, str]:
    return provider_settings


@pytest.fixture
def tess() -> Actor:
    """Of a shop where it is day now, whenever the test runs."""
    from repairshop.staff.models import Shop
    from repairshop.transaction import transaction

    shop_id = builders.make_shop(undo_window_seconds=0)
    with transaction():
        db.session.get_one(Shop, shop_id).time_zone = builders.zone_where_it_is(12)
    return builders.make_staff(shop_id)


@pytest.fixture
def process(app: Flask, settings: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, **settings}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def wait_for(condition: Callable[[], bool], *, seconds: float = 60) -> float:
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "it did not happen"
        db.session.rollback()  # a read left open would keep the worker from committing
        time.sleep(0.05)
    db.session.rollback()
    return time.monotonic() - started


def beats() -> list[WorkerBeat]:
    db.session.rollback()
    from sqlalchemy import select

    return list(db.session.scalars(select(WorkerBeat).execution_options(populate_existing=True)))


@pytest.mark.both_databases
def test_a_worker_sends_within_seconds_and_stops_when_told(
    tess: Actor, standin: Standin, process: subprocess.Popen[bytes]
) -> None:
    wait_for(lambda: len(beats()) == 1)

    builders.make_ticket(tess)
    waited = wait_for(lambda: len(standin.ledger) == 1)
    wait_for(lambda: [message.state for message in list_messages()] == [State.SENT])
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0

    (row,) = beats()
    assert waited < 10
    assert row.stopped_at is not None
    assert (row.missed, row.failed, row.overlapped) == (0, 0, 0)


def test_a_worker_that_is_told_to_stop_while_it_claims_gives_the_message_back(
    tess: Actor, standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    builders.make_ticket(tess)
    claim_batch = claims.claim_batch

    def claim_and_stop(channel: Channel, **how: Any) -> list[Claim]:
        batch = claim_batch(channel, **how)
        STOPPING.set()
        return batch

    monkeypatch.setattr(claims, "claim_batch", claim_and_stop)

    assert deliver(Channel.SMS) == 0

    (message,) = list_messages()
    assert (message.state, message.attempts, message.attempt) == (State.QUEUED, 0, None)
    assert standin.ledger == []


def test_a_worker_that_is_killed_leaves_a_heartbeat_that_goes_quiet(
    tess: Actor, process: subprocess.Popen[bytes]
) -> None:
    wait_for(lambda: len(beats()) == 1)
    process.kill()
    process.wait()

    assert delivery_health().workers_alive == 1
    assert beats()[0].stopped_at is None


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """What the worker of the test runs instead of the wiring's."""
    declared: list[Job] = []
    monkeypatch.setattr(wiring, "JOBS", declared)
    return declared


def test_a_job_that_fails_is_counted_and_runs_again(app: Flask, jobs: list[Job]) -> None:
    runs: list[float] = []

    def fail() -> None:
        runs.append(time.monotonic())
        raise RuntimeError("the disk is full")

    jobs.append(Job(name="fail", run=fail, every_seconds=0.05))
    worker = Worker(app)
    worker.start()
    wait_for(lambda: len(runs) >= 3)
    worker.stop()

    (row,) = beats()
    assert row.failed >= 3
    assert row.stopped_at


def test_a_run_never_overlaps_the_one_before(app: Flask, jobs: list[Job]) -> None:
    running: list[int] = []
    most: list[int] = []

    def work() -> None:
        running.append(1)
        most.append(len(running))
        time.sleep(0.1)
        running.pop()

    jobs.append(Job(name="work", run=work, every_seconds=0.01, wakes_up=True))
    worker = Worker(app)
    worker.start()
    for _ in range(20):
        worker.wake()
        time.sleep(0.02)
    worker.stop()

    assert max(most) == 1
    assert len(most) >= 3
    assert beats()[0].overlapped == 0


def test_a_run_whose_turn_comes_before_the_last_one_has_ended_is_made_later(
    app: Flask, jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[float] = []
    worker = Worker(app)
    plan = worker._plan

    def plan_and_end_slowly(job: Job, copy: int, *, delay: float) -> None:
        plan(job, copy, delay=delay)
        if runs and len(runs) < 3:
            time.sleep(0.2)

    monkeypatch.setattr(worker, "_plan", plan_and_end_slowly)
    jobs.append(Job(name="work", run=lambda: runs.append(time.monotonic()), every_seconds=0.01))
    worker.start()

    wait_for(lambda: len(runs) >= 5, seconds=10)

    worker.stop()
    assert beats()[0].overlapped > 0


def test_stopping_while_runs_are_handed_out_is_no_error(app: Flask, jobs: list[Job]) -> None:
    """A thread that ends with an exception fails its test."""
    jobs += [Job(name=f"work {number}", run=lambda: None, every_seconds=0.001) for number in range(30)]

    for _ in range(15):
        worker = Worker(app)
        worker.start()
        time.sleep(0.05)
        worker.stop()


def test_a_wake_up_does_not_wait_for_the_tick(app: Flask, jobs: list[Job]) -> None:
    runs: list[float] = []
    jobs.append(Job(name="work", run=lambda: runs.append(time.monotonic()), every_seconds=60, wakes_up=True))
    worker = Worker(app)
    worker.start()
    wait_for(lambda: len(runs) == 1)

    worker.wake()

    assert wait_for(lambda: len(runs) == 2) < 2
    worker.stop()


def test_the_scheduler_is_told_what_the_wiring_says_of_each_job(app: Flask, jobs: list[Job]) -> None:
    jobs.append(Job(name="work", run=lambda: None, every_seconds=60, misfire_grace_time=7, coalesce=False))
    worker = Worker(app)
    worker._plan(jobs[0], 0, delay=60)

    (planned,) = worker._scheduler.get_jobs()

    assert (planned.name, planned.max_instances) == ("work", 1)
    assert (planned.misfire_grace_time, planned.coalesce) == (7, False)


@pytest.mark.both_databases
def test_a_daily_job_runs_once_a_shop_and_local_day_in_any_number_of_workers(
    app: Flask, tess: Actor, jobs: list[Job]
) -> None:
    done: list[int] = []
    jobs.append(Job(name="remind", run=done.append, daily_at=time_of_day(0, 0)))

    for worker in (Worker(app), Worker(app)):
        worker._run_daily()
        worker._run_daily()

    assert done == [tess.shop_id]


def test_only_the_first_process_takes_a_day(tess: Actor) -> None:
    day = date(2026, 10, 25)

    assert [heartbeat.take_day("remind:1", day) for _ in range(3)] == [True, False, False]
    assert heartbeat.take_day("remind:1", day + timedelta(days=1))
    assert heartbeat.take_day("remind:2", day)


def test_health_counts_what_waits_too_long(tess: Actor) -> None:
    from sqlalchemy import update

    from repairshop.notifications.models import OutgoingMessage
    from repairshop.transaction import transaction

    builders.make_ticket(tess)
    assert delivery_health().overdue == 0
    with transaction():
        db.session.execute(update(OutgoingMessage).values(due_at=datetime.now(UTC) - timedelta(minutes=3)))
    heartbeat.beat("a" * 32, host="shop-pc", process=1, counts=Counts(missed=2))

    health = delivery_health()

    assert (health.overdue, health.workers_alive, health.counts.missed) == (1, 1, 2)
