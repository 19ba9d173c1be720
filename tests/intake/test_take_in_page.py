"""Taking in on the page, without a script."""

import re

import pytest
from sqlalchemy import func, select

from repairshop.catalogue.service import load_catalogue
from repairshop.customers import queries as customers
from repairshop.customers.models import ContactPoint, Customer, Device
from repairshop.database import db
from repairshop.intake import queries
from repairshop.loaners.models import Loaner
from repairshop.loaners.queries import find_loan
from repairshop.loaners.service import add_loaner
from repairshop.privacy import queries as privacy
from repairshop.privacy.rules import Choice, TaskKind
from repairshop.promises.queries import get_promises
from repairshop.tickets.models import Custody, Ticket, Visit
from repairshop.tickets.rules import Holder
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction

PHONE = {"device": "new", "device_type": "phone", "brand": "Apple", "model": "iPhone 13"}
CARL = {"name": "Carl Cooper", "phone": "07700 900123", "email": "carl@example.com", "language": "en"}
FAULT = {"reported_fault": "It fell and stays dark", "reach_note": "carl@example.com"}


@pytest.fixture
def catalogue(app):
    with app.app_context(), transaction():
        load_catalogue()


def count(app, model):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model))


def the_ticket(app):
    with app.app_context():
        ticket = db.session.scalars(select(Ticket)).one()
        db.session.expunge_all()
        return ticket


def test_a_new_customer_with_a_new_device_is_saved_at_once(app, frank):
    answer = frank.send("/intake", {**PHONE, **CARL, **FAULT, "accessories": "charger, case", "place": "A3"})

    ticket = the_ticket(app)
    assert answer.status_code == 302
    assert f"/tickets/{ticket.code}/check-in-complete" in answer.location
    assert (ticket.stage, ticket.checked_in_at, ticket.device_label) == (
        Stage.RECEIVED,
        None,
        "Apple iPhone 13",
    )
    assert ticket.accessories == ["charger", "case"]
    assert (ticket.holder, ticket.holder_label) == (Holder.PLACE, "A3")
    page = frank.get(answer.location).text
    assert "Carl Cooper" in page
    assert "It fell and stays dark" in page


def test_the_page_of_the_hand_in_opens(frank, catalogue):
    page = frank.get("/intake").text

    assert "Take in" in page
    assert "Phone" in page


def test_a_double_click_makes_one_ticket(app, frank):
    once = re.search(r'name="once"[^>]*value="([^"]+)"', frank.get("/intake").text)[1]
    fields = {**PHONE, **CARL, **FAULT, "once": once}

    first = frank.send("/intake", fields)
    second = frank.send("/intake", fields)

    assert count(app, Ticket) == count(app, Customer) == 1
    assert second.location == first.location


def test_a_returning_customer_is_found_by_the_end_of_the_number(app, frank):
    frank.send("/intake", {**PHONE, **CARL, **FAULT})

    page = frank.get("/intake?q=0123").text
    customer_id = re.search(r"customer=(\d+)", page)[1]
    device_id = db_value(app, select(Device.id))
    answer = frank.send(
        f"/intake?customer={customer_id}", {"device": device_id, "reported_fault": "Again", "reach_note": "x"}
    )

    assert "Carl Cooper" in page
    assert answer.status_code == 302
    assert count(app, Customer) == count(app, Device) == 1
    assert count(app, Ticket) == count(app, Visit) == 2


def db_value(app, query):
    with app.app_context():
        return db.session.scalar(query)


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"name": ""}, "name", "Enter the customer's name"),
        ({"phone": "", "email": ""}, "phone", "Enter a phone number or an e-mail address"),
        ({"phone": "12"}, "phone", "Enter a phone number"),
        ({"phone2": "ring me"}, "phone2", "Enter a phone number"),
        ({"email": "carl at home"}, "email", "Enter an e-mail address"),
        ({"device_type": ""}, "device_type", "Choose the type"),
        ({"brand": "", "model": ""}, "model", "Choose the type of device and enter brand or model"),
        ({"imei": "490154203237519"}, "imei", "Check the IMEI"),
        ({"imei": "49015420323751"}, "imei", "Check the IMEI"),
        ({"reported_fault": ""}, "reported_fault", "Choose a fault or write down"),
        ({"spend_limit": "lots"}, "spend_limit", "Enter an amount"),
        ({"diagnosis_fee": "some"}, "diagnosis_fee", "Enter an amount"),
        ({"credential": "needed"}, "credential_reason", "Write the reason"),
        ({"earliest": "2030-01-07"}, "latest", "Enter both dates"),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_nothing_typed_is_lost(app, frank, changed, field, words):
    answer = frank.send("/intake", {**PHONE, **CARL, **FAULT, "colour": "midnight", **changed})

    assert answer.status_code == 422
    shown = re.search(rf'id="{field}-error"[^>]*>(.*?)</span>\s*(?:<|$|[^<])*', answer.text, re.S)
    assert shown, answer.text
    assert words in answer.text
    assert 'value="midnight"' in answer.text
    assert "<title>Error:" in answer.text
    assert count(app, Ticket) == count(app, Customer) == count(app, Device) == 0


def test_a_number_and_a_name_that_are_known_ask_whether_it_is_the_same_person(app, frank):
    frank.send("/intake", {**PHONE, **CARL, **FAULT})
    other = {**CARL, "name": "Karl Cooper", "email": ""}

    asked = frank.send("/intake", {**PHONE, **other, **FAULT})
    taken = frank.send("/intake", {**PHONE, **other, **FAULT, "is_another": "y"})

    assert asked.status_code == 422
    assert "Carl Cooper" in asked.text
    assert 'name="use_person"' in asked.text
    assert taken.status_code == 302
    assert count(app, Customer) == 2


@pytest.mark.parametrize("chosen", ["1", "", "nobody", "-1", "99999999999999999999999", "1 OR 1=1"])
@pytest.mark.parametrize("path", ["/intake", "/book"])
def test_only_somebody_of_the_shop_can_be_chosen(app, frank, theo, path, chosen):
    frank.send("/intake", {**PHONE, **CARL, **FAULT})

    answer = theo.send(path, {**PHONE, **CARL, **FAULT, "use_person": chosen})

    assert answer.status_code == 404
    assert count(app, Ticket) == 1


def test_a_device_that_was_here_with_somebody_else_is_said_before_it_is_taken(app, frank):
    imei = {"imei": "490154203237518"}
    frank.send("/intake", {**PHONE, **CARL, **FAULT, **imei})
    dana = {"name": "Dana Dale", "phone": "07700 900456", "language": "en"}

    asked = frank.send("/intake", {**PHONE, **dana, **FAULT, **imei})
    taken = frank.send("/intake", {**PHONE, **dana, **FAULT, **imei, "has_new_owner": "y"})

    assert asked.status_code == 422
    assert "was here with Carl Cooper" in asked.text
    assert taken.status_code == 302


def test_the_same_device_of_the_same_person_is_not_doubled(app, frank):
    imei = {"imei": "490154203237518"}
    frank.send("/intake", {**PHONE, **CARL, **FAULT, **imei})
    customer_id = db_value(app, select(Customer.id))

    frank.send(f"/intake?customer={customer_id}", {**PHONE, **FAULT, **imei, "colour": "black"})

    assert count(app, Device) == 1
    assert db_value(app, select(Device.colour)) == "black"


def test_a_number_whose_sim_is_in_the_device_is_paused(app, frank):
    answer = frank.send("/intake", {**PHONE, **CARL, **FAULT, "sim_number": "new"})

    assert answer.status_code == 302
    with app.app_context():
        point = db.session.scalars(select(ContactPoint).where(ContactPoint.tail == "0123")).one()
        assert point.sim_in_device_id == db.session.scalars(select(Device.id)).one()


def test_the_paused_number_is_no_way_to_reach_the_customer(frank):
    answer = frank.send(
        "/intake", {**PHONE, **CARL, **FAULT, "sim_number": "new", "reach_note": "07700 900 123"}
    )

    assert answer.status_code == 422
    assert "SIM is in the device" in answer.text


def test_a_chosen_fault_settles_dates_and_a_needed_passcode_is_answered(app, frank, catalogue):
    page = frank.get("/intake").text
    preset = re.search(r'<option[^>]*data-type="phone"[^>]*value="(\d+)"', page) or re.search(
        r'value="(\d+)"[^>]*data-type="phone"', page
    )

    frank.send("/intake", {**PHONE, **CARL, **FAULT, "preset": preset[1], "reported_fault": ""})

    ticket = the_ticket(app)
    assert ticket.fault_key
    with app.app_context():
        promises = get_promises(ticket.id)
        assert promises.first.dates.earliest <= promises.first.dates.latest
        assert ticket.due_at is not None
        task = privacy.find_task(ticket.id, TaskKind.CREDENTIAL)
        assert task.choice is Choice.NOT_NEEDED


def test_one_more_device_joins_the_visit(app, frank):
    frank.send("/intake", {**PHONE, **CARL, **FAULT})
    visit_id = db_value(app, select(Visit.id))

    page = frank.get(f"/intake?visit={visit_id}").text
    frank.send(f"/intake?visit={visit_id}", {**PHONE, "model": "iPad Air", "device_type": "tablet", **FAULT})

    assert "One more device" in page
    assert (count(app, Visit), count(app, Ticket), count(app, Customer)) == (1, 2, 1)


def test_what_belongs_to_another_shop_is_not_found(app, frank, theo):
    frank.send("/intake", {**PHONE, **CARL, **FAULT})
    reference = the_ticket(app).code

    assert "Carl" not in theo.get("/intake?q=0123").text
    assert "Carl" not in theo.get("/intake/people?q=Carl").text
    assert theo.get("/intake?customer=1").status_code == 404
    assert theo.get("/intake?visit=1").status_code == 404
    assert theo.get(f"/tickets/{reference}/check-in-complete").status_code == 404
    assert theo.send("/intake", {**PHONE, **CARL, **FAULT, "device": "1"}).status_code in {404, 422}


def test_the_device_changes_hands_once(app, frank):
    frank.send("/intake", {**PHONE, **CARL, **FAULT})

    with app.app_context():
        steps = list(db.session.scalars(select(Custody)))
        assert [(step.from_holder, step.to_holder) for step in steps] == [(Holder.CUSTOMER, Holder.PLACE)]
        heads = queries.list_open_check_ins(frank.actor.shop_id)
        assert [head.customer_name for head in heads] == ["Carl Cooper"]
        found = customers.search_customers("coop", shop_id=frank.actor.shop_id)
        assert [row.name for row in found] == ["Carl Cooper"]


@pytest.fixture
def galaxy(app, frank):
    with app.app_context(), transaction():
        add_loaner("Galaxy A14", number="", by=frank.actor)
        db.session.flush()
        return str(db.session.query(Loaner.id).one().id)


def test_a_loaner_goes_out_with_the_hand_in_or_nothing_is_saved(app, frank, galaxy):
    assert "Lend a loaner" in frank.get("/intake").text
    lending = {"loaner": galaxy, "loaner_condition": "As new", "deposit": "50", "due_on": "2030-01-07"}

    garbled = frank.send("/intake", {**PHONE, **CARL, **FAULT, **lending, "deposit": "a lot"})
    assert garbled.status_code == 422
    assert 'value="As new"' in garbled.text
    past = frank.send("/intake", {**PHONE, **CARL, **FAULT, **lending, "due_on": "2020-01-07"})
    assert "Enter a day that is not over yet" in past.text
    assert count(app, Ticket) == 0
    frank.send("/intake", {**PHONE, **CARL, **FAULT, **lending})

    with app.app_context():
        loan = find_loan(db.session.scalars(select(Ticket.id)).one())
    assert (loan.name, loan.condition, loan.deposit.minor) == ("Galaxy A14", "As new", 50_00)
    assert "Lend a loaner" not in frank.get("/intake").text  # none is left


def test_a_loaner_that_went_out_meanwhile_is_said_and_nothing_typed_is_lost(app, frank, galaxy):
    frank.send("/intake", {**PHONE, **CARL, **FAULT, "loaner": galaxy})

    dana = {**CARL, "name": "Dana Dent", "phone": "07700 900124", "email": "dana@example.com"}
    answer = frank.send("/intake", {**PHONE, **dana, **FAULT, "loaner": galaxy})

    assert answer.status_code == 422
    assert "Galaxy A14 is with a customer" in answer.text
    assert 'value="Dana Dent"' in answer.text
    assert count(app, Ticket) == 1


@pytest.mark.parametrize("forged", ["x", "-1", "99999999999", "999999"])
def test_a_loaner_that_is_none_is_no_server_error(app, frank, galaxy, forged):
    answer = frank.send("/intake", {**PHONE, **CARL, **FAULT, "loaner": forged})

    assert answer.status_code in {404, 422}
    assert count(app, Ticket) == 0
