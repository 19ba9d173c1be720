"""The turn to write a SQLite file: it comes in order, and the waiting for it has an end."""

import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from repairshop import database
from repairshop.clock import now
from repairshop.database import db, is_busy
from repairshop.errors import DatabaseBusy
from repairshop.staff.models import SignInAttempt
from repairshop.transaction import transaction
from repairshop.turns import take_turn
from repairshop.web.access import public
from tests.client import Client


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.db.lock"


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Somebody else has the turn."""
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(400):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("it did not happen")


def test_who_waits_too_long_is_told_and_later_ones_have_their_turn(path: Path) -> None:
    with held(path):
        for _ in range(3):
            with pytest.raises(DatabaseBusy, match="has kept shop"), take_turn(path, seconds=0.1):
                pytest.fail("two had the turn")

    with take_turn(path, seconds=10):
        pass


def test_who_gave_up_leaves_no_thread_and_no_file_behind(path: Path) -> None:
    with held(path):
        for _ in range(5):
            with pytest.raises(DatabaseBusy), take_turn(path, seconds=0.01):
                pytest.fail("two had the turn")

    wait_until(lambda: not _waiting_threads() and not _is_open(path))


def _waiting_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "turn to write"]


def _is_open(path: Path) -> bool:
    """Whether this process has the file open."""
    return any(
        os.path.realpath(f"/proc/self/fd/{number}") == str(path) for number in os.listdir("/proc/self/fd")
    )


def test_the_turn_is_one_persons_at_a_time_and_comes_to_all(path: Path) -> None:
    inside, most, done = [0], [0], []

    def write(number: int) -> None:
        for _ in range(20):
            with take_turn(path, seconds=30):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.0005)
                inside[0] -= 1
        done.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [1]
    assert sorted(done) == list(range(6))


def test_whoever_fails_in_its_turn_gives_it_back(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), take_turn(path, seconds=1):
        raise ZeroDivisionError

    with take_turn(path, seconds=0.1):
        pass


_SLEEPER = """
import os, signal
from sqlalchemy import text
from wsgi import app
from repairshop.database import db
from repairshop.transaction import transaction
with app.app_context(), transaction():
    db.session.execute(text("UPDATE job_day SET day = 'written'"))
    print("inside", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
"""


def test_a_process_that_is_stopped_while_it_writes_keeps_nobody_for_ever(
    app: Flask, app_context: None, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WRITER_WAIT_SECONDS", 0.5)
    with transaction():
        db.session.execute(
            text("INSERT INTO job_day (job, day, at) VALUES ('a', 'before', :at)"), {"at": now()}
        )
    sleeper = subprocess.Popen(
        [sys.executable, "-c", _SLEEPER], env={**os.environ, **settings}, stdout=subprocess.PIPE
    )
    try:
        assert sleeper.stdout is not None
        assert sleeper.stdout.readline() == b"inside\n"
        began = time.monotonic()
        with pytest.raises(DatabaseBusy), transaction():
            pytest.fail("two wrote at once")
        waited = time.monotonic() - began
        sleeper.send_signal(signal.SIGCONT)
        assert sleeper.wait(20) == 0
    finally:
        sleeper.kill()
        sleeper.communicate()

    assert waited < 5
    with transaction():
        assert db.session.scalar(text("SELECT day FROM job_day")) == "written"


@pytest.fixture
def writing(own_app: Flask) -> Client:
    """A browser at an app with a form that writes."""

    @public
    def write() -> ResponseReturnValue:
        with transaction():
            db.session.add(SignInAttempt(subject="account:x", failures=1, last_failed_at=now()))
        return "written"

    own_app.add_url_rule("/write", "tests.write", write, methods=["POST"])
    own_app.testing = False
    own_app.config.update(PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
    client = own_app.test_client()
    assert isinstance(client, Client)
    return client


def test_a_form_that_cannot_be_written_is_offered_again_with_all_that_was_typed(
    writing: Client, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WRITER_WAIT_SECONDS", 0.2)
    with held(data_folder / "repairshop.db.lock"):
        refused = writing.post(
            "/write", data={"note": "cracked <glass>"}, headers={"Origin": "http://localhost"}
        )
    accepted = writing.post("/write")

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
    assert "This takes too long" in refused.text
    assert "cracked &lt;glass&gt;" in refused.text
    assert "Send it again" in refused.text
    assert accepted.text == "written"


def test_a_program_that_knows_no_turns_is_met_in_the_same_way(writing: Client, data_folder: Path) -> None:
    """Somebody's own sqlite3 on the file."""
    from sqlalchemy import event

    def hurry(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA busy_timeout=50").close()

    with writing.application.app_context():
        db.engine.dispose()
        event.listen(db.engine, "connect", hurry)
    other = sqlite3.connect(data_folder / "repairshop.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    refused = writing.post("/write")
    other.execute("ROLLBACK")
    other.close()

    assert refused.status_code == 503
    assert "This takes too long" in refused.text


def test_only_waiting_in_vain_is_busy() -> None:
    locked = sqlite3.OperationalError("database is locked")
    locked.sqlite_errorcode = sqlite3.SQLITE_BUSY_SNAPSHOT
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL

    assert is_busy(locked)
    assert not is_busy(full)
    assert not is_busy(ValueError())
