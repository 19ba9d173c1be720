"""A database that was put back from a backup: seen by itself, held once, told, and then work goes on."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.engine import make_url

from repairshop import wiring
from repairshop.database import db
from repairshop.notifications import jobs, marks, operating, service
from repairshop.notifications.health import find_restored
from repairshop.notifications.marks import CATCHES_UP_FOR
from repairshop.notifications.models import DeliveryMark, OutgoingMessage, WorkerBeat
from repairshop.notifications.rules import RESTORED, Channel, Notice, State
from repairshop.operations import older_copy
from repairshop.operations.checks import check_messages
from repairshop.operations.rules import Level
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor, Role
from repairshop.tickets.models import HistoryEntry
from repairshop.tickets.stages import Verb
from repairshop.transaction import transaction
from repairshop.worker import Worker
from tests import builders
from tests.contract.twilio_standin import Standin
from tests.databases import PostgresqlDatabases
from tests.notifications.desk import list_messages, move, the_message

pytestmark = pytest.mark.usefixtures("app_context")
both = pytest.mark.both_databases
Row = TypeVar("Row")


@pytest.fixture(autouse=True)
def morning() -> None:
    """Processes have the machine's own clock, so these tests have it too."""


@pytest.fixture
def settings(provider_settings: dict[str, str]) -> dict[str, str]:
    return provider_settings | {"TEXTS_PER_SECOND": "0"}


@pytest.fixture
def tess() -> Actor:
    """Of a shop where it is day now, whenever the test runs, with Mira as its manager."""
    shop_id = builders.make_shop(undo_window_seconds=0)
    with transaction():
        db.session.get_one(Shop, shop_id).time_zone = builders.zone_where_it_is(12)
    builders.make_staff(shop_id, Role.MANAGER, first_name="Mira")
    return builders.make_staff(shop_id)


@pytest.fixture
def no_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "JOBS", [])


class Backups:
    """Copies of the main database as an operator makes and brings them back; never of the keys' database."""

    def __init__(self, address: str, folder: Path, server: PostgresqlDatabases | None) -> None:
        self._url, self._file, self._server = make_url(address), folder / "backup.db", server
        self._kept = f"{self._url.database}_backup"

    def take(self) -> None:
        self._let_go()
        if self._server is None:
            self._copy(str(self._url.database), str(self._file))
            return
        self.forget()
        self._server.run(f'CREATE DATABASE "{self._kept}" TEMPLATE "{self._url.database}"')

    def bring_back(self) -> None:
        self._let_go()
        if self._server is None:
            self._copy(str(self._file), str(self._url.database))
            return
        self._server.run(f'DROP DATABASE "{self._url.database}" WITH (FORCE)')
        self._server.run(f'CREATE DATABASE "{self._url.database}" TEMPLATE "{self._kept}"')

    def forget(self) -> None:
        if self._server is not None:
            self._server.run(f'DROP DATABASE IF EXISTS "{self._kept}" WITH (FORCE)')

    def _let_go(self) -> None:
        db.session.rollback()
        db.session.remove()
        db.engine.dispose()

    def _copy(self, source: str, target: str) -> None:
        with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
            one.backup(other)


@pytest.fixture
def backups(
    request: pytest.FixtureRequest, database: str, database_url: str, tmp_path: Path
) -> Iterator[Backups]:
    server = request.getfixturevalue("postgresql_databases") if database == "postgresql" else None
    backups = Backups(database_url, tmp_path, server)
    yield backups
    backups.forget()


@contextmanager
def worker_process(settings: dict[str, str], folder: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(command, env={**os.environ, **settings}, stderr=log, stdout=log)
    try:
        wait_for(lambda: process.pid in {beat.process for beat in _all(WorkerBeat)})
        yield
    finally:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "it did not happen"
        db.session.rollback()
        time.sleep(0.05)
    db.session.rollback()


def _all(table: type[Row]) -> list[Row]:
    db.session.rollback()
    return list(db.session.scalars(select(table).execution_options(populate_existing=True)))


def texts() -> list[OutgoingMessage]:
    return list_messages(channel=Channel.SMS)


def alerts() -> list[OutgoingMessage]:
    return list_messages(notice=Notice.OLDER_COPY)


def acts() -> list[str]:
    return [row.act for row in _all(HistoryEntry) if row.act.startswith("notice_")]


def begin() -> None:
    """What a worker does first, in this process."""
    marks.begin_watching()
    older_copy.compare()


def send() -> int:
    sent = jobs.deliver(Channel.SMS)
    older_copy.compare()
    return sent


def send_one_and_go_back(by: Actor, backups: Backups) -> str:
    """One text has gone since the copy that is in force again; its ticket."""
    begin()
    reference = builders.make_ticket(by, email=None)
    backups.take()
    send()
    backups.bring_back()
    return reference


@both
def test_a_worker_on_a_restored_database_sends_nothing_again_and_goes_on_with_what_is_new(
    tess: Actor, standin: Standin, backups: Backups, settings: dict[str, str], tmp_path: Path
) -> None:
    begin()
    for _ in range(3):
        builders.make_ticket(tess, email=None)
    backups.take()
    assert send() == 3
    marks.end_watching()

    backups.bring_back()
    with worker_process(settings, tmp_path):
        held = [(message.id, message.state, message.error_code) for message in texts()]
        builders.make_ticket(tess, email=None)
        wait_for(lambda: len(standin.ledger) == 4)
        with transaction():
            operating.release_message(held[0][0], by=tess)
        wait_for(lambda: len(standin.ledger) == 5)

    assert [what for _, *what in held] == [[State.HELD, RESTORED]] * 3
    assert acts() == ["notice_held"] * 3 + ["notice_released"]
    assert [alert.recipient.partition("-")[0] for alert in alerts()] == ["mira"]
    assert "Messages held: 3" in alerts()[0].text
    assert "older copy" in (tmp_path / "worker.log").read_text()


@both
@pytest.mark.parametrize("state", [State.QUEUED, State.SENDING, State.UNKNOWN])
def test_all_that_was_under_way_in_the_copy_is_held(tess: Actor, backups: Backups, state: State) -> None:
    begin()
    builders.make_ticket(tess, email=None)
    with transaction():
        db.session.execute(update(OutgoingMessage).values(state=state, attempt="a" * 32))
    backups.take()
    with transaction():
        db.session.execute(update(OutgoingMessage).values(state=State.QUEUED))
    send()
    backups.bring_back()

    begin()

    message = the_message(channel=Channel.SMS)
    assert (message.state, message.attempt, message.due_at) == (State.HELD, None, None)
    assert send() == 0


@both
def test_a_second_worker_and_a_second_start_hold_nothing_more(
    tess: Actor, standin: Standin, backups: Backups
) -> None:
    send_one_and_go_back(tess, backups)
    begin()
    with transaction():
        operating.release_message(the_message(channel=Channel.SMS).id, by=tess)

    begin()

    assert the_message(channel=Channel.SMS).state is State.QUEUED
    assert send() == 1
    assert len(alerts()) == 1
    assert acts() == ["notice_held", "notice_released"]


@both
def test_workers_that_start_at_once_hold_once(tess: Actor, backups: Backups) -> None:
    send_one_and_go_back(tess, backups)
    kept = older_copy.read_mark()
    assert kept is not None

    older_copy._hold_everything(kept)
    older_copy._hold_everything(kept)  # the other one had read the same mark, and waited for the first

    assert acts() == ["notice_held"]
    assert len(alerts()) == 1


@both
def test_a_crash_without_a_restore_holds_nothing(tess: Actor, standin: Standin) -> None:
    begin()
    builders.make_ticket(tess, email=None)
    assert jobs.deliver(Channel.SMS) == 1  # killed before it compared again
    builders.make_ticket(tess, email=None)

    begin()

    assert send() == 1
    assert {message.state for message in texts()} == {State.SENT}
    assert alerts() == []


@both
def test_a_crash_between_the_two_databases_holds_nothing(
    tess: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin()
    builders.make_ticket(tess, email=None)
    marks.note_calls()

    def die(*_: object) -> bool:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(older_copy, "_replace_mark", die)
        with pytest.raises(SystemExit):
            older_copy.compare()
    assert len(_all(DeliveryMark)) == 2

    begin()

    assert send() == 1
    assert alerts() == []


@both
def test_a_worker_that_runs_while_the_database_is_put_back_claims_nothing_of_the_copy(
    tess: Actor, backups: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_one_and_go_back(tess, backups)

    assert jobs.deliver(Channel.SMS) == 0  # before it has compared
    assert the_message(channel=Channel.SMS).state is State.QUEUED
    older_copy.compare()
    assert the_message(channel=Channel.SMS).state is State.HELD
    with monkeypatch.context() as web:
        web.setattr(marks, "_watch", None)  # tickets come in with the web's processes
        builders.make_ticket(tess, email=None)
    assert send() == 1


@both
def test_a_copy_from_before_the_last_minute_is_noticed_though_nothing_was_sent(
    tess: Actor, backups: Backups
) -> None:
    """A STOP, a callback or a message that was taken back is lost as well."""
    begin()
    builders.make_ticket(tess, email=None)
    backups.take()
    with transaction():
        service.withdraw_message(the_message(channel=Channel.SMS).id, by=tess)
    older_copy.compare()  # within the minute nothing is written
    watch = marks.the_watch()
    assert watch is not None
    watch.marked_at -= 61
    older_copy.compare()
    backups.bring_back()

    begin()

    assert the_message(channel=Channel.SMS).state is State.HELD


@both
def test_many_workers_move_the_mark_on_and_none_takes_that_for_a_copy(
    tess: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = [marks.Watch() for _ in range(3)]

    for turn in range(30):
        monkeypatch.setattr(marks, "_watch", workers[turn % 3])
        if turn % 5:
            marks.note_calls()
        older_copy.compare()

    kept = older_copy.read_mark()
    assert kept is not None
    assert marks.look_for(kept.token) == (True, None)
    assert all(marks.look_for(worker.known)[0] for worker in workers)


@both
def test_whoever_reads_a_mark_that_another_has_moved_on_never_puts_it_back(tess: Actor) -> None:
    begin()
    old = older_copy.read_mark()
    watch = marks.the_watch()
    assert watch is not None
    watch.has_sent = True
    older_copy.compare()
    new = older_copy.read_mark()

    assert not older_copy._move_on(marks.Watch(), old)

    assert older_copy.read_mark() == new


def test_old_marks_are_removed_but_for_what_was_noticed(tess: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "_KEPT", 5)
    begin()
    with transaction():
        first = db.session.scalars(select(DeliveryMark)).one()
        first.noticed_at = first.at
    for _ in range(20):
        marks.note_calls()
        older_copy.compare()

    assert len(_all(DeliveryMark)) == 8  # the noticed one, five before the last but one, and both of these
    assert older_copy.read_mark() is not None


@both
def test_nothing_is_written_while_nothing_is_sent(tess: Actor) -> None:
    begin()
    before = older_copy.read_mark()

    for _ in range(5):
        older_copy.compare()

    assert older_copy.read_mark() == before
    assert len(_all(DeliveryMark)) == 1


def test_new_keys_beside_an_old_database_are_no_copy(app: Flask, tess: Actor, data_folder: Path) -> None:
    begin()
    builders.make_ticket(tess, email=None)
    marks.note_calls()
    older_copy.compare()
    (data_folder / "vault-keys.db").unlink()

    begin()

    assert send() == 1
    assert alerts() == []


def test_a_new_database_beside_old_keys_holds_and_says_nothing(tess: Actor) -> None:
    old = older_copy.Mark(token="f" * 32, at=datetime.now(UTC) - timedelta(days=1))
    assert older_copy._replace_mark(None, old)
    builders.make_ticket(tess, email=None)

    begin()

    assert send() == 1
    assert alerts() == []


def test_without_the_keys_database_a_new_worker_claims_nothing(
    tess: Actor, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data_folder / "vault-keys.db").mkdir()
    builders.make_ticket(tess, email=None)
    marks.begin_watching()

    with pytest.raises(Exception, match="unable to open"):
        older_copy.compare()
    assert jobs.deliver(Channel.SMS) == 0

    (data_folder / "vault-keys.db").rmdir()
    older_copy.compare()
    assert jobs.deliver(Channel.SMS) == 1


@both
def test_both_databases_put_back_together_cannot_be_told_apart(tess: Actor, backups: Backups) -> None:
    """For that `flask notices hold --all` is there; docs/operate.md says so."""
    begin()
    builders.make_ticket(tess, email=None)
    old = older_copy.read_mark()
    backups.take()
    send()
    backups.bring_back()
    new = older_copy.read_mark()
    assert old is not None
    assert new is not None
    assert older_copy._replace_mark(new, old)

    begin()

    assert the_message(channel=Channel.SMS).state is State.QUEUED


def test_what_the_workers_jobs_think_up_again_is_held_for_a_while(tess: Actor, backups: Backups) -> None:
    """A reminder that went after the copy is due again in it; what people do goes."""
    reference = send_one_and_go_back(tess, backups)
    begin()
    watch = marks.the_watch()
    assert watch is not None
    assert watch.noticed_at is not None

    with transaction():
        queue = service.queue_notice
        (again,) = queue(Notice.QUOTE_REMINDER, builders.get_ticket(reference), event_key="a")
        assert (again.state, again.due_at, again.error_code) == (State.HELD, None, RESTORED)
    watch.noticed_at -= CATCHES_UP_FOR + timedelta(seconds=1)
    with transaction():
        (later,) = queue(Notice.QUOTE_REMINDER, builders.get_ticket(reference), event_key="b")
        assert later.state is State.QUEUED
    marks.end_watching()  # as in a web process
    move(reference, Verb.START_DIAGNOSIS, tess)
    assert list_messages(notice=Notice.DIAGNOSING)[0].state is State.QUEUED


def test_the_doctor_and_the_commands_say_it_until_the_last_is_released(
    app: Flask, tess: Actor, backups: Backups
) -> None:
    send_one_and_go_back(tess, backups)
    begin()

    (finding,) = check_messages(app.extensions["repairshop_config"])
    listed = app.test_cli_runner().invoke(args=["notices", "list", "--state", "held"])

    assert finding.level is Level.WRONG
    assert "1 message is held" in finding.seen
    assert finding.seen in listed.output
    found = find_restored(tess.shop_id)
    assert found is not None
    assert found.copy_of is not None
    assert found.copy_of <= found.lived_until <= found.noticed_at

    with transaction():
        operating.release_everything(by=tess)
    assert find_restored() is None


@pytest.mark.usefixtures("no_jobs")
def test_a_worker_compares_before_its_jobs_begin_and_stops_watching_with_its_end(app: Flask) -> None:
    worker = Worker(app)
    worker.start()
    watch = marks.the_watch()
    worker.stop()

    assert watch is not None
    assert watch.known
    assert marks.the_watch() is None
