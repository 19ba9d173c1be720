"""Loading the seeds, finding models and faults, and a shop's own additions."""

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from repairshop.catalogue import queries, service
from repairshop.catalogue.models import FaultBasePrice, FaultPreset
from repairshop.catalogue.rules import (
    AlreadyInCatalogue,
    DeviceType,
    FaultFamily,
    FaultPresetId,
    PriceRange,
)
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.money import Money
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor, ActorKind, Role, ShopId
from repairshop.transaction import transaction

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture(autouse=True)
def _loaded(app_context: None) -> None:
    with transaction():
        service.load_catalogue()


@pytest.fixture
def owners(app_context: None) -> tuple[Actor, Actor]:
    """Olga of one shop, and the owner of another."""
    with transaction():
        for slug in ("fixwell", "mendit"):
            shop = Shop(
                name=slug,
                slug=slug,
                country="GB",
                currency="GBP",
                time_zone="Europe/London",
                languages=["en"],
                opening_hours={},
            )
            db.session.add(shop)
    ids = list(db.session.scalars(select(Shop.id).order_by(Shop.id)))
    olga, other = (
        Actor(kind=ActorKind.STAFF, shop_id=ShopId(shop_id), id=shop_id, role=Role.OWNER) for shop_id in ids
    )
    return olga, other


def pounds(low: int, high: int) -> PriceRange:
    return PriceRange(
        starts_at=Money(minor=low * 100, currency="GBP"), at_most=Money(minor=high * 100, currency="GBP")
    )


def add_hinge_cover(*, by: Actor, label: str = "Hinge cover") -> FaultPresetId:
    with transaction():
        return service.add_fault_preset(
            label,
            device_type=DeviceType.LAPTOP,
            family=FaultFamily.CASING,
            minutes=30,
            days_from=1,
            days_to=3,
            credential_needed=False,
            prices=pounds(20, 40),
            by=by,
        )


def names(
    text: str, *, shop_id: int = 1, device_type: DeviceType | None = None, limit: int = 20
) -> list[str]:
    rows = queries.search_models(text, shop_id=ShopId(shop_id), device_type=device_type, limit=limit)
    return [row.name for row in rows]


def test_loading_twice_adds_nothing() -> None:
    with transaction():
        again = service.load_catalogue()

    assert again == service.Loaded(models=0, presets=0)


@pytest.mark.both_databases
def test_loading_mends_a_seeded_row_that_was_changed() -> None:
    with transaction():
        preset = db.session.scalars(select(FaultPreset).where(FaultPreset.seed_key == "phone/battery")).one()
        preset.minutes = 1
        db.session.execute(update(FaultBasePrice).values(from_minor=1))

    with transaction():
        loaded = service.load_catalogue()

    preset = db.session.scalars(select(FaultPreset).where(FaultPreset.seed_key == "phone/battery")).one()
    assert (loaded.presets, preset.minutes) == (1, 45)
    assert db.session.scalar(select(func.min(FaultBasePrice.from_minor))) != 1


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("iphone 13", "iPhone 13"),
        ("sam s21", "Galaxy S21 5G"),
        ("SM-G991", "Galaxy S21 5G"),
        ("iphone14,5", "iPhone 13"),
        ("macbook air m2", "MacBook Air (M2, 2022)"),
        ("playst", "PlayStation 5"),
    ],
)
def test_a_model_is_found_by_the_start_of_any_word_or_code(typed: str, first: str) -> None:
    assert names(typed)[0] == first


@pytest.mark.both_databases
def test_the_middle_of_a_word_and_wildcards_find_nothing() -> None:
    assert names("hone 13") == []
    assert names("%") == names("")


def test_the_type_narrows_and_the_list_ends_at_its_limit() -> None:
    assert len(names("galaxy")) == 20
    assert len(names("galaxy", limit=5)) == 5
    laptops = queries.search_models("", shop_id=ShopId(1), device_type=DeviceType.LAPTOP)
    assert {row.device_type for row in laptops} == {DeviceType.LAPTOP}


@pytest.mark.both_databases
def test_a_shops_own_model_is_found_first_and_by_that_shop_only(owners: tuple[Actor, Actor]) -> None:
    olga, other = owners
    with transaction():
        model_id = service.add_device_model(
            " Galaxy  Quirk ", brand="samsung", device_type=DeviceType.PHONE, by=olga
        )

    assert names("galaxy", shop_id=olga.shop_id)[0] == "Galaxy Quirk"
    assert names("quirk", shop_id=other.shop_id) == []
    assert queries.find_model(model_id, shop_id=other.shop_id) is None
    found = queries.find_model(model_id, shop_id=olga.shop_id)
    assert found is not None
    assert (found.brand, found.device_type) == ("Samsung", DeviceType.PHONE)


def test_a_model_the_catalogue_has_is_refused(owners: tuple[Actor, Actor]) -> None:
    with pytest.raises(AlreadyInCatalogue), transaction():
        service.add_device_model("iphone 13", brand="APPLE", device_type=DeviceType.PHONE, by=owners[0])


def test_brands_start_with_the_commonest() -> None:
    assert queries.list_brands(device_type=DeviceType.PHONE)[:2] == ["Apple", "Samsung"]


def test_faults_come_with_the_shops_currency_the_ones_met_most_first() -> None:
    presets = queries.list_fault_presets(DeviceType.PHONE, shop_id=ShopId(1), currency="EUR")

    assert [preset.key for preset in presets[:2]] == ["screen", "battery"]
    assert presets[0].prices is not None
    assert presets[0].prices.starts_at.currency == "EUR"


def test_a_currency_without_prices_leaves_them_open() -> None:
    presets = queries.list_fault_presets(DeviceType.PHONE, shop_id=ShopId(1), currency="CHF")

    assert {preset.prices for preset in presets} == {None}


@pytest.mark.both_databases
def test_a_shops_own_price_goes_before_the_seeds_and_stays_in_that_shop(owners: tuple[Actor, Actor]) -> None:
    olga, other = owners
    preset = queries.list_fault_presets(DeviceType.PHONE, shop_id=olga.shop_id, currency="GBP")[0]
    with transaction():
        service.set_fault_price(preset.id, prices=pounds(10, 20), by=olga)
    with transaction():
        service.set_fault_price(preset.id, prices=pounds(11, 22), by=olga)

    own = queries.find_fault_preset(preset.id, shop_id=olga.shop_id, currency="GBP")
    others = queries.find_fault_preset(preset.id, shop_id=other.shop_id, currency="GBP")
    assert own is not None
    assert others is not None
    assert own.prices == pounds(11, 22)
    assert others.prices == preset.prices


@pytest.mark.both_databases
def test_a_shops_own_fault_is_offered_first_until_it_is_hidden(owners: tuple[Actor, Actor]) -> None:
    olga, other = owners
    preset_id = add_hinge_cover(by=olga)

    first = queries.list_fault_presets(DeviceType.LAPTOP, shop_id=olga.shop_id, currency="GBP")[0]
    assert (first.label, first.prices) == ("Hinge cover", pounds(20, 40))
    assert queries.find_fault_preset(preset_id, shop_id=other.shop_id, currency="GBP") is None

    with pytest.raises(NotFound), transaction():
        service.hide_fault_preset(preset_id, by=other)
    with transaction():
        service.hide_fault_preset(preset_id, by=olga)

    offered = queries.list_fault_presets(DeviceType.LAPTOP, shop_id=olga.shop_id, currency="GBP")
    assert "Hinge cover" not in [preset.label for preset in offered]
    assert queries.find_fault_preset(preset_id, shop_id=olga.shop_id, currency="GBP") is not None


def test_the_same_fault_twice_is_refused(owners: tuple[Actor, Actor]) -> None:
    add_hinge_cover(by=owners[0])

    with pytest.raises(AlreadyInCatalogue):
        add_hinge_cover(by=owners[0], label=" hinge  COVER")


def test_seeded_faults_cannot_be_hidden_by_a_shop(owners: tuple[Actor, Actor]) -> None:
    preset = queries.list_fault_presets(DeviceType.PHONE, shop_id=owners[0].shop_id, currency="GBP")[0]

    with pytest.raises(NotFound), transaction():
        service.hide_fault_preset(preset.id, by=owners[0])


def test_checks_of_a_phone_start_at_the_counter() -> None:
    items = queries.list_test_items(DeviceType.PHONE)

    assert items[0].key == "power_on"
    assert items[0].at_counter
    assert not next(item for item in items if item.key == "gps").at_counter


def test_the_command_says_what_it_did(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["catalogue", "load"])

    assert (result.exit_code, result.output) == (0, "0 models and 0 faults added or changed\n")
