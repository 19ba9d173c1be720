"""The shop's facts, as owner and manager change them."""

import re

import pytest
from flask import Flask

from repairshop.database import db
from repairshop.staff import queries
from repairshop.staff.models import Shop
from repairshop.staff.queries import ShopFacts
from repairshop.transaction import transaction
from tests.cast import Browser

FIELDS = {
    "name": "Fixwell",
    "street": "1 Mill Lane",
    "city": "LS1 4AP Leeds",
    "phone": "07700 900123",
    "email": "hello@example.com",
    "country": "GB",
    "currency": "GBP",
    "time_zone": "Europe/London",
    "languages": ["es", "en"],
    "mon": "9:00-17.30",
    "tax_name": "VAT",
    "tax_rate": "17.55",
    "hourly_rate": "45.50",
    "undo_window_seconds": "0",
    "price_in_texts": "y",
    "quote_valid_days": "14",
    "warranty_days": "365",
    "comeback_days": "30",
    "unclaimed_after_days": "30",
    "portal_days_after_handover": "30",
    "passcode_days": "14",
}


def test_what_the_manager_saves_is_what_the_shop_says(mira: Browser, app: Flask, shop: ShopFacts) -> None:
    response = mira.send("/shop", FIELDS)

    with app.app_context():
        saved = queries.get_shop(shop.id)
    assert response.location == "/shop"
    assert saved.opening_hours == {"mon": ["09:00", "17:30"]}
    assert saved.tax_rate_basis_points == 1755
    assert saved.hourly_rate_minor == 4550
    assert saved.undo_window_seconds == 0
    assert saved.price_in_texts is True
    assert saved.city == "LS1 4AP Leeds"


def test_the_page_shows_what_is_set(mira: Browser) -> None:
    mira.send("/shop", FIELDS)

    page = mira.get("/shop").text

    assert 'value="09:00 - 17:30"' in page
    assert 'value="17.55"' in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mon", "nine to five"),
        ("mon", "18:00-09:00"),
        ("time_zone", "Mars/Base"),
        ("time_zone", ""),
        ("phone", "call me"),
        ("email", "not an address"),
        ("name", ""),
        ("name", "x" * 41),
        ("name", "Fix\x00well"),
        ("tax_rate", "lots"),
        ("tax_rate", "101"),
        ("hourly_rate", "a lot"),
        ("hourly_rate", "-3"),
        ("undo_window_seconds", "601"),
        ("undo_window_seconds", "-1"),
        ("country", "XX"),
        ("currency", "???"),
        ("languages", ["xx"]),
        ("languages", []),
    ],
)
def test_a_wrong_value_is_said_at_its_field_and_everything_typed_stays(
    mira: Browser, app: Flask, shop: ShopFacts, field: str, value: object
) -> None:
    response = mira.send("/shop", {**FIELDS, "street": "Typed Street", field: value})

    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text
    assert 'value="Typed Street"' in response.text
    with app.app_context():
        assert queries.get_shop(shop.id).street == ""


def test_two_managers_at_once_are_noticed(mira: Browser) -> None:
    version = re.search(r'name="version"[^>]*value="(\d+)"', mira.get("/shop").text)
    assert version is not None
    mira.send("/shop", {**FIELDS, "version": version[1]})

    response = mira.send("/shop", {**FIELDS, "street": "Typed Street", "version": version[1]})

    assert response.status_code == 409
    assert "Typed Street" in response.text


def test_the_currency_stays_once_prices_are_written(mira: Browser, app: Flask, shop: ShopFacts) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Shop, shop.id).next_ticket_number = 2

    response = mira.send("/shop", {**FIELDS, "currency": "EUR"})

    assert response.status_code == 422
    assert 'id="currency-error"' in response.text
