"""Sentences of the customer's pages that are true at one stage and wrong at another."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from repairshop import clock
from repairshop.database import db
from repairshop.intake.models import Booking
from repairshop.portal.rules import Progress, way
from repairshop.promises.queries import list_promises
from repairshop.promises.rules import PromiseReason
from repairshop.tickets import service as tickets
from repairshop.tickets.custody import pass_on
from repairshop.tickets.rules import Holder
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket, open_day
from tests.portal.guests import come_in
from tests.portal.test_quote_answer import approve as said_yes
from tests.quotes.builders import approve, quoted_ticket

pytestmark = pytest.mark.usefixtures("shop")


def test_a_booking_names_the_day_and_not_when_it_was_made(app, tess):
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.BOOKED)
        with transaction():
            ticket = get_ticket(reference)
            db.session.add(Booking(ticket_id=ticket.id, comes_on=date(2031, 3, 4)))
            tickets.mark_changed(ticket)

    page = come_in(app, reference).get("/repair").text

    assert "We expect you on <b>Tue 4 March</b>." in page
    assert "With you." in page
    assert "since" not in page


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (Stage.RECEIVED, "In line since"),
        (Stage.APPROVED, "In line since"),
        (Stage.AWAITING_PARTS, "Waiting for the part since"),
        (Stage.READY, "Waiting for you since"),
        (Stage.UNCLAIMED, "Waiting for you since"),
    ],
)
def test_a_step_that_waits_is_not_dated_as_if_it_had_begun(app, tess, stage, said):
    with app.app_context():
        reference = make_ticket(tess.actor, stage=stage)

    page = come_in(app, reference).get("/repair").text

    assert re.search(rf'<li class="is-now"[^>]*>.*?{said} ', page, re.DOTALL)


def test_what_nobody_fetched_has_waited_since_it_was_ready():
    ready, given_up_on = (datetime(2031, 3, day, tzinfo=UTC) for day in (3, 17))

    steps = way(
        Stage.UNCLAIMED,
        since=given_up_on,
        reached={Stage.READY: ready, Stage.UNCLAIMED: given_up_on},
        was_repaired=True,
    )

    assert [step.at for step in steps if step.progress is Progress.NOW] == [ready]


def test_a_cancelled_booking_has_no_way_before_it(app, tess):
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.CANCELLED)

    page = come_in(app, reference).get("/repair").text

    assert "The booking is cancelled" in page
    assert "Hand it in" not in page
    assert "Where your" not in page


def test_what_was_given_up_was_not_collected(app, tess):
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.SURRENDERED)

    page = come_in(app, reference).get("/repair").text

    assert "Given up" in page
    assert "Collected" not in page


def test_after_the_work_nobody_is_told_of_its_start(app, tess):
    with app.app_context():
        reference = quoted_ticket(tess.actor, earliest=open_day(7), latest=open_day(7))
        approve(reference, by=tess.actor)
    carl = come_in(app, reference)
    before = carl.get(f"/repair/{reference}/answered").text
    with app.app_context(), transaction():
        ticket = tickets.get_ticket_for_change(reference, by=tess.actor)
        for verb in (Verb.START_REPAIR, Verb.FINISH, Verb.RELEASE):
            tickets.move_ticket(ticket, verb, by=tess.actor)

    after = carl.get(f"/repair/{reference}/answered").text

    assert "The next message comes when the work starts" in before
    assert "The next message comes when the work starts" not in after
    assert "Ready " not in after


def test_an_offer_whose_days_have_passed_names_none(app, tess):
    with app.app_context():
        reference = quoted_ticket(tess.actor, earliest=open_day(2), latest=open_day(2))
    last = clock.now() + timedelta(days=6)
    with time_machine.travel(last):
        carl = come_in(app, reference)
        pages = [carl.get(f"/repair/{reference}{path}").text for path in ("", "/quote")]

    repair, offer = pages
    assert "The days we named have passed. Say yes, and we count them anew from then." in repair
    assert "ready by" not in repair
    assert "It should be ready" not in repair
    assert "The days we named have passed. If you say yes now we count them anew from now." in offer
    assert f" {open_day(2).day} " not in " ".join(re.findall("It should be ready [^<]*", offer))


def test_a_late_yes_on_the_page_is_promised_anew_and_is_no_delay(app, tess):
    with app.app_context():
        reference = quoted_ticket(tess.actor, earliest=open_day(2), latest=open_day(2))
    with time_machine.travel(clock.now() + timedelta(days=6)):
        carl = come_in(app, reference)
        said_yes(carl, app, reference)
        answered, repair = (carl.get(f"/repair/{reference}{path}").text for path in ("/answered", ""))
        with app.app_context():
            promise = list_promises(get_ticket(reference).id)[-1]
            today = clock.now().date()

    assert promise.reason is PromiseReason.ANSWER_TOOK_LONGER
    assert promise.dates.latest >= today
    assert re.search(rf"It should be ready \w+ {promise.dates.latest.day} \w+", answered)
    assert "It should be ready" in repair
    assert "We are late" not in repair


def test_what_was_given_up_stayed_with_the_shop_and_on_no_shelf(app, tess):
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.SURRENDERED)
        with transaction():
            pass_on(get_ticket(reference), Holder.PLACE, to_label="Shelf B4", by=tess.actor)

    page = come_in(app, reference).get("/repair").text

    assert "It stayed with us, since" in page
    assert "Shelf B4" not in page
    assert "In the shop" not in page
    assert "Last handled" not in page


def test_the_dates_stand_out(app, tess):
    with app.app_context():
        reference = quoted_ticket(tess.actor, earliest=open_day(7), latest=open_day(7))
        approve(reference, by=tess.actor)

    assert "It should be ready <b>" in come_in(app, reference).get("/repair").text


def test_a_first_day_that_has_passed_is_not_promised_any_more(app, tess):
    first, last = open_day(3), open_day(7)
    with app.app_context():
        reference = quoted_ticket(tess.actor, earliest=first, latest=last)
        approve(reference, by=tess.actor)
    said = []
    for day in (first, first + timedelta(days=1)):
        with time_machine.travel(datetime.combine(day, time(9, 30), tzinfo=UTC), tick=False):
            said.append(" or <b>" in come_in(app, reference).get("/repair").text)

    assert said == [True, False]


@pytest.mark.parametrize("path", ["/t/forged", "/repair/K7QP3M2X5", "/no-such-page"])
def test_a_customer_who_finds_nothing_is_told_how_to_come_in(anonymous, path):
    response = anonymous.get(path)

    assert response.status_code == 404
    assert 'class="portal"' in response.text
    assert "the last text or e-mail from the shop" in response.text
    assert 'href="/find-my-repair"' in response.text
    assert "scan the label" not in response.text


@pytest.mark.parametrize("path", ["/collect/forged", "/collect/forged/pass.pdf"])
def test_who_was_named_and_finds_no_pass_is_told_whom_to_ask(anonymous, path):
    response = anonymous.get(path)

    assert response.status_code == 404
    assert "Ask whoever sent you the address." in response.text
    assert "Clear-Site-Data" in response.headers


def test_staff_who_find_nothing_stay_among_their_pages(frank):
    response = frank.get("/tickets/K7QP3M2X5")

    assert response.status_code == 404
    assert "scan the label" in response.text
    assert 'class="portal"' not in response.text
