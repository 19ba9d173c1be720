"""Sessions are rows: they end when they should, whatever the cookie says."""

from datetime import timedelta

import time_machine
from flask import Flask

from repairshop.clock import now
from repairshop.database import db
from repairshop.staff.models import StaffSession
from repairshop.staff.rules import ABSOLUTE_LIFETIME, IDLE_LIFETIME
from repairshop.staff.session import is_fresh
from tests.cast import PASSWORD, Browser


def test_an_idle_session_ends(frank: Browser) -> None:
    with time_machine.travel(now() + IDLE_LIFETIME + timedelta(minutes=1)):
        assert frank.get("/profile").status_code == 302


def test_a_busy_session_ends_after_a_week(frank: Browser) -> None:
    start = now()
    for hours in range(0, int(ABSOLUTE_LIFETIME.total_seconds() // 3600), 11):
        with time_machine.travel(start + timedelta(hours=hours)):
            assert frank.get("/profile").status_code == 200

    with time_machine.travel(start + ABSOLUTE_LIFETIME + timedelta(minutes=1)):
        assert frank.get("/profile").status_code == 302


def test_being_seen_is_written_now_and_then_only(app: Flask, frank: Browser) -> None:
    def seen() -> object:
        with app.app_context():
            return db.session.query(StaffSession).one().last_seen_at

    before = seen()
    frank.get("/profile")
    assert seen() == before
    with time_machine.travel(now() + timedelta(minutes=6)):
        frank.get("/profile")
    assert seen() != before


def test_the_database_holds_no_token_that_opens_a_session(app: Flask, frank: Browser) -> None:
    with frank.session_transaction() as session:
        token = session["staff_session"]

    with app.app_context():
        assert token not in {row.token_hash for row in db.session.query(StaffSession)}


def test_signing_in_is_fresh_for_ten_minutes(app: Flask, frank: Browser) -> None:
    frank.send("/sign-in/again", {"password": PASSWORD})
    with frank.session_transaction() as session:
        moment = session["fs_paa"]

    with app.test_request_context():
        from flask import session as this_session

        this_session["fs_paa"] = moment
        assert is_fresh()
        with time_machine.travel(now() + timedelta(minutes=11)):
            assert not is_fresh()


def test_a_form_sent_after_the_session_ended_keeps_what_was_typed(frank: Browser) -> None:
    with time_machine.travel(now() + IDLE_LIFETIME + timedelta(minutes=1)):
        response = frank.send("/profile", {"language": "es"}, headers={"Origin": "http://localhost"})

    assert response.status_code == 401
    assert 'name="language"' in response.text
