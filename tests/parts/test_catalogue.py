"""The catalogue: what fits a device and mends its fault, found by words and by scan, kept by managers."""

import pytest
from flask import Flask

from repairshop.catalogue.rules import DeviceType, FaultFamily
from repairshop.catalogue.service import load_catalogue
from repairshop.errors import NotFound
from repairshop.parts import catalogue
from repairshop.parts import catalogue_queries as queries
from repairshop.parts.rules import (
    BarcodeTaken,
    FitsDevice,
    PartKind,
    SupplierFacts,
    SupplierTaken,
    TooManyModels,
    models_key,
    read_models,
)
from repairshop.staff.rules import Actor, Role
from repairshop.tickets.queries import get_head
from repairshop.transaction import transaction
from tests.builders import make_shop, make_staff, make_ticket
from tests.cast import Browser
from tests.counting import counted_queries
from tests.parts.builders import make_part, make_supplier, part_facts


def phone(brand: str, model: str) -> FitsDevice:
    return FitsDevice(device_type=DeviceType.PHONE, brand=brand, model=model)


IPHONE_13 = phone("Apple", "iPhone 13")


@pytest.fixture
def mira_here(app_context: None) -> Actor:
    return make_staff(make_shop(), Role.MANAGER, first_name="Mira")


@pytest.mark.parametrize(
    ("typed", "models"),
    [
        ("", ()),
        ("iPhone 12", ("iPhone 12",)),
        ("iPhone 12\niPhone  12 mini,  iPhone 13", ("iPhone 12", "iPhone 12 mini", "iPhone 13")),
        ("iPhone 12; IPHONE 12\n\n", ("IPHONE 12",)),
    ],
)
def test_models_are_read_one_a_line_or_behind_commas(typed, models):
    assert read_models(typed) == models


def test_too_many_models_are_refused():
    with pytest.raises(TooManyModels):
        read_models("\n".join(f"Model {number}" for number in range(41)))


@pytest.mark.parametrize(
    ("device", "brand_key", "model_key"),
    [
        (IPHONE_13, "apple", "iphone 13"),
        (
            FitsDevice(device_type=DeviceType.PHONE, brand="APPLE", model="Apple iPhone-13"),
            "apple",
            "iphone 13",
        ),
        (
            FitsDevice(device_type=DeviceType.PHONE, brand="Samsung", model="Galaxy S21+"),
            "samsung",
            "galaxy s21+",
        ),
        (FitsDevice(device_type=DeviceType.PHONE), "", ""),
    ],
)
def test_a_device_is_compared_by_its_words(device, brand_key, model_key):
    assert (device.brand_key, device.model_key) == (brand_key, model_key)


def test_a_model_is_found_whole_and_not_inside_another():
    key = models_key(("iPhone 13", "iPhone 13 mini"))

    assert "|iphone 13|" in key
    assert "|iphone 1|" not in key


@pytest.mark.both_databases
def test_parts_that_fit_are_offered_the_made_for_it_first(mira_here: Actor) -> None:
    make_part(mira_here, "Any phone's screen glue", brand="", models=())
    make_part(mira_here, "Screen for all Apple", models=())
    make_part(mira_here)
    make_part(mira_here, "Screen for iPhone 13 Pro", models=("iPhone 13 Pro",))
    make_part(mira_here, "Screen for Galaxy", brand="Samsung", models=())
    make_part(mira_here, "Tablet screen", device_type=DeviceType.TABLET, models=())
    make_part(mira_here, "Battery for iPhone 13", kind=PartKind.BATTERY, family=FaultFamily.BATTERY)

    found = queries.search_parts(mira_here.shop_id, device=IPHONE_13, family=FaultFamily.SCREEN)

    assert [part.name for part in found] == [
        "Screen for iPhone 13",
        "Any phone's screen glue",
        "Screen for all Apple",
    ]
    assert found[0].price.minor == 8900
    assert found[0].price.currency == "GBP"


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("scr 13", True),
        ("13 apple", True),
        ("nd-13", True),
        ("4006 381-333931", True),
        ("4006381333931", True),
        ("battery", False),
        ("%", False),
        ("creen", False),
    ],
)
def test_a_part_is_found_by_words_and_numbers(mira_here: Actor, text: str, finds: bool) -> None:
    make_part(mira_here, supplier_number="ND-13", barcode="4006381333931")

    assert bool(queries.search_parts(mira_here.shop_id, text=text)) is finds


@pytest.mark.both_databases
def test_the_ticket_decides_what_is_suggested(mira_here: Actor) -> None:
    with transaction():
        load_catalogue()
    make_part(mira_here)
    make_part(mira_here, "Battery for iPhone 13", kind=PartKind.BATTERY, family=FaultFamily.BATTERY)
    head = get_head(make_ticket(mira_here, fault_key="battery"), shop_id=mira_here.shop_id)

    by_fault = queries.suggest_parts(head)
    by_family = queries.suggest_parts(head, family=FaultFamily.SCREEN)

    assert [part.kind for part in by_fault] == [PartKind.BATTERY]
    assert [part.kind for part in by_family] == [PartKind.SCREEN]


def test_another_shop_sees_none_of_it(mira_here: Actor) -> None:
    part_id, supplier = make_part(mira_here), make_supplier(mira_here)
    theo = make_staff(make_shop("Mendit"), Role.MANAGER, first_name="Theo")

    assert queries.search_parts(theo.shop_id) == []
    assert queries.get_parts([part_id], shop_id=theo.shop_id) == {}
    with pytest.raises(NotFound), transaction():
        catalogue.change_part(part_id, part_facts(), by=theo)
    with pytest.raises(NotFound), transaction():
        catalogue.add_part(part_facts(supplier_id=supplier), by=theo)


def test_one_barcode_means_one_part(mira_here: Actor) -> None:
    part_id = make_part(mira_here, barcode="40 06")

    with pytest.raises(BarcodeTaken), transaction():
        catalogue.add_part(part_facts("Other", barcode="4006"), by=mira_here)
    with transaction():
        catalogue.change_part(part_id, part_facts("Renamed", barcode="4006"), by=mira_here)

    assert queries.get_part(part_id, shop_id=mira_here.shop_id).name == "Renamed"


def test_a_retired_part_is_offered_no_more_and_can_come_back(mira_here: Actor) -> None:
    part_id = make_part(mira_here)

    with transaction():
        catalogue.retire_part(part_id, by=mira_here)
    assert queries.search_parts(mira_here.shop_id) == []
    assert queries.get_part(part_id, shop_id=mira_here.shop_id).is_retired
    with transaction():
        catalogue.bring_part_back(part_id, by=mira_here)

    assert [part.id for part in queries.search_parts(mira_here.shop_id)] == [part_id]


@pytest.mark.both_databases
def test_a_supplier_is_known_once_and_comes_back_under_its_name(mira_here: Actor) -> None:
    supplier = make_supplier(mira_here)
    with pytest.raises(SupplierTaken), transaction():
        catalogue.add_supplier(SupplierFacts(name="NORTHERN  parts"), by=mira_here)
    part_id = make_part(mira_here, supplier_id=supplier)
    with transaction():
        catalogue.retire_supplier(supplier, by=mira_here)
    assert queries.list_suppliers(mira_here.shop_id) == []

    assert make_supplier(mira_here, lead_days=5) == supplier

    part = queries.get_part(part_id, shop_id=mira_here.shop_id)
    assert part.lead_days == 5


def test_a_search_costs_two_queries_however_many_parts(app: Flask, mira_here: Actor) -> None:
    for number in range(12):
        make_part(mira_here, f"Screen {number}", supplier_id=make_supplier(mira_here, f"Supplier {number}"))

    with counted_queries(app) as counted:
        assert len(queries.search_parts(mira_here.shop_id, device=IPHONE_13)) == 12

    assert counted.count == 2


def test_managers_keep_the_catalogue_by_plain_forms(app: Flask, mira: Browser, tess: Browser) -> None:
    mira.send("/shop/suppliers", {"name": "Northern Parts", "lead_days": "2"})
    fields = {
        "name": "Screen for iPhone 13",
        "kind": "screen",
        "device_type": "phone",
        "brand": "Apple",
        "models": "iPhone 13\niPhone 13 mini",
        "family": "screen",
        "minutes": "40",
        "price": "89.50",
        "origin": "aftermarket",
        "supplier": "",
        "barcode": "4006381333931",
    }
    wrong = mira.send("/shop/parts/new", {**fields, "price": "much", "name": ""})
    assert wrong.status_code == 422
    page = wrong.get_data(as_text=True)
    assert "Enter which part it is" in page
    assert "iPhone 13 mini" in page

    made = mira.send("/shop/parts/new", fields)
    found = tess.get(made.location).get_data(as_text=True)
    assert "£89.50" in found
    scanned = tess.get("/shop/parts?q=4006381333931")

    page = tess.get(scanned.location).get_data(as_text=True)
    assert "iPhone 13, iPhone 13 mini" in page
    assert "Change the part" not in page
    change = f"{scanned.location}/change"
    assert tess.get(change).status_code == 403
    assert "iPhone 13\niPhone 13 mini</textarea>" in mira.get(change).get_data(as_text=True)
    mira.send(change, {**fields, "price": "95"})
    assert "£95.00" in tess.get(scanned.location).get_data(as_text=True)
