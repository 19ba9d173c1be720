"""Loading the seeds, and what an owner adds to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from repairshop.catalogue import seed_files
from repairshop.catalogue.models import Brand, DeviceModel, FaultBasePrice, FaultPreset, FaultShopPrice
from repairshop.catalogue.rules import (
    AlreadyInCatalogue,
    DeviceModelId,
    DeviceType,
    FaultFamily,
    FaultPresetId,
    PriceRange,
    preset_key,
    require_days,
    require_name,
    search_text,
)
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.staff.rules import Actor

_PRESET_FIELDS = (
    "label",
    "family",
    "minutes",
    "days_from",
    "days_to",
    "credential_needed",
    "share_per_mille",
    "position",
)


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What a load added or changed."""

    models: int
    presets: int


def load_catalogue() -> Loaded:
    """Bring the seeds into the database; running it again changes nothing and touches no shop's own rows."""
    return Loaded(models=_load_models(), presets=_load_presets())


def _load_models() -> int:
    models = seed_files.read_models()
    brands = _brand_ids(model.brand for model in models)
    columns = (DeviceModel.seed_key, DeviceModel.id, DeviceModel.search, DeviceModel.rank)
    seeded = db.session.execute(select(*columns).where(DeviceModel.shop_id.is_(None)))
    known = {row.seed_key: row for row in seeded}
    new, changed = [], []
    for model in models:
        values = _model_values(model, brand_id=brands[model.brand.casefold()])
        row = known.get(model.key)
        if row is None:
            new.append(values)
        elif (row.search, row.rank) != (values["search"], values["rank"]):
            changed.append({**values, "id": row.id})
    if new:
        db.session.execute(insert(DeviceModel), new)
    if changed:
        db.session.execute(update(DeviceModel), changed)
    return len(new) + len(changed)


def _model_values(model: seed_files.SeedModel, *, brand_id: int) -> dict[str, Any]:
    return {
        "shop_id": None,
        "seed_key": model.key,
        "device_type": model.device_type,
        "brand_id": brand_id,
        "name": model.name,
        "identifiers": model.identifiers,
        "search": search_text(model.brand, model.name, model.identifiers),
        "rank": model.rank,
    }


def _brand_ids(names: Iterable[str]) -> dict[str, int]:
    """The id of every brand by its folded name, the missing ones added."""
    known = {row.folded: row.id for row in db.session.execute(select(Brand.folded, Brand.id))}
    missing = {name.casefold(): name for name in names if name.casefold() not in known}
    if missing:
        rows = [{"name": name, "folded": folded} for folded, name in missing.items()]
        added = db.session.execute(insert(Brand).returning(Brand.folded, Brand.id), rows)
        known |= {row.folded: row.id for row in added}
    return known


def _load_presets() -> int:
    presets = seed_files.read_presets()
    known = {
        preset.seed_key: preset
        for preset in db.session.scalars(select(FaultPreset).where(FaultPreset.shop_id.is_(None)))
    }
    changed = 0
    for seed in presets:
        preset = known.get(seed.seed_key)
        if preset is None:
            preset = FaultPreset(seed_key=seed.seed_key, device_type=seed.device_type, key=seed.key)
            db.session.add(preset)
            known[seed.seed_key] = preset
        values = _preset_values(seed)
        if any(getattr(preset, name) != value for name, value in values.items()):
            changed += 1
            for name, value in values.items():
                setattr(preset, name, value)
    db.session.flush()  # the prices below need the ids of new presets
    _replace_base_prices({known[seed.seed_key].id: seed.prices for seed in presets})
    return changed


def _preset_values(seed: seed_files.SeedPreset) -> dict[str, Any]:
    return {name: getattr(seed, name) for name in _PRESET_FIELDS}


def _replace_base_prices(prices: dict[int, dict[str, tuple[int, int]]]) -> None:
    wanted = {
        (preset_id, currency): amounts
        for preset_id, table in prices.items()
        for currency, amounts in table.items()
    }
    columns = (
        FaultBasePrice.preset_id,
        FaultBasePrice.currency,
        FaultBasePrice.from_minor,
        FaultBasePrice.at_most_minor,
    )
    stored = {(row[0], row[1]): (row[2], row[3]) for row in db.session.execute(select(*columns))}
    if stored == wanted:
        return
    db.session.execute(delete(FaultBasePrice))
    rows = [
        {"preset_id": preset_id, "currency": currency, "from_minor": amounts[0], "at_most_minor": amounts[1]}
        for (preset_id, currency), amounts in wanted.items()
    ]
    db.session.execute(insert(FaultBasePrice), rows)


def add_device_model(
    name: str, *, brand: str, device_type: DeviceType, by: Actor, identifiers: str = ""
) -> DeviceModelId:
    """A model the seeds do not know, for this shop only; found by the intake from now on."""
    name = require_name(name, field="name")
    brand = require_name(brand, field="brand")
    brand_id = _brand_ids([brand])[brand.casefold()]
    same = select(DeviceModel.id).where(
        DeviceModel.brand_id == brand_id,
        DeviceModel.device_type == device_type,
        func.lower(DeviceModel.name) == name.lower(),
        DeviceModel.shop_id.is_(None) | (DeviceModel.shop_id == by.shop_id),
    )
    if db.session.scalar(same) is not None:
        raise AlreadyInCatalogue(field="name", name=name)
    model = DeviceModel(
        shop_id=by.shop_id,
        device_type=device_type,
        brand_id=brand_id,
        name=name,
        identifiers=identifiers,
        search=search_text(brand, name, identifiers),
        rank=0,  # a shop's own models come first: it added them because it meets them
    )
    db.session.add(model)
    db.session.flush()  # the caller keeps the id on the device
    return DeviceModelId(model.id)


def add_fault_preset(
    label: str,
    *,
    device_type: DeviceType,
    family: FaultFamily,
    minutes: int,
    days_from: int,
    days_to: int,
    credential_needed: bool,
    prices: PriceRange | None,
    by: Actor,
) -> FaultPresetId:
    """A fault of the shop's own, with its price in the shop's currency."""
    label = require_name(label, field="label")
    require_days(days_from=days_from, days_to=days_to)
    key = preset_key(label)
    same = select(FaultPreset.id).where(
        FaultPreset.shop_id == by.shop_id, FaultPreset.device_type == device_type, FaultPreset.key == key
    )
    if db.session.scalar(same) is not None:
        raise AlreadyInCatalogue(field="label", name=label)
    preset = FaultPreset(
        shop_id=by.shop_id,
        device_type=device_type,
        key=key,
        label=label,
        family=family,
        minutes=minutes,
        days_from=days_from,
        days_to=days_to,
        credential_needed=credential_needed,
        share_per_mille=1000,  # first in the list, like a shop's own models
        position=0,
        hidden=False,
    )
    db.session.add(preset)
    db.session.flush()  # the price needs the id
    if prices is not None:
        set_fault_price(FaultPresetId(preset.id), prices=prices, by=by)
    return FaultPresetId(preset.id)


def set_fault_price(preset_id: FaultPresetId, *, prices: PriceRange, by: Actor) -> None:
    """This shop's own price, before the seeds' one from now on; quotes already sent keep theirs."""
    _get_offered(preset_id, by=by)
    row = db.session.get(FaultShopPrice, (by.shop_id, preset_id))
    if row is None:
        row = FaultShopPrice(shop_id=by.shop_id, preset_id=preset_id)
        db.session.add(row)
    row.from_minor = prices.starts_at.minor
    row.at_most_minor = prices.at_most.minor


def hide_fault_preset(preset_id: FaultPresetId, *, by: Actor) -> None:
    """Stop offering a fault of the shop's own; tickets that name it keep it."""
    preset = _get_offered(preset_id, by=by)
    if preset.shop_id != by.shop_id:
        raise NotFound(preset_id)
    preset.hidden = True


def _get_offered(preset_id: FaultPresetId, *, by: Actor) -> FaultPreset:
    preset = db.session.get(FaultPreset, preset_id)
    if preset is None or preset.shop_id not in {None, by.shop_id}:
        raise NotFound(preset_id)
    return preset
