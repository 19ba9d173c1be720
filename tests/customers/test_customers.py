"""Finding people, and changing how they are reached."""

import pytest
from sqlalchemy import select

from repairshop.customers import queries, service
from repairshop.customers.models import ContactPoint
from repairshop.customers.rules import (
    ContactInUse,
    ContactKind,
    ContactKnownAlready,
    ImeiWrong,
    MailAddressWrong,
    normalised_imei,
    searched_digits,
)
from repairshop.database import db
from repairshop.errors import Conflict, NotFound
from repairshop.phone import PhoneNotUnderstood
from repairshop.transaction import transaction
from tests.builders import make_customer, make_device, make_shop, make_staff


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("0123", "0123"),
        ("123", "123"),
        ("900 123", "900123"),
        ("07700 900123", "7700900123"),
        ("+44 7700 900123", "447700900123"),
        ("0044 7700 900123", "447700900123"),
        ("12", None),
        ("carl", None),
        ("٠١٢٣", None),
        ("", None),
    ],
)
def test_the_end_of_a_number_is_read_as_typed(text, digits):
    assert searched_digits(text) == digits


@pytest.mark.parametrize("text", ["490154203237519", "49015420323751", "1", "abc", "4901542032375181234"])
def test_an_imei_that_cannot_be_is_refused(text):
    with pytest.raises(ImeiWrong):
        normalised_imei(text)


@pytest.mark.parametrize("text", ["490154203237518", "49-015420-323751-8", " 490154203237518 "])
def test_an_imei_is_kept_as_digits(text):
    assert normalised_imei(text) == "490154203237518"


pytestmark = [pytest.mark.usefixtures("app_context")]


@pytest.fixture
def frank():
    return make_staff(make_shop(), first_name="Frank")


@pytest.fixture
def carl(frank):
    with transaction():
        carl = make_customer(frank, "Zoë Carl-Müller", phone="07700 900123", email="Carl@Example.com")
        device = make_device(frank, carl)
        device.imei, device.serial = "490154203237518", "F2LX1234ABCD"
        return carl.id


def load(customer_id, by):
    return service.get_customer(customer_id, shop_id=by.shop_id)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "text",
    [
        "0123", "123", "900123", "07700900123", "+44 7700 900123",
        "zoe", "muller", "Carl", "zoë mül", "carl@example", "490154203237518", "f2lx 1234 abcd",
    ],
)  # fmt: skip
def test_a_person_is_found_as_people_ask(carl, frank, text):
    assert [row.id for row in queries.search_customers(text, shop_id=frank.shop_id)] == [carl]


@pytest.mark.parametrize(
    "text", ["9999", "0124", "uller", "%", "_", "' OR 1=1 --", "", "  ", "x" * 500, "\x00"]
)
def test_others_are_not_found(carl, frank, text):
    assert queries.search_customers(text, shop_id=frank.shop_id) == []


def test_another_shop_finds_nobody(carl):
    stranger = make_staff(make_shop("Other", slug="other"), first_name="Theo")

    assert queries.search_customers("0123", shop_id=stranger.shop_id) == []
    with pytest.raises(NotFound):
        queries.get_customer_row(carl, shop_id=stranger.shop_id)
    assert queries.list_devices_seen(imei="490154203237518", serial="", shop_id=stranger.shop_id) == []


def test_a_device_is_recognised_whoever_brings_it(carl, frank):
    seen = queries.list_devices_seen(imei="490154203237518", serial="", shop_id=frank.shop_id)

    assert [(row.customer_id, row.customer_name) for row in seen] == [(carl, "Zoë Carl-Müller")]


def test_a_second_number_can_become_the_first(carl, frank):
    with transaction():
        point = service.add_contact(
            load(carl, frank), ContactKind.PHONE, "07700 900456", country="GB", may_notify=True, language="es"
        )
        point_id = point.id
    with transaction():
        service.change_contact(
            load(carl, frank), point_id, text="07700 900457", country="GB", may_notify=False,
            language=None, first=True,
        )  # fmt: skip

    first = queries.get_customer_row(carl, shop_id=frank.shop_id).contacts[0]
    assert (first.id, first.value, first.may_notify) == (point_id, "+447700900457", False)
    assert [row.id for row in queries.search_customers("0457", shop_id=frank.shop_id)] == [carl]


@pytest.mark.parametrize(
    ("kind", "text", "refusal"),
    [
        (ContactKind.PHONE, "0", PhoneNotUnderstood),
        (ContactKind.EMAIL, "carl", MailAddressWrong),
        (ContactKind.PHONE, "+44 7700 900123", ContactKnownAlready),
        (ContactKind.EMAIL, "CARL@example.com", ContactKnownAlready),
    ],
)
def test_what_is_no_contact_or_known_is_refused_at_its_field(carl, frank, kind, text, refusal):
    with pytest.raises(refusal) as refused, transaction():
        service.add_contact(load(carl, frank), kind, text, country="GB", may_notify=True, language=None)
    assert refused.value.field == "value"


def test_a_removed_number_is_not_used_and_not_lost(carl, frank):
    phone = queries.get_customer_row(carl, shop_id=frank.shop_id).phones[0]
    with transaction():
        service.remove_contact(load(carl, frank), phone.id, because="wrong number")

    assert queries.get_customer_row(carl, shop_id=frank.shop_id).phones == ()
    assert queries.search_customers("0123", shop_id=frank.shop_id) == []
    row = db.session.scalars(select(ContactPoint).where(ContactPoint.id == phone.id)).one()
    assert row.removed_because == "wrong number"


def test_a_number_whose_sim_we_hold_stays(carl, frank):
    with transaction():
        customer = load(carl, frank)
        service.pause_number_of(customer.devices[0], customer.contact_points[0])
    phone = queries.get_customer_row(carl, shop_id=frank.shop_id).phones[0]

    with pytest.raises(ContactInUse), transaction():
        service.remove_contact(load(carl, frank), phone.id, because="tidy")


def test_two_people_changing_the_name_are_told(carl, frank):
    with transaction():
        service.change_customer(carl, name="Zoë Carl", language="en", by=frank, expected_version=1)

    with pytest.raises(Conflict), transaction():
        service.change_customer(carl, name="Zoe", language="en", by=frank, expected_version=1)


def test_reading_people_costs_the_same_however_many_they_are(app, carl, frank):
    from sqlalchemy import event

    def statements(text):
        seen = []
        listener = lambda *args: seen.append(args[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", listener)
        queries.search_customers(text, shop_id=frank.shop_id)
        event.remove(db.engine, "before_cursor_execute", listener)
        return len(seen)

    before = statements("0123")
    with transaction():
        for number in range(10):
            make_device(frank, make_customer(frank, f"Carl {number}", phone="07700 900123"))

    assert statements("0123") == before <= 4
