"""The scan and search box: one hit opens, several are listed, and no text crosses shops."""

import re

import pytest
from flask import Flask

from repairshop.codes import shown
from repairshop.customers.models import ContactPoint, Device
from repairshop.database import db
from repairshop.parts.models import StockOrder
from repairshop.parts.orders import order_for_stock
from repairshop.tickets.custody import pass_on
from repairshop.tickets.models import Ticket
from repairshop.tickets.rules import Holder
from repairshop.transaction import transaction
from tests.board.counting import counted_queries, noted_queries
from tests.builders import get_ticket, make_ticket
from tests.cast import Browser
from tests.parts.builders import make_part

IMEI = "490154203237518"


@pytest.fixture
def carl(app: Flask, tess: Browser) -> str:
    """Carl Cooper's ticket, with an IMEI and a serial number, in locker 4."""
    with app.app_context():
        reference = make_ticket(tess.actor, phone="07700 900123", email="carl@example.com")
        with transaction():
            ticket = get_ticket(reference)
            device = db.session.get_one(Device, ticket.device_id)
            device.imei, device.serial = IMEI, "F2LXQ0ABC"
            pass_on(ticket, Holder.PLACE, to_label="L4", by=tess.actor)
        return reference


@pytest.fixture
def dana(app: Flask, tess: Browser) -> str:
    with app.app_context():
        return make_ticket(tess.actor, name="Dana Diaz", phone="07700 900456", email="dana_d@example.com")


def looked_for(browser: Browser, text: str, **more: object) -> str:
    """The reference of the page that opened, or the references listed."""
    answer = browser.get("/find", query_string={"q": text, **more})
    if answer.status_code == 302:
        return str(answer.location).removeprefix("/tickets/")
    assert answer.status_code == 200
    return " ".join(re.findall(r'<li><a href="/tickets/(\w+)" data-nav-item', answer.get_data(as_text=True)))


def texts_for_carl(app: Flask, reference: str) -> list[str]:
    with app.app_context():
        number = get_ticket(reference).number
    return [
        f"RST{reference}",
        reference,
        shown(reference).lower(),
        f"R-{number}",
        f"r-{number}",
        "0123",
        "900123",
        "07700 900123",
        "+44 7700 900123",
        "carl@example.com",
        "CARL@",
        "carl",
        "Carl Coo",
        "cooper",
        IMEI,
        "49 0154 2032 3751 8",
        "f2l-xq0abc",
        "RSPL4",
    ]


@pytest.mark.both_databases
def test_everything_written_on_a_job_finds_it(app: Flask, tess: Browser, carl: str, dana: str) -> None:
    wrong = [text for text in texts_for_carl(app, carl) if looked_for(tess, text) != carl]

    assert wrong == []
    assert looked_for(tess, "dana") == dana


@pytest.mark.both_databases
def test_signs_of_patterns_mean_themselves(tess: Browser, carl: str, dana: str) -> None:
    for text in (
        "%",
        "_%",
        "c%",
        "ca_l",
        "carl%",
        "dana%d@",
        "%@example.com",
        "RSP%",
        "RSP__",
        "\\",
        "carl\\",
    ):
        assert looked_for(tess, text) == "", text
    assert looked_for(tess, "dana_d@example") == dana


def test_no_text_crosses_shops(app: Flask, theo: Browser, carl: str) -> None:
    for text in texts_for_carl(app, carl):
        assert looked_for(theo, text) == "", text


def test_a_label_read_wrongly_asks_for_another_scan(tess: Browser, carl: str) -> None:
    broken = carl[:-1] + ("A" if carl[-1] != "A" else "B")

    page = tess.get("/find", query_string={"q": f"RST{broken}"}).get_data(as_text=True)

    assert "Scan it again" in page
    assert carl not in page


def test_several_hits_are_listed_newest_first(tess: Browser, carl: str, dana: str) -> None:
    assert looked_for(tess, "07700 9") == ""  # the end of a number counts, not its beginning
    assert looked_for(tess, "apple") == ""
    with tess.application.app_context(), transaction():
        for point in db.session.query(ContactPoint):
            point.tail = "7777" if point.kind == "phone" else point.tail
    assert looked_for(tess, "7777") == f"{dana} {carl}"


def test_nothing_found_offers_the_next_step(tess: Browser) -> None:
    page = tess.get("/find?q=07700+900999").get_data(as_text=True)

    assert "Nothing found for 07700 900999" in page
    assert 'href="/intake?phone=07700+900999"' in page


def test_an_empty_or_enormous_text_is_harmless(tess: Browser) -> None:
    for text in ("", " ", "\x00", "x" * 5000, "9" * 5000, "𝟙" * 30, "İ" * 40):
        assert tess.get("/find", query_string={"q": text}).status_code == 200


def test_long_lists_go_on_by_keyset_with_the_same_cost(app: Flask, tess: Browser) -> None:
    with app.app_context():
        for _ in range(53):
            make_ticket(tess.actor, name="Ivy Lane")
        ids = {ticket.code: ticket.id for ticket in db.session.query(Ticket)}

    with counted_queries(app) as seen:
        first = looked_for(tess, "ivy").split()
    rest = looked_for(tess, "ivy", before=ids[first[-1]]).split()

    assert len(first) == 50
    assert len(rest) == 3
    assert not set(first) & set(rest)
    assert len([statement for statement in seen if statement.startswith("SELECT")]) <= 4


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("R-1", "number=?"),
        ("0123", "tail=?"),
        ("07700 900123", "tail=?"),
        ("carl@example.com", "value>?"),
        ("carl", "folded_name>?"),
        (IMEI, "imei=?"),
        ("F2LXQ0ABC", "serial=?"),
    ],
)
def test_every_reading_is_looked_up_by_an_index(
    app: Flask, tess: Browser, carl: str, text: str, used: str
) -> None:
    """At 100,000 tickets a scan of any of these tables would be felt at the counter."""
    with noted_queries(app) as seen:
        assert looked_for(tess, text) == carl
    statement, values = next(entry for entry in seen if "matching" in entry[0])

    with app.app_context(), db.engine.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]

    tables = r"SCAN (ticket|customer|contact_point|device|visit)\b"
    assert [line for line in plan if re.match(tables, line)] == []
    assert any(used in line for line in plan), plan


def test_what_is_no_ticket_s_may_be_a_parcel_s(app: Flask, tess: Browser, mira: Browser) -> None:
    with app.app_context():
        part_id = make_part(mira.actor, barcode="4006381333931", supplier_number="NP-77")
        with transaction():
            order_id = order_for_stock(part_id, quantity=2, expected_on=None, by=mira.actor)
        code = db.session.get_one(StockOrder, order_id).code
    for text in (code, shown(code), "4006381333931", "np-77"):
        answer = tess.get("/find", query_string={"q": text})
        assert answer.status_code == 302
        listed = tess.get(answer.location).get_data(as_text=True)
        assert "Screen for iPhone 13" in listed
    acted = tess.send("/bench/act", {"q": shown(code)})
    assert acted.location.startswith("/find?q=")


def test_another_shop_s_parcel_is_not_ours(app: Flask, tess: Browser, theo: Browser) -> None:
    with app.app_context():
        part_id = make_part(theo.actor)
        with transaction():
            order_id = order_for_stock(part_id, quantity=1, expected_on=None, by=theo.actor)
        code = db.session.get_one(StockOrder, order_id).code
    assert tess.get("/find", query_string={"q": code}).status_code == 200
