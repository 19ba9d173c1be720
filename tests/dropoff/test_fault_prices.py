"""The manager changes what a fault costs, and the public list says so."""

import re

import pytest
from flask import Flask

from repairshop.catalogue.queries import find_fault_preset
from repairshop.catalogue.rules import DeviceType, FaultFamily, FaultPresetId
from repairshop.catalogue.service import add_fault_preset
from repairshop.money import Money
from repairshop.transaction import transaction
from tests.cast import Browser, ShopFacts


@pytest.fixture
def screen(app: Flask, shop: ShopFacts, mira: Browser) -> FaultPresetId:
    mira.send("/shop/front", {"shows_prices": "y"})
    with app.app_context(), transaction():
        return add_fault_preset(
            "Screen gone dark",
            device_type=DeviceType.PHONE,
            family=next(iter(FaultFamily)),
            minutes=45,
            days_from=0,
            days_to=1,
            credential_needed=False,
            prices=None,
            by=mira.actor,
        )


def price_of(app: Flask, shop: ShopFacts, screen: FaultPresetId) -> tuple[Money, Money] | None:
    with app.app_context():
        preset = find_fault_preset(screen, shop_id=shop.id, currency="GBP")
        assert preset is not None
        return (preset.prices.starts_at, preset.prices.at_most) if preset.prices else None


def seen_on(page: str) -> str:
    found = re.search(r'name="seen"[^>]* value="([^"]*)"', page)
    assert found is not None
    return found[1]


def test_a_price_is_set_and_stands_on_the_public_list(
    app: Flask, shop: ShopFacts, screen: FaultPresetId, mira: Browser, anonymous: Browser
) -> None:
    assert "No price" in mira.get("/shop/prices").text

    done = mira.send(
        f"/shop/prices/{screen}", {"starts_at": "69", "at_most": "149,50"}, follow_redirects=True
    )

    assert "Saved." in done.text
    assert "from £69.00, at most £149.50" in done.text
    assert price_of(app, shop, screen) == (
        Money(minor=6900, currency="GBP"),
        Money(minor=14950, currency="GBP"),
    )
    assert "from £69.00, at most £149.50" in anonymous.get("/prices/fixwell").text


@pytest.mark.parametrize(
    ("starts_at", "at_most", "wrong"),
    [
        ("", "", ["starts_at", "at_most"]),
        ("much", "149", ["starts_at"]),
        ("149", "69", ["at_most"]),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_all_is_kept(
    app: Flask,
    shop: ShopFacts,
    screen: FaultPresetId,
    mira: Browser,
    starts_at: str,
    at_most: str,
    wrong: list[str],
) -> None:
    page = mira.send(f"/shop/prices/{screen}", {"starts_at": starts_at, "at_most": at_most})

    assert page.status_code == 422
    assert re.findall(r'<li><a href="#(\w+)">', page.text) == wrong
    for text in filter(None, (starts_at, at_most)):
        assert f'value="{text}"' in page.text
    assert price_of(app, shop, screen) is None


def test_of_two_who_change_it_the_second_is_told_first(
    app: Flask, shop: ShopFacts, screen: FaultPresetId, mira: Browser
) -> None:
    mira.send(f"/shop/prices/{screen}", {"starts_at": "50", "at_most": "60"})
    seen = seen_on(mira.get(f"/shop/prices/{screen}").text)
    mira.send(f"/shop/prices/{screen}", {"starts_at": "55", "at_most": "66", "seen": seen})

    told = mira.send(f"/shop/prices/{screen}", {"starts_at": "70", "at_most": "80", "seen": seen})

    assert told.status_code == 422
    assert "changed meanwhile, to £55.00 and at most £66.00" in told.text
    again = {"starts_at": "70", "at_most": "80", "seen": seen_on(told.text)}
    assert mira.send(f"/shop/prices/{screen}", again).status_code == 302
    assert price_of(app, shop, screen) == (
        Money(minor=7000, currency="GBP"),
        Money(minor=8000, currency="GBP"),
    )


def test_the_counter_may_not(screen: FaultPresetId, frank: Browser) -> None:
    assert frank.get("/shop/prices").status_code == 403
    assert frank.send(f"/shop/prices/{screen}", {"starts_at": "1", "at_most": "1"}).status_code == 403
