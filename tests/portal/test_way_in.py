"""The link, what it opens and when it stops; the second way in and its limits."""

from datetime import timedelta

import pytest
import time_machine

from repairshop.clock import now
from repairshop.customers.models import Touchpoint
from repairshop.database import db
from repairshop.media.service import receive_photo, store_picture
from repairshop.reports.service import issue_report
from repairshop.tickets.attachments import add_photo
from repairshop.tickets.portal_links import revoke_links
from repairshop.tickets.rules import LinkOrigin, PhotoStep
from repairshop.tickets.service import get_ticket_for_change, move_ticket
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from repairshop.warranty.service import start_warranty
from tests.builders import get_ticket, make_ticket
from tests.cast import Browser
from tests.counting import counted_queries
from tests.media import corpus
from tests.portal.guests import come_in, link_to

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def reference(app, tess):
    with app.app_context():
        return make_ticket(tess.actor)


def test_the_links_key_leaves_the_address_bar(app, reference):
    browser = Browser(app, app.response_class)

    response = browser.get(link_to(app, reference))

    assert response.location == "/repair"
    assert "Apple iPhone 13" in browser.get("/repair").text


def test_a_mail_scanner_that_opens_the_link_leaves_no_trace(app, reference):
    with app.app_context():
        before = db.session.query(Touchpoint).count(), get_ticket(reference).version

    come_in(app, reference).get("/repair")

    with app.app_context():
        assert (db.session.query(Touchpoint).count(), get_ticket(reference).version) == before


@pytest.mark.parametrize("token", ["x", "1" + "a" * 22, "../../etc/passwd", "%00", "9" * 80])
def test_every_false_token_looks_the_same(app, anonymous, token):
    assert anonymous.get(f"/t/{token}").status_code == 404


def test_a_revoked_link_ends_the_visits_it_began(app, reference):
    browser = come_in(app, reference)
    path = link_to(app, reference)
    with app.app_context(), transaction():
        revoke_links(get_ticket(reference).visit_id)

    assert browser.get("/repair").status_code == 404
    assert Browser(app, app.response_class).get(path).status_code == 404
    assert come_in(app, reference).get("/repair").status_code == 200  # a new one is handed out at once


def test_the_visit_ends_after_half_a_day(app, reference):
    with time_machine.travel(now(), tick=False) as clock:
        browser = come_in(app, reference)
        clock.shift(timedelta(hours=11, minutes=59))
        assert browser.get("/repair").status_code == 200
        clock.shift(timedelta(minutes=2))
        assert browser.get("/repair").status_code == 404


def test_another_visits_repair_is_not_there(app, tess, reference):
    with app.app_context():
        other = make_ticket(tess.actor, name="Dana Diaz", phone="07700 900456")

    browser = come_in(app, reference)

    assert browser.get(f"/repair/{other}").status_code == 404
    assert browser.get(f"/repair/{reference}").status_code == 200


def test_an_unchanged_page_is_a_304_and_a_changed_one_is_not(app, tess, reference):
    browser = come_in(app, reference)
    tag = browser.get("/repair").headers["ETag"]

    again = browser.get("/repair", headers={"If-None-Match": tag})
    tess.send(f"/tickets/{reference}/start-diagnosis", {"version": "1"})
    changed = browser.get("/repair", headers={"If-None-Match": tag})

    assert (again.status_code, again.data) == (304, b"")
    assert changed.status_code == 200


@pytest.fixture
def handed_over(tess):
    """A repair handed over today, with the shop's usual warranty of a year."""
    reference = make_ticket(tess.actor, stage=Stage.IN_REPAIR)
    with transaction():
        ticket = get_ticket_for_change(reference, by=tess.actor)
        for verb in (Verb.FINISH, Verb.RELEASE):
            move_ticket(ticket, verb, by=tess.actor)
        move = move_ticket(ticket, Verb.HAND_OVER, by=tess.actor)
        start_warranty(ticket, move_id=move.id)
    return reference


@pytest.fixture
def days_later(app):
    """Travel and come in by the link anew."""

    def travel(reference, *, days):
        clock.shift(timedelta(days=days))
        return come_in(app, reference)

    with time_machine.travel(now(), tick=False) as clock, app.app_context():
        yield travel


def test_some_weeks_after_the_hand_over_only_warranty_is_left(days_later, handed_over):
    full = days_later(handed_over, days=29).get("/repair").text
    small = days_later(handed_over, days=2).get("/repair").text
    gone = days_later(handed_over, days=340).get("/repair")

    assert "Where your phone is" in full
    assert "Everything that happened" in full
    assert "Where your phone is" not in small
    assert "Everything that happened" not in small
    assert "Warranty" in small
    assert gone.status_code == 404


@pytest.mark.parametrize("page", ["history", "privacy", "tests", "photos", "question", "answered"])
def test_what_the_page_no_longer_shows_has_no_other_door(days_later, handed_over, page):
    path = f"/repair/{handed_over}/{page}"

    assert days_later(handed_over, days=29).get(path).status_code == 200
    assert days_later(handed_over, days=2).get(path).status_code == 404


def test_a_photo_is_shown_as_long_as_the_page_of_photos(days_later, handed_over, tess):
    received = receive_photo(corpus.written(corpus.picture(), "JPEG"))
    with transaction():
        ticket = get_ticket_for_change(handed_over, by=tess.actor)
        photo = add_photo(ticket, store_picture(received), step=PhotoStep.HANDOVER, by=tess.actor)
    path = f"/repair/photos/{photo.id}/thumbnail"
    db.session.rollback()

    assert days_later(handed_over, days=29).get(path).status_code == 200
    assert days_later(handed_over, days=2).get(path).status_code == 404


def test_the_report_is_there_until_the_warranty_ends(days_later, handed_over, tess):
    with transaction():
        issue_report(handed_over, by=tess.actor)
    path = f"/repair/{handed_over}/report.pdf"

    assert days_later(handed_over, days=31).get(path).status_code == 200
    assert days_later(handed_over, days=340).get(path).status_code == 404


class TestLookUp:
    def look_up(self, browser, code, tail="0123"):
        return browser.send("/find-my-repair", {"code": code, "phone_tail": tail})

    def test_code_and_digits_open_the_repair(self, anonymous, reference):
        typed = f"{reference[:4]}-{reference[4:8]}-{reference[8:]}".lower()

        response = self.look_up(anonymous, typed)

        assert response.status_code == 303
        assert "Apple iPhone 13" in anonymous.get("/repair").text

    def test_every_failure_says_the_same(self, anonymous, reference):
        pages = [
            self.look_up(anonymous, reference, "9999"),
            self.look_up(anonymous, "K7QP3M2X5", "0123"),
            self.look_up(anonymous, "K7QP3M2X6", "0123"),
        ]

        assert {page.status_code for page in pages} == {422}
        assert all("No repair fits this code and these digits" in page.text for page in pages)

    def test_after_too_many_tries_the_right_digits_fail_alike_and_later_work(self, app, reference):
        with time_machine.travel(now(), tick=False) as clock:
            browser = Browser(app, app.response_class)
            for _ in range(5):
                self.look_up(browser, reference, "9999")

            refused = self.look_up(browser, reference)
            clock.shift(timedelta(minutes=15))
            taken = self.look_up(browser, reference)

        assert refused.status_code == 422
        assert taken.status_code == 303

    def test_a_refused_try_asks_as_much_of_the_database_when_it_is_right(self, app, reference):
        def questions(tail):
            with counted_queries(app) as counted:
                self.look_up(browser, reference, tail)
            return counted.count

        browser = Browser(app, app.response_class)
        for _ in range(5):
            self.look_up(browser, reference, "9999")

        assert questions("0123") == questions("9999")

    def test_who_came_by_code_may_not_approve(self, anonymous, reference):
        self.look_up(anonymous, reference)

        with anonymous.session_transaction() as session:
            assert session["portal"]["origin"] == LinkOrigin.RECEIPT.value
