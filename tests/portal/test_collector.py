"""Another person named to collect: by the proven customer alone, one at a time, until it is taken back."""

import re

import pytest
from sqlalchemy import select

from repairshop.database import db
from repairshop.handover.collectors import find_collector
from repairshop.handover.models import Collector
from repairshop.tickets.queries import list_history
from repairshop.tickets.rules import LinkOrigin
from repairshop.tickets.stages import Stage
from tests.builders import get_ticket, make_ticket
from tests.portal.guests import come_in

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def reference(app, tess):
    with app.app_context():
        return make_ticket(tess.actor, stage=Stage.READY)


@pytest.fixture
def carl(app, reference):
    return come_in(app, reference)


def name(browser, reference, who):
    return browser.send(f"/repair/{reference}/collector", {"name": who})


def named(app, reference):
    with app.app_context():
        found = find_collector(get_ticket(reference).visit_id)
        return found and found.name


def test_who_is_named_is_shown_to_customer_and_counter(app, frank, carl, reference):
    before = carl.get("/repair").headers["ETag"]

    response = name(carl, reference, "Dana Diaz")

    assert response.status_code == 303
    assert "Dana Diaz may collect, named by you" in carl.get(response.location).text
    page = carl.get("/repair", headers={"If-None-Match": before})
    assert page.status_code == 200
    assert "Dana Diaz" in page.text
    assert (
        "Dana Diaz may collect it, named by the customer" in frank.get(f"/tickets/{reference}/hand-over").text
    )


def test_the_address_of_the_pass_is_sent_on_with_one_tap_and_stands_before_naming_another(carl, reference):
    page = carl.get(name(carl, reference, "Dana Diaz").location).text

    assert re.search(r'href="sms:\?&amp;body=http[^"]*collect[^"]*"', page)
    assert re.search(r'href="mailto:\?body=http[^"]*collect[^"]*"', page)
    assert page.index("sms:") < page.index('name="name"')


def test_naming_another_ends_the_one_before_with_their_pass(app, carl, reference):
    name(carl, reference, "Dana Diaz")
    name(carl, reference, "Eli Evans")

    assert named(app, reference) == "Eli Evans"
    with app.app_context():
        first = db.session.scalars(select(Collector).order_by(Collector.id).limit(1)).one()
        assert (first.ended_at is not None, first.version) == (True, 2)


def test_taken_back_and_a_second_click_changes_nothing(app, carl, reference):
    name(carl, reference, "Dana Diaz")
    for _ in range(2):
        assert carl.send(f"/repair/{reference}/collector/end", {}).status_code == 303

    assert named(app, reference) is None
    with app.app_context():
        acts = [entry.act for entry in list_history(get_ticket(reference).id)]
        entries = list_history(get_ticket(reference).id)
    assert acts.count("collector_ended") == 1
    assert all("Dana" not in str(entry.after) for entry in entries)  # the chain keeps no names


@pytest.mark.parametrize("origin", [LinkOrigin.RECEIPT, LinkOrigin.STAFF])
def test_who_did_not_come_by_their_own_channel_names_nobody(app, reference, origin):
    finder = come_in(app, reference, origin=origin)

    assert "Send me a code" in finder.get(f"/repair/{reference}/collector").text
    assert name(finder, reference, "Mallory").status_code == 422
    assert named(app, reference) is None


def test_an_empty_name_is_said_at_the_field(app, carl, reference):
    response = name(carl, reference, "  ")

    assert response.status_code == 422
    assert "Enter a name" in response.text


def test_what_has_left_is_collected_by_nobody(app, tess):
    with app.app_context():
        gone = make_ticket(tess.actor, stage=Stage.HANDED_OVER)
    browser = come_in(app, gone)

    assert "There is nothing left to collect" in browser.get(f"/repair/{gone}/collector").text
    assert name(browser, gone, "Dana Diaz").status_code == 422
    assert named(app, gone) is None
