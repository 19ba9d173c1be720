"""A question on the driver's own connection: the usual answers, and a connection that is left as it was."""

import time
from contextlib import suppress
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import bindparam, select, text

from repairshop.clock import now
from repairshop.database import Question, db, read
from repairshop.tickets.models import Ticket
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket

pytestmark = [pytest.mark.usefixtures("shop"), pytest.mark.both_databases]

TICKETS = (
    select(Ticket.id, Ticket.code, Ticket.version.label("edition"), Ticket.due_at, Ticket.closed_at)
    .where(Ticket.code == bindparam("code"))
    .order_by(Ticket.id)
)


@pytest.fixture
def reference(app, tess):
    with app.app_context():
        reference = make_ticket(tess.actor)
        with transaction():
            get_ticket(reference).due_at = now() + timedelta(hours=3)
        return reference


@pytest.fixture
def question(app):
    with app.app_context():
        return Question(db.engine, TICKETS)


def test_the_rows_are_those_of_the_session_with_their_names(app, reference, question):
    rows = question.ask(code=reference)

    with app.app_context():
        assert [tuple(row) for row in rows] == [tuple(row) for row in read(TICKETS, code=reference)]
    assert (rows[0].code, rows[0].edition, rows[0].closed_at) == (reference, rows[0][2], None)
    assert rows[0].due_at.utcoffset() == timedelta(0)
    assert question.ask(code="none") == []


def test_each_answer_is_of_its_own_moment(app, reference, question):
    before = question.ask(code=reference)[0].edition
    with app.app_context(), transaction():
        get_ticket(reference).version += 1

    assert question.ask(code=reference)[0].edition == before + 1


def test_the_connection_goes_back_as_it_came(app, reference, question):
    with app.app_context():
        db.session.remove()
        before = db.engine.pool.checkedout()
        question.ask(code=reference)
        assert db.engine.pool.checkedout() == before

        with suppress(RuntimeError), transaction():
            get_ticket(reference).version += 1
            db.session.flush()
            raise RuntimeError("on purpose")
        assert question.ask(code=reference)[0].edition == db.session.get_one(Ticket, 1).version


def test_a_question_that_the_database_refuses_raises_what_is_named_and_takes_no_connection(app, reference):
    with app.app_context():
        wrong = Question(db.engine, select(text("nothing")).select_from(Ticket))
        db.session.remove()
        before = db.engine.pool.checkedout()
        with pytest.raises(wrong.errors):
            wrong.ask()

        assert db.engine.pool.checkedout() == before
        assert Question(db.engine, TICKETS).ask(code=reference)


def test_after_the_database_hung_up_the_next_question_is_answered(app, reference, question):
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            pytest.skip("there is nobody at the other end")
        db.engine.dispose()
        question.ask(code=reference)
        address = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as other:
            others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            other.execute(f"SELECT pg_terminate_backend(pid) {others}")
            while other.execute(f"SELECT count(*) {others}").fetchone() != (0,):
                time.sleep(0.05)

        with pytest.raises(question.errors):
            question.ask(code=reference)

        assert question.ask(code=reference)
