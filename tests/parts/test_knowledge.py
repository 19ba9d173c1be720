"""What makers' software does: shipped with sources, looked up by device and part, corrected by the shop."""

import csv
import re
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from repairshop.catalogue import seed_files as models
from repairshop.catalogue.rules import DeviceType
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.parts import catalogue, knowledge_queries, seed_files, stock
from repairshop.parts.models import PartEffect
from repairshop.parts.rules import (
    EffectFacts,
    FitsDevice,
    NothingSaidAboutPart,
    PartKind,
    PartOrigin,
    SourceNotAnAddress,
    folded_words,
    require_effect,
)
from repairshop.staff.rules import Actor, Role
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.cast import Browser
from tests.parts.builders import make_part
from tests.portal.guests import come_in

WORDS = (Path(__file__).parents[2] / "templates" / "parts" / "_words.html").read_text(encoding="utf-8")


@pytest.fixture
def mira_here(app_context: None) -> Actor:
    with transaction():
        catalogue.load_effects()
    return make_staff(make_shop(), Role.MANAGER, first_name="Mira")


def effects(by: Actor, model: str, kind: PartKind, origin: PartOrigin | None = None, brand: str = "Apple"):
    type_ = DeviceType.CONSOLE if brand in {"Sony", "Microsoft"} else DeviceType.PHONE
    device = FitsDevice(device_type=type_, brand=brand, model=model)
    return knowledge_queries.list_effects(by.shop_id, device=device, kind=kind, origin=origin)


def facts(**said: object) -> EffectFacts:
    usual: dict[str, object] = {
        "device_type": DeviceType.PHONE,
        "maker": "Apple",
        "kind": PartKind.SCREEN,
        "as_of": date(2026, 3, 2),
        "device_will_show": "A message",
    }
    return EffectFacts(**{**usual, **said})  # type: ignore[arg-type]


def test_every_entry_that_is_shipped_has_its_source_and_its_words_in_the_catalogues() -> None:
    entries = seed_files.read_effects()
    known = {
        (row.device_type, folded_words(row.brand), folded_words(row.name)) for row in models.read_models()
    }

    assert len(entries) > 20
    for key, entry in entries.items():
        require_effect(entry)
        assert entry.source_title, key
        assert entry.source_url.startswith("https://"), key
        assert entry.model_range, key
        for model in entry.models:
            assert (entry.device_type, folded_words(entry.maker), folded_words(model)) in known, (key, model)
        for words in (entry.device_will_show, entry.feature_lost):
            assert not words or f'{{{{ _("{words}") }}}}' in WORDS, words


def test_no_entry_is_shipped_twice() -> None:
    path = Path(seed_files.__file__).parent / "seeds" / "effects.csv"
    with path.open(encoding="utf-8", newline="") as file:
        keys = [row["key"] for row in csv.DictReader(file)]

    assert len(keys) == len(set(keys))
    assert all(re.fullmatch(r"[a-z0-9-]{1,80}", key) for key in keys)


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"device_will_show": ""}, NothingSaidAboutPart),
        ({"source_url": "javascript:alert(1)"}, SourceNotAnAddress),
        ({"source_url": "example.com"}, SourceNotAnAddress),
    ],
)
def test_an_entry_says_something_and_names_a_real_address(said, refusal):
    require_effect(facts(device_will_show="", pairing_needed=True))

    with pytest.raises(refusal):
        require_effect(facts(**said))


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("model", "kind", "origin", "shows", "loses"),
    [
        ("iPhone 13", PartKind.SCREEN, PartOrigin.AFTERMARKET, "listed as unknown", ""),
        ("iPhone 13", PartKind.SCREEN, PartOrigin.NEW_ORIGINAL, "listed as genuine", ""),
        ("iPhone 12", PartKind.SCREEN, PartOrigin.AFTERMARKET, "listed as unknown", "True Tone"),
        ("iPhone 16", PartKind.BATTERY, PartOrigin.SALVAGED, "listed as used", ""),
        ("iPhone XR", PartKind.BATTERY, PartOrigin.AFTERMARKET, "not be verified", "battery's health"),
        ("iPhone 7", PartKind.FINGERPRINT, PartOrigin.NEW_ORIGINAL, "drawn on the screen", "home button"),
        ("iPhone XR", PartKind.SCREEN, PartOrigin.AFTERMARKET, "", ""),
        ("iPhone 4", PartKind.BATTERY, PartOrigin.AFTERMARKET, "", ""),
    ],
)
def test_what_is_known_of_a_part_in_a_device(mira_here: Actor, model, kind, origin, shows, loses):
    found = effects(mira_here, model, kind, origin)

    assert bool(found) is bool(shows or loses)
    assert shows in " ".join(row.device_will_show for row in found)
    assert loses in " ".join(row.feature_lost for row in found)


def test_a_console_and_every_origin_at_once(mira_here: Actor) -> None:
    drive = effects(mira_here, "PlayStation 5", PartKind.OPTICAL_DRIVE, brand="Sony")
    screens = effects(mira_here, "iPhone 13", PartKind.SCREEN)

    assert [row.pairing_needed for row in drive] == [True]
    assert {origin for row in screens for origin in row.origins} == set(PartOrigin)


@pytest.mark.both_databases
def test_loading_again_changes_nothing_and_keeps_the_shops_word(mira_here: Actor) -> None:
    [seeded] = [
        row for row in effects(mira_here, "iPhone 13", PartKind.SCREEN, PartOrigin.AFTERMARKET) if not row.own
    ]
    with transaction():
        catalogue.change_effect(
            seeded.id, facts(models=("iPhone 13",), device_will_show="No message since iOS 27"), by=mira_here
        )
    with transaction():
        assert catalogue.load_effects() == 0

    [row] = effects(mira_here, "iPhone 13", PartKind.SCREEN, PartOrigin.AFTERMARKET)
    assert (row.device_will_show, row.own, row.replaces_id) == ("No message since iOS 27", True, seeded.id)
    # The entry it replaces is gone for every device, also where the shop's own says less.
    assert effects(mira_here, "iPhone 11", PartKind.SCREEN, PartOrigin.AFTERMARKET)[0].feature_lost
    assert not [
        row
        for row in effects(mira_here, "iPhone 11", PartKind.SCREEN, PartOrigin.AFTERMARKET)
        if "unknown" in row.device_will_show
    ]


@pytest.mark.both_databases
def test_a_shop_says_that_an_entry_does_not_hold_and_takes_it_back(mira_here: Actor) -> None:
    [seeded] = effects(mira_here, "iPhone 13", PartKind.SCREEN, PartOrigin.AFTERMARKET)
    theo = make_staff(make_shop("Mendit"), Role.MANAGER, first_name="Theo")

    with transaction():
        catalogue.hide_effect(seeded.id, by=mira_here)
    assert effects(mira_here, "iPhone 13", PartKind.SCREEN, PartOrigin.AFTERMARKET) == []
    assert effects(theo, "iPhone 13", PartKind.SCREEN, PartOrigin.AFTERMARKET) == [seeded]
    own = db.session.query(PartEffect.id).filter_by(replaces_id=seeded.id).one().id
    with pytest.raises(NotFound), transaction():
        catalogue.restore_effect(own, by=theo)
    with transaction():
        catalogue.restore_effect(own, by=mira_here)

    assert effects(mira_here, "iPhone 13", PartKind.SCREEN, PartOrigin.AFTERMARKET) == [seeded]


def test_an_entry_of_the_shops_own_is_for_all_of_a_makers_models(mira_here: Actor) -> None:
    with transaction():
        own = catalogue.add_effect(
            facts(maker="FAIRPHONE", origins=frozenset({PartOrigin.SALVAGED})), by=mira_here
        )

    assert [row.id for row in effects(mira_here, "Fairphone 5", PartKind.SCREEN, brand="Fairphone")] == [own]
    assert effects(mira_here, "", PartKind.SCREEN, PartOrigin.SALVAGED, brand="fairphone")
    assert not effects(mira_here, "", PartKind.SCREEN, PartOrigin.AFTERMARKET, brand="fairphone")
    with transaction():
        catalogue.hide_effect(own, by=mira_here)
    assert not effects(mira_here, "", PartKind.SCREEN, brand="Fairphone")


def test_words_left_as_they_came_stay_in_every_language(mira: Browser) -> None:
    with mira.application.app_context(), transaction():
        catalogue.load_effects()
        known = db.session.query(PartEffect).filter_by(seed_key="apple-home-button").one()
        effect_id, words = known.id, known.feature_lost
    fields = {
        "device_type": "phone",
        "maker": "Apple",
        "kind": "fingerprint",
        "feature_lost": words,
        "as_of": "2026-03-02",
        "source_title": "Our bench",
        "source_url": "",
    }

    spanish = mira.get(f"/shop/part-effects/{effect_id}", headers={"Accept-Language": "es"})
    assert spanish.status_code == 200
    mira.send(f"/shop/part-effects/{effect_id}", fields)

    page = mira.get("/shop/part-effects").get_data(as_text=True)
    assert "Our bench" in page
    assert "Written by your shop" in page


def test_what_is_known_is_on_the_repair_page_in_the_customers_language(app: Flask, tess: Browser) -> None:
    with app.app_context():
        with transaction():
            catalogue.load_effects()
        part_id = make_part(tess.actor, "Screen", models=("iPhone 12",))
        with transaction():
            stock.receive(part_id, count=1, by=tess.actor)
        reference = make_ticket(tess.actor, stage=Stage.IN_REPAIR)
        with transaction():
            get_ticket(reference).device.model = "iPhone 12"
    page = tess.get(f"/tickets/{reference}/parts?part={part_id}").get_data(as_text=True)
    shown = re.findall(r"<textarea[^>]*>\r?\n?([^<]*)</textarea>", page)
    assert any("listed as unknown" in text for text in shown)
    assert any("True Tone" in text for text in shown)
    fields = {
        "part": str(part_id),
        "name": "Screen",
        "origin": "aftermarket",
        "pairing": "impossible",
        "old_part": "recycled",
        "old_serial": "old-1",
        "device_will_show": next(text for text in shown if "unknown" in text),
        "feature_lost": next(text for text in shown if "True Tone" in text),
    }
    tess.send(f"/tickets/{reference}/parts/fit", fields)

    with app.app_context():
        customer = get_ticket(reference).visit.customer
        with transaction():
            customer.language = "es"
    guest = come_in(app, reference)
    said = guest.get(f"/repair/{reference}", headers={"Accept-Language": "es"}).get_data(as_text=True)

    assert "la pieza figura como desconocida" in said
    assert "ya no adapta sus colores" in said
