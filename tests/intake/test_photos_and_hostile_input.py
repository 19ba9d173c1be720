"""Photos that cannot be taken, texts that mean harm, pages that stay cheap."""

import io
import re

import pytest
from sqlalchemy import event, func, select

from repairshop.catalogue.service import load_catalogue
from repairshop.database import db
from repairshop.tickets.models import Ticket, TicketPhoto
from repairshop.transaction import transaction
from tests.intake.test_take_in_page import CARL, FAULT, PHONE, the_ticket
from tests.media.corpus import picture, written

NASTY = {
    "script": "<script>alert(1)</script>",
    "quotes": "\"' onmouseover=alert(1) x='",
    "emoji": "📱🔥 Ünïcödé",
    "right to left": "שלום \u202eabc\u202c",
    "template": "{{ 7*7 }} {% raw %} %(name)s %s",
    "sql": "'; DROP TABLE ticket; --",
}
TEXTS = (
    "name", "brand", "model", "colour", "serial", "unreadable_because", "reported_fault", "condition_note",
    "accessories", "needed_by", "reach_note", "place",
)  # fmt: skip
LIMITS = {
    "name": 120, "phone": 40, "email": 254, "brand": 80, "model": 120, "colour": 40, "imei": 40, "serial": 60,
    "unreadable_because": 200, "reported_fault": 2000, "condition_note": 2000, "accessories": 400,
    "spend_limit": 20, "fixed_price": 20, "needed_by": 120, "reach_note": 300, "credential_reason": 500,
    "place": 120, "diagnosis_fee": 20,
}  # fmt: skip


def photo(name="front.jpg", data=None):
    return (io.BytesIO(data if data is not None else written(picture(), "JPEG")), name)


def photos_of(app):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(TicketPhoto))


def test_photos_are_stored_with_the_ticket(app, frank):
    answer = frank.send("/intake", {**PHONE, **CARL, **FAULT, "photos": [photo(), photo("back.jpg")]})

    assert answer.status_code == 302
    assert photos_of(app) == 2


def test_a_file_that_is_no_photo_is_said_at_the_field_and_the_good_one_is_kept(app, frank):
    files = [photo(), photo("notes.txt", b"not a picture")]
    refused = frank.send("/intake", {**PHONE, **CARL, **FAULT, "photos": files, "colour": "midnight"})
    kept = re.search(r'name="kept_photos"[^>]*value="([^"]+)"', refused.text)[1]

    answer = frank.send("/intake", {**PHONE, **CARL, **FAULT, "kept_photos": kept})

    assert refused.status_code == 422
    assert 'id="photos-error"' in refused.text
    assert "1 photo is kept already" in refused.text
    assert 'value="midnight"' in refused.text
    assert answer.status_code == 302
    assert photos_of(app) == 1


def test_kept_photos_that_we_did_not_sign_are_left_out(app, frank):
    answer = frank.send("/intake", {**PHONE, **CARL, **FAULT, "kept_photos": '[{"key":"../../etc"}].x'})

    assert answer.status_code == 302
    assert photos_of(app) == 0


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_nasty_texts_are_stored_and_shown_harmlessly(app, frank, text):
    fields = {**PHONE, **CARL, **FAULT, **{name: text[:40] for name in TEXTS}}

    answer = frank.send("/intake", fields)

    assert answer.status_code == 302
    ticket = the_ticket(app)
    for address in (answer.location, f"/tickets/{ticket.code}/facts", f"/tickets/{ticket.code}/privacy",
                    "/customers?q=0123", f"/intake?q={text}"):  # fmt: skip
        page = frank.get(address)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "' onmouseover" not in page.text
        assert "\u202e" not in page.text


@pytest.mark.parametrize("name", LIMITS)
def test_every_text_has_an_end(app, frank, name):
    answer = frank.send("/intake", {**PHONE, **CARL, **FAULT, name: "1" * (LIMITS[name] + 1)})

    assert answer.status_code == 422
    assert f'id="{name}-error"' in answer.text
    assert the_count(app) == 0


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_holds_characters_nobody_types(app, frank, name):
    answer = frank.send("/intake", {**PHONE, **CARL, **FAULT, name: "a\x00b\x1bc"})

    assert answer.status_code == 422
    assert f'id="{name}-error"' in answer.text
    assert the_count(app) == 0


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"device": "999"}, 422),
        ({"device_type": "toaster"}, 422),
        ({"preset": "999999"}, 422),
        ({"sim_number": "77"}, 422),
        ({"credential": "maybe"}, 422),
        ({"language": "xx"}, 422),
        ({"earliest": "soon", "latest": "31/31/31"}, 422),
        ({"earliest": "2020-01-02", "latest": "2020-01-03"}, 422),
        ({"spend_limit": "-5"}, 422),
        ({"once": "x" * 100}, 422),
    ],
)
def test_what_the_page_does_not_offer_is_refused(app, frank, fields, status):
    assert frank.send("/intake", {**PHONE, **CARL, **FAULT, **fields}).status_code == status
    assert the_count(app) == 0


def the_count(app):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Ticket))


def statements(app, browser, address):
    seen = []
    with app.app_context():
        engine = db.engine
    listener = lambda *args: seen.append(args[2])  # noqa: E731
    event.listen(engine, "before_cursor_execute", listener)
    try:
        assert browser.get(address).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", listener)
    return len(seen)


def test_no_page_asks_more_than_twelve_things_of_the_database(app, frank):
    with app.app_context(), transaction():
        load_catalogue()
    frank.send("/intake", {**PHONE, **CARL, **FAULT})
    reference = the_ticket(app).code

    pages = (
        "/intake", "/intake?q=0123", "/intake?customer=1", "/intake?visit=1", "/intake/people?q=0123",
        "/intake/models?q=iphone", "/book", "/book?customer=1", "/customers?q=0123", "/customers/1",
        f"/tickets/{reference}/check-in-complete", f"/tickets/{reference}/privacy",
        f"/tickets/{reference}/privacy/backup", f"/tickets/{reference}/facts",
    )  # fmt: skip
    costs = {address: statements(app, frank, address) for address in pages}

    assert {address: cost for address, cost in costs.items() if cost > 12} == {}
