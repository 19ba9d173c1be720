"""Booked repairs: booked, brought, cancelled, forgotten."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from repairshop.database import db
from repairshop.intake import jobs, queries
from repairshop.loaners.models import Loaner
from repairshop.loaners.queries import find_loan
from repairshop.loaners.service import add_loaner
from repairshop.privacy import queries as privacy
from repairshop.tickets.models import Ticket
from repairshop.tickets.queries import list_history
from repairshop.tickets.rules import Holder
from repairshop.tickets.stages import Outcome, Stage
from repairshop.transaction import transaction
from tests.intake.test_take_in_page import CARL, PHONE, the_ticket

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
BOOKING = {
    **PHONE,
    **CARL,
    "reported_fault": "Battery runs down",
    "comes_on": "2026-03-04",
    "time_note": "10:30",
}


@pytest.fixture
def monday():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def reference(app, monday, frank):
    frank.send("/book", BOOKING)
    return the_ticket(app).code


def test_a_booking_stays_with_the_customer_until_it_is_brought(app, reference, frank):
    with app.app_context():
        ticket = db.session.scalars(select(Ticket)).one()
        assert (ticket.stage, ticket.holder) == (Stage.BOOKED, Holder.CUSTOMER)
        arrivals = queries.list_arrivals(frank.actor.shop_id, until=MONDAY.date() + timedelta(days=2))
        assert [(row.head.reference, row.time_note) for row in arrivals] == [(reference, "10:30")]
        assert queries.list_open_check_ins(frank.actor.shop_id) == []


def test_a_day_that_is_over_is_refused(app, monday, frank):
    answer = frank.send("/book", {**BOOKING, "comes_on": "2026-03-01"})

    assert answer.status_code == 422
    assert "Choose a day from today on" in answer.text


def test_a_day_that_cannot_be_read_is_asked_for_again_in_our_words(monday, frank):
    answer = frank.send("/book", {**BOOKING, "comes_on": "next week"})

    assert answer.status_code == 422
    assert "Enter a date, like 2026-03-07" in answer.text


def test_what_was_booked_is_not_asked_again(reference, frank):
    page = frank.get(f"/tickets/{reference}/check-in").text

    assert "Battery runs down" in page
    assert "Apple iPhone 13" in page
    assert 'name="phone"' not in page
    assert 'name="brand"' not in page


def check_in(frank, reference, **changed):
    page = frank.get(f"/tickets/{reference}/check-in").text
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)[1]
    fields = {
        "version": version,
        "reported_fault": "Battery runs down",
        "imei": "490154203237518",
        "reach_note": "carl@example.com",
        "place": "B2",
    }
    return frank.send(f"/tickets/{reference}/check-in", {**fields, **changed})


def test_a_loaner_goes_out_when_the_booked_device_is_checked_in(app, reference, frank):
    with app.app_context(), transaction():
        add_loaner("Galaxy A14", number="", by=frank.actor)
        db.session.flush()
        loaner = str(db.session.query(Loaner.id).one().id)

    check_in(frank, reference, loaner=loaner, deposit="50")

    with app.app_context():
        loan = find_loan(the_ticket(app).id)
    assert (loan.name, loan.deposit.minor) == ("Galaxy A14", 50_00)


def test_a_booked_device_is_checked_in_once(app, reference, frank):
    first = check_in(frank, reference, once="one press")
    again = frank.send(
        f"/tickets/{reference}/check-in", {"version": "1", "reported_fault": "x", "once": "one press"}
    )

    ticket = the_ticket(app)
    assert "check-in-complete" in first.location
    assert (ticket.stage, ticket.checked_in_at) == (Stage.RECEIVED, None)
    assert (ticket.holder, ticket.holder_label) == (Holder.PLACE, "B2")
    assert again.status_code == 303  # a second click leads to what the first one did
    with app.app_context():
        assert len(privacy.list_tasks(ticket.id)) == 11
        assert queries.get_intake_facts(ticket.id).imei == "490154203237518"


def test_in_a_second_tab_the_words_typed_there_are_not_lost(app, reference, frank):
    check_in(frank, reference, once="first tab")
    typed = {"version": "1", "reported_fault": "Battery", "condition_note": "scratched", "once": "second tab"}

    answer = frank.send(f"/tickets/{reference}/check-in", typed)

    assert answer.status_code == 409
    assert "scratched" in answer.text


def test_a_wrong_imei_keeps_the_booking_as_it_was(app, reference, frank):
    answer = check_in(frank, reference, imei="490154203237519")

    assert answer.status_code == 422
    assert "Check the IMEI" in answer.text
    assert the_ticket(app).stage is Stage.BOOKED


def test_a_booking_is_cancelled_with_its_reason(app, reference, frank):
    unsaid = frank.send(f"/tickets/{reference}/cancel", {"version": "1"})
    done = frank.send(f"/tickets/{reference}/cancel", {"version": "1", "reason": "customer_cancelled"})

    ticket = the_ticket(app)
    assert (unsaid.status_code, done.status_code) == (422, 302)
    assert (ticket.stage, ticket.outcome, ticket.outcome_reason) == (
        Stage.CANCELLED,
        Outcome.CANCELLED,
        "customer_cancelled",
    )


def test_a_booking_nobody_brings_is_cancelled_after_a_week(app, reference, monday):
    with app.app_context():
        monday.shift(timedelta(days=9))
        assert jobs.cancel_no_shows() == 0
        monday.shift(timedelta(days=1))
        assert jobs.cancel_no_shows() == 1
        assert jobs.cancel_no_shows() == 0

    ticket = the_ticket(app)
    assert (ticket.stage, ticket.outcome_reason) == (Stage.CANCELLED, "no_show")


def change(frank, reference, **fields):
    page = frank.get(f"/tickets/{reference}/facts").text
    seen = re.search(r'name="seen"[^>]*value="([^"]*)"', page)[1]
    known = {"reported_fault": "Battery runs down", "seen": seen}
    return frank.send(f"/tickets/{reference}/facts", {**known, **fields})


def test_corrected_facts_leave_a_trace_and_no_words_in_the_chain(app, reference, frank):
    answer = change(frank, reference, reported_fault="It swells", spend_limit="120.50")

    ticket = the_ticket(app)
    assert answer.status_code == 302
    assert (ticket.reported_fault, ticket.spend_limit_minor) == ("It swells", 12050)
    with app.app_context():
        limit, texts, *_ = list_history(ticket.id)
        assert (limit.act, limit.before, limit.after) == (
            "spend_limit_changed",
            {"minor": None},
            {"minor": 12050},
        )
        assert texts.after == {"fields": ["reported_fault"]}
        assert len(texts.before["reported_fault"]) == 64
        assert "swells" not in str(texts)
    assert "Changed: reported fault" in frank.get(f"/tickets/{reference}").text


def test_nothing_changed_writes_nothing(app, reference, frank):
    before = the_ticket(app).history_seq

    change(frank, reference)

    assert the_ticket(app).history_seq == before


def test_two_people_at_different_fields_both_keep_their_text(app, reference, frank, tess):
    seen = re.search(r'name="seen"[^>]*value="([^"]*)"', frank.get(f"/tickets/{reference}/facts").text)[1]
    change(tess, reference, condition_note="Scratched")

    answer = frank.send(
        f"/tickets/{reference}/facts", {"reported_fault": "It swells", "seen": seen, "condition_note": ""}
    )

    ticket = the_ticket(app)
    assert answer.status_code == 302
    assert (ticket.reported_fault, ticket.condition_note) == ("It swells", "Scratched")


def test_two_people_at_one_field_are_told(app, reference, frank, tess):
    seen = re.search(r'name="seen"[^>]*value="([^"]*)"', frank.get(f"/tickets/{reference}/facts").text)[1]
    change(tess, reference, reported_fault="It is hot")

    answer = frank.send(f"/tickets/{reference}/facts", {"reported_fault": "It swells", "seen": seen})

    assert answer.status_code == 409
    assert the_ticket(app).reported_fault == "It is hot"
    assert "It swells" in answer.text
