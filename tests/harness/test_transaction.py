"""The one commit, and reads that need none."""

import sqlite3

import pytest
from flask import Flask
from sqlalchemy import text

from repairshop.clock import now
from repairshop.database import db, empty_log
from repairshop.staff.models import SignInAttempt
from repairshop.transaction import transaction


def attempts() -> int:
    return db.session.query(SignInAttempt).count()


def add_attempt() -> None:
    db.session.add(SignInAttempt(subject="account:x", failures=1, last_failed_at=now()))


def add_attempt_and_fail() -> None:
    add_attempt()
    db.session.flush()
    raise ZeroDivisionError


def add_attempt_and_open_another() -> None:
    add_attempt()
    with transaction():
        pass


@pytest.mark.both_databases
def test_what_is_raised_inside_undoes_everything(app: Flask) -> None:
    with app.test_request_context():
        with pytest.raises(ZeroDivisionError), transaction():
            add_attempt_and_fail()

        assert attempts() == 0


@pytest.mark.both_databases
def test_a_transaction_inside_another_is_a_mistake_that_shows(app: Flask) -> None:
    with app.test_request_context():
        with pytest.raises(RuntimeError, match="inside transaction"), transaction():
            add_attempt_and_open_another()

        assert attempts() == 0


@pytest.mark.both_databases
def test_a_later_transaction_works_after_one_that_failed(app: Flask) -> None:
    with app.test_request_context():
        with pytest.raises(ZeroDivisionError), transaction():
            raise ZeroDivisionError
        with transaction():
            add_attempt()

        assert attempts() == 1


@pytest.mark.both_databases
def test_a_request_reads_what_others_committed_since(app: Flask) -> None:
    with app.test_request_context():
        assert attempts() == 0
        db.session.rollback()  # SQLite's read would otherwise hold its snapshot
        with app.app_context(), transaction():
            add_attempt()

        assert attempts() == 1


@pytest.mark.postgresql
def test_on_postgresql_a_request_reads_without_a_transaction_and_a_verb_has_one(app: Flask) -> None:
    def moments() -> set[object]:
        return {db.session.scalar(text("SELECT now()")) for _ in range(3)}

    with app.test_request_context():
        assert len(moments()) == 3
        with transaction():
            assert len(moments()) == 1
        assert len(moments()) == 3


def test_emptying_the_log_waits_for_no_writer(app: Flask, app_context: None) -> None:
    """On SQLite alone; another process that writes just then is no reason for a job to fail."""
    with sqlite3.connect(str(db.engine.url.database), timeout=0, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        empty_log()
        other.execute("ROLLBACK")
        empty_log()
    other.close()
