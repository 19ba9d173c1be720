"""Whom a customer can call, on the pages that open for everybody and where something does not work."""

import re
import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from repairshop.database import db
from repairshop.staff import queries as staff_queries
from repairshop.staff.models import Shop
from repairshop.transaction import transaction
from repairshop.web.access import portal_only
from tests.builders import make_ticket
from tests.cast import Browser
from tests.portal.guests import come_in

NUMBER = "0161 496 0000"


@pytest.fixture
def numbered(app, shop):
    """Fixwell, which has a number to call."""
    with app.app_context(), transaction():
        db.session.get_one(Shop, shop.id).phone = NUMBER


@pytest.fixture
def reference(app, numbered, tess):
    with app.app_context():
        return make_ticket(tess.actor)


@pytest.mark.usefixtures("numbered")
@pytest.mark.parametrize("path", ["/find-my-repair", "/repair", "/t/x", "/no-such-page"])
def test_the_only_shop_stands_at_the_top_for_everybody(anonymous: Browser, path):
    text = anonymous.get(path).text

    assert "<b>Fixwell</b>" in text
    assert f"Help: {NUMBER}" in text


@pytest.mark.usefixtures("shop", "other_shop")
@pytest.mark.parametrize("path", ["/find-my-repair", "/repair", "/no-such-page"])
def test_of_several_shops_none_is_named_to_a_stranger(anonymous: Browser, path):
    text = anonymous.get(path).text

    assert "Fixwell" not in text
    assert "Pixel Hospital" not in text


@pytest.mark.usefixtures("other_shop")
@pytest.mark.parametrize("path", ["/find-my-repair", "/repair/AAAAAAAAA", "/no-such-page"])
def test_who_has_a_repair_open_can_call_its_shop(app, reference, path):
    text = come_in(app, reference).get(path).text

    assert f"Help: {NUMBER}" in text


@pytest.mark.usefixtures("other_shop")
def test_what_does_not_exist_leads_a_customer_back_to_the_repair(app, anonymous, reference):
    assert 'href="/repair"' in come_in(app, reference).get("/no-such-page").text
    assert 'href="/repair"' not in anonymous.get("/no-such-page").text


@pytest.mark.usefixtures("other_shop")
def test_a_customers_expired_form_is_a_page_of_their_shop_and_names_its_fields(app, reference):
    expired = come_in(app, reference).post(
        f"/repair/{reference}/question",
        data={"text": "Will my photos stay?"},
        headers={"Origin": "http://localhost"},
    )

    assert expired.status_code == 400
    assert f"Help: {NUMBER}" in expired.text
    assert 'class="topbar"' not in expired.text
    assert "<dt>Your question</dt>" in expired.text


@pytest.mark.usefixtures("other_shop")
def test_a_crash_names_the_shop_without_asking_the_database_again(app, reference, monkeypatch):
    @portal_only
    def fail(reference):
        monkeypatch.setattr(db.session, "execute", _gone)
        raise ZeroDivisionError(reference)

    browser = come_in(app, reference)
    monkeypatch.setattr(app, "testing", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.view_functions, "portal.history", fail)

    crashed = browser.get(f"/repair/{reference}/history")

    assert crashed.status_code == 500
    assert f"Help: {NUMBER}" in crashed.text
    assert "Your repair goes on as before" in crashed.text
    assert crashed.headers["X-Request-ID"] in crashed.text


def _gone(*_args, **_kwargs):
    raise AssertionError("the database was asked")


@pytest.mark.usefixtures("numbered")
@pytest.mark.parametrize(("path", "status"), [("/find-my-repair", 200), ("/no-such-page", 404)])
def test_what_asks_the_database_for_a_name_only_comes_without_it(anonymous, monkeypatch, path, status):
    monkeypatch.setattr(db.session, "execute", _away)

    page = anonymous.get(path)

    assert page.status_code == status
    assert "Fixwell" not in page.text


def test_staff_too_get_a_page_and_its_styles_while_the_database_is_away(app, tess, monkeypatch):
    style = re.search(r'href="(/static/[^"]+portal[^"]+css)"', tess.get("/bench").text)[1]
    monkeypatch.setattr(app, "testing", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr(staff_queries, "find_signed_in", _away)

    crashed = tess.get("/bench")

    assert crashed.status_code == 500
    assert "<h1>This did not work</h1>" in crashed.text
    assert "Your repair" not in crashed.text
    assert tess.get(style).status_code == 200


def _away(*_args, **_kwargs):
    raise OperationalError("SELECT", {}, sqlite3.OperationalError("no such table: staff_session"))
