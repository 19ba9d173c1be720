"""What the committed seed files hold."""

import re
from collections import Counter
from pathlib import Path

import pytest

from repairshop.catalogue import seed_files
from repairshop.catalogue.rules import DeviceType

WORDS = (Path(__file__).parents[2] / "templates" / "catalogue" / "_words.html").read_text(encoding="utf-8")


def test_every_type_has_common_models_faults_and_checks() -> None:
    models = Counter(model.device_type for model in seed_files.read_models())
    presets = Counter(preset.device_type for preset in seed_files.read_presets())

    for device_type in DeviceType:
        assert models[device_type] >= 5
        assert presets[device_type] >= 8
        assert len(seed_files.read_test_items()[device_type]) >= 5
        assert any(item.at_counter for item in seed_files.read_test_items()[device_type])


def test_the_commonest_models_stand_first_and_no_model_twice() -> None:
    models = seed_files.read_models()
    ranks = [model.rank for model in models]

    assert ranks == sorted(ranks)
    assert sum(1 for rank in ranks if rank < ranks[-1]) >= 300
    assert models[0].name.startswith("iPhone")
    assert len({model.key for model in models}) == len(models)


def test_models_carry_the_makers_codes_where_a_source_has_them() -> None:
    by_key = {model.key: model for model in seed_files.read_models()}

    assert "iPhone14,5" in by_key["phone/apple/iphone 13"].identifiers.split("|")
    assert "SM-G991B" in by_key["phone/samsung/galaxy s21 5g"].identifiers.split("|")


def test_names_are_readable() -> None:
    names = [model.name for model in seed_files.read_models()]
    odd = [name for name in names if not re.fullmatch(r"[\w .,+()&'/-]{1,80}", name)]

    assert odd == []


def test_shares_of_a_type_are_parts_of_a_whole() -> None:
    totals: Counter[DeviceType] = Counter()
    for preset in seed_files.read_presets():
        totals[preset.device_type] += preset.share_per_mille

    assert all(
        980 <= totals[kind] <= 1000 for kind in (DeviceType.PHONE, DeviceType.TABLET, DeviceType.LAPTOP)
    )


def test_every_share_belongs_to_a_preset() -> None:
    known = {(preset.device_type.value, preset.key) for preset in seed_files.read_presets()}

    assert {(row["device_type"], row["key"]) for row in seed_files._rows("fault_shares.csv")} <= known


def test_prices_and_days_make_sense() -> None:
    for preset in seed_files.read_presets():
        assert preset.days_from <= preset.days_to
        assert set(preset.prices) == set(seed_files.CURRENCIES)
        assert all(0 < starts_at <= at_most for starts_at, at_most in preset.prices.values())


def test_a_battery_never_needs_the_passcode() -> None:
    batteries = [preset for preset in seed_files.read_presets() if preset.key == "battery"]

    assert not any(preset.credential_needed for preset in batteries)


@pytest.mark.parametrize("kind", ["faults", "checks"])
def test_every_label_is_a_message_id_that_translators_see(kind: str) -> None:
    items = [item for entries in seed_files.read_test_items().values() for item in entries]
    labels = {entry.label for entry in (seed_files.read_presets() if kind == "faults" else items)}
    if kind == "checks":
        labels |= {item.how for item in items if item.how}

    assert {label for label in labels if f'_("{label}")' not in WORDS} == set()


def test_every_device_type_has_a_word() -> None:
    assert [kind for kind in DeviceType if f'"{kind.value}": _(' not in WORDS] == []
