"""`flask --app wsgi worker`: APScheduler runs wiring.JOBS in a process of its own.

The job store is in memory and holds ticks only; the work itself is claimed in the database, so any number of
workers may run. Any of them may be killed at any moment.
"""

import os
import signal
import socket
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from types import FrameType

import click
import structlog
from apscheduler.events import (
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    JobExecutionEvent,
    JobSubmissionEvent,
)
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from repairshop import wiring
from repairshop.database import db
from repairshop.errors import DatabaseBusy
from repairshop.notifications import health, heartbeat
from repairshop.notifications.jobs import STOPPING, Look, warm_up
from repairshop.notifications.marks import begin_watching, end_watching
from repairshop.notifications.service import WAKE_CHANNEL
from repairshop.operations.older_copy import compare
from repairshop.wiring import Job

log = structlog.get_logger("repairshop.worker")
_BEAT_SECONDS = 5
_DAILY_CHECK_SECONDS = 60
# A beat or a look at the day that comes this late is dropped, counted and made up for by the next one.
_MISFIRE_SECONDS = 60
# A run plans the next one before it has quite ended; on a busy machine that one's turn may come too early.
_UNTIL_IT_HAS_ENDED = 0.05


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Send messages and run what is due, until told to stop."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    Worker(app).run_until_stopped()


class Worker:
    """One worker process."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._id = uuid.uuid4().hex
        self._counts: Counter[str] = Counter()
        self._stop = threading.Event()
        self._planning = threading.Lock()  # held while what is planned changes
        self._again: set[str] = set()
        threads = sum(job.copies for job in wiring.JOBS) + 3
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(threads)},
            job_defaults={"misfire_grace_time": _MISFIRE_SECONDS, "coalesce": True, "max_instances": 1},
        )
        self._scheduler.add_listener(self._missed, EVENT_JOB_MISSED)
        self._scheduler.add_listener(self._overlapped, EVENT_JOB_MAX_INSTANCES)

    def run_until_stopped(self) -> None:
        """Start, and return when TERM or INT has come and the work in hand is done."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._on_signal)
        self.start()
        log.info("worker started", worker=self._id, process=os.getpid())
        while not self._stop.wait(1):
            pass
        self.stop()
        log.info("worker stopped", worker=self._id)

    def start(self) -> None:
        STOPPING.clear()
        begin_watching()
        self._compare()  # before anything is claimed
        self._beat()
        self._run("warm up", warm_up)
        for job in wiring.JOBS:
            if job.every_seconds:
                for copy in range(job.copies):
                    self._plan(job, copy, delay=job.every_seconds * copy / job.copies)
        self._every(_BEAT_SECONDS, self._beat, name="beat")
        self._every(_BEAT_SECONDS, self._compare, name="compare with the keys' mark")
        self._every(_DAILY_CHECK_SECONDS, self._run_daily, name="daily jobs")
        self._scheduler.start()
        if self._is_postgresql():
            threading.Thread(target=self._listen, name="wake-up", daemon=True).start()

    def stop(self) -> None:
        """Finish the messages in hand, claim no other, and say good-bye in the heartbeat row."""
        STOPPING.set()
        # APScheduler holds its jobs' lock until the last run has ended: a run that plans its next one at that
        # moment would wait for ever. And it fails when shut down while it hands out a run, because it no
        # longer finds the job it has just started. So first nobody plans, then nothing is due, then it goes.
        with self._planning:
            self._stop.set()
        self._scheduler.pause()
        self._scheduler.remove_all_jobs()
        self._scheduler.shutdown(wait=True)
        self._compare()
        self._beat(stopped=True)
        end_watching()

    def wake(self) -> None:
        """Run what wakes up now; a run in progress begins once more when it ends."""
        self._hurry_all(job for job in wiring.JOBS if job.wakes_up)

    def _hurry_all(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            for copy in range(job.copies):
                self._hurry(_name(job, copy))

    def _hurry(self, name: str) -> None:
        self._again.add(name)
        with self._planning:
            if self._stop.is_set():
                return
            try:
                self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))
            except JobLookupError:
                return  # it is running; it looks at _again when it ends

    def _plan(self, job: Job, copy: int, *, delay: float) -> None:
        """One run, after `delay` seconds; it plans the next one itself, so that runs never overlap."""
        name = _name(job, copy)
        with self._planning:
            if self._stop.is_set():
                return
            self._scheduler.add_job(
                self._tick,
                "date",
                run_date=datetime.now(UTC) + timedelta(seconds=delay),
                args=(job, copy),
                id=name,
                name=name,
                replace_existing=True,
                misfire_grace_time=job.misfire_grace_time,
                coalesce=job.coalesce,
                max_instances=job.max_instances,
            )

    def _every(self, seconds: int, run: Callable[[], None], *, name: str) -> None:
        self._scheduler.add_job(
            run,
            "interval",
            seconds=seconds,
            id=name,
            name=name,
            misfire_grace_time=_MISFIRE_SECONDS,
            coalesce=True,
            max_instances=1,
        )

    def _tick(self, job: Job, copy: int) -> None:
        name = _name(job, copy)
        self._again.discard(name)
        found = self._run(job.name, job.run)
        delay = job.every_seconds
        if isinstance(found, Look):
            delay = min(delay, found.seconds)
            self._hurry_all(job for job in wiring.JOBS if job.waits_for in found.due)
        self._plan(job, copy, delay=0 if name in self._again else delay)

    def _run(self, name: str, run: Callable[..., object], *arguments: object) -> object:
        """What the run found. One that fails is counted and logged; the next one tries again."""
        started = time.monotonic()
        try:
            with self._app.app_context():
                return run(*arguments)
        except Exception:
            self._counts["failed"] += 1
            log.exception("job failed", job=name, seconds=round(time.monotonic() - started, 3))
        return None

    def _run_daily(self) -> None:
        for job in wiring.JOBS:
            if job.daily_at is not None:
                self._run(job.name, self._run_for_shops, job)

    def _run_for_shops(self, job: Job) -> None:
        assert job.daily_at is not None  # noqa: S101 - asked by the caller
        for shop_id, day in heartbeat.list_shops_past(job.daily_at):
            if heartbeat.take_day(f"{job.name}:{shop_id}", day):
                self._run(job.name, job.run, shop_id)

    def _beat(self, *, stopped: bool = False) -> None:
        counts = health.Counts(
            missed=self._counts["missed"],
            failed=self._counts["failed"],
            overlapped=self._counts["overlapped"],
        )
        try:
            with self._app.app_context():
                heartbeat.beat(
                    self._id, host=socket.gethostname(), process=os.getpid(), counts=counts, stopped=stopped
                )
        except (SQLAlchemyError, DatabaseBusy):
            self._counts["failed"] += 1
            log.exception("no heartbeat")

    def _compare(self) -> None:
        """One that fails is tried again in seconds; a worker that has never compared claims nothing."""
        self._run("compare with the keys' mark", compare)

    def _missed(self, event: JobExecutionEvent) -> None:
        self._counts["missed"] += 1
        log.warning("run missed", job=event.job_id)
        self._plan_anew(event.job_id, delay=0)

    def _overlapped(self, event: JobSubmissionEvent) -> None:
        self._counts["overlapped"] += 1
        log.warning("run still going on", job=event.job_id)
        self._plan_anew(event.job_id, delay=_UNTIL_IT_HAS_ENDED)

    def _plan_anew(self, name: str, *, delay: float) -> None:
        """A single run that was not made is gone from the store: without another the work stands still."""
        for job in wiring.JOBS:
            for copy in range(job.copies):
                if _name(job, copy) == name and job.every_seconds:
                    self._plan(job, copy, delay=delay)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._stop.is_set():
            raise SystemExit(128 + number)  # the second time people mean it
        self._stop.set()

    def _is_postgresql(self) -> bool:
        with self._app.app_context():
            return db.engine.dialect.name == "postgresql"

    def _listen(self) -> None:
        """Wake up at every commit that queued a message. The ticks go on without it."""
        while not self._stop.is_set():
            try:
                with self._app.app_context():
                    self._listen_once()
            except Exception:
                log.warning("not listening for wake-ups", exc_info=True)
                self._stop.wait(2)

    def _listen_once(self) -> None:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"LISTEN {WAKE_CHANNEL}")
            driver = connection.connection.driver_connection
            assert driver is not None  # noqa: S101 - the connection is open
            while not self._stop.is_set():
                for _ in driver.notifies(timeout=1, stop_after=1):
                    self.wake()


def _name(job: Job, copy: int) -> str:
    return f"{job.name} {copy + 1}" if job.copies > 1 else job.name
