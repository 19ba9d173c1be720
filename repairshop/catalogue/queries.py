"""What the intake, the bench and the quotes read from the catalogue."""

from dataclasses import dataclass

from sqlalchemy import Row, Select, and_, or_, select

from repairshop.catalogue import seed_files
from repairshop.catalogue.models import Brand, DeviceModel, FaultBasePrice, FaultPreset, FaultShopPrice
from repairshop.catalogue.rules import (
    DeviceModelId,
    DeviceType,
    FaultFamily,
    FaultPresetId,
    PriceRange,
    TestItem,
    search_words,
)
from repairshop.database import db
from repairshop.money import Money
from repairshop.staff.rules import ShopId


@dataclass(frozen=True, kw_only=True)
class ModelRow:
    """A model as a list shows it."""

    id: DeviceModelId
    device_type: DeviceType
    brand: str
    name: str


@dataclass(frozen=True, kw_only=True)
class PresetRow:
    """A fault on offer. `label` goes through gettext: a message id, or the shop's own words."""

    id: FaultPresetId
    device_type: DeviceType
    key: str
    label: str
    family: FaultFamily
    minutes: int
    days_from: int
    days_to: int
    credential_needed: bool
    share_per_mille: int  # of the known faults in the open repair data; orders lists, shown nowhere
    prices: PriceRange | None  # None where neither the shop nor the seeds have one in its currency


def search_models(
    text: str, *, shop_id: ShopId, device_type: DeviceType | None = None, limit: int = 20
) -> list[ModelRow]:
    """Models of which a word starts with each word typed ("sam s21", "sm-g991"), the commonest first."""
    words = search_words(text)[:6]
    query = (
        select(DeviceModel.id, DeviceModel.device_type, Brand.name.label("brand"), DeviceModel.name)
        .join(Brand, Brand.id == DeviceModel.brand_id)
        .where(or_(DeviceModel.shop_id.is_(None), DeviceModel.shop_id == shop_id))
        .where(*(DeviceModel.search.contains(f" {word}", autoescape=True) for word in words))
        .order_by(DeviceModel.rank, Brand.name, DeviceModel.name, DeviceModel.id)
        .limit(limit)
    )
    if device_type is not None:
        query = query.where(DeviceModel.device_type == device_type)
    return [_model_row(row) for row in db.session.execute(query)]


def find_model(model_id: DeviceModelId, *, shop_id: ShopId) -> ModelRow | None:
    query = (
        select(DeviceModel.id, DeviceModel.device_type, Brand.name.label("brand"), DeviceModel.name)
        .join(Brand, Brand.id == DeviceModel.brand_id)
        .where(DeviceModel.id == model_id, or_(DeviceModel.shop_id.is_(None), DeviceModel.shop_id == shop_id))
    )
    row = db.session.execute(query).first()
    return None if row is None else _model_row(row)


def _model_row(row: Row[int, DeviceType, str, str]) -> ModelRow:
    return ModelRow(id=DeviceModelId(row[0]), device_type=row[1], brand=row[2], name=row[3])


def list_brands(*, device_type: DeviceType) -> list[str]:
    """Makers of this type, those of the commonest models first."""
    query = (
        select(Brand.name, DeviceModel.rank)
        .join(DeviceModel, DeviceModel.brand_id == Brand.id)
        .where(DeviceModel.device_type == device_type, DeviceModel.shop_id.is_(None))
        .order_by(DeviceModel.rank, Brand.name)
    )
    return list(dict.fromkeys(row.name for row in db.session.execute(query)))


def list_fault_presets(device_type: DeviceType, *, shop_id: ShopId, currency: str) -> list[PresetRow]:
    """What this shop offers for a type: its own first, then the ones met most."""
    query = (
        _presets(shop_id=shop_id, currency=currency)
        .where(FaultPreset.device_type == device_type, FaultPreset.hidden.is_(False))
        .order_by(FaultPreset.share_per_mille.desc(), FaultPreset.position, FaultPreset.id)
    )
    return [_preset_row(*row, currency=currency) for row in db.session.execute(query)]


def list_all_fault_presets(*, shop_id: ShopId, currency: str) -> list[PresetRow]:
    """What this shop offers, of every type in one query; inside a type as in list_fault_presets."""
    query = (
        _presets(shop_id=shop_id, currency=currency)
        .where(FaultPreset.hidden.is_(False))
        .order_by(FaultPreset.share_per_mille.desc(), FaultPreset.position, FaultPreset.id)
    )
    return [_preset_row(*row, currency=currency) for row in db.session.execute(query)]


def find_fault_preset(preset_id: FaultPresetId, *, shop_id: ShopId, currency: str) -> PresetRow | None:
    """One preset of this shop or the seeds; hidden ones too, because old tickets name them."""
    query = _presets(shop_id=shop_id, currency=currency).where(FaultPreset.id == preset_id)
    row = db.session.execute(query).first()
    return None if row is None else _preset_row(*row, currency=currency)


def _presets(
    *, shop_id: ShopId, currency: str
) -> Select[FaultPreset, FaultShopPrice | None, FaultBasePrice | None]:
    own = and_(FaultShopPrice.preset_id == FaultPreset.id, FaultShopPrice.shop_id == shop_id)
    base = and_(FaultBasePrice.preset_id == FaultPreset.id, FaultBasePrice.currency == currency)
    return (
        select(FaultPreset, FaultShopPrice, FaultBasePrice)
        .outerjoin(FaultShopPrice, own)
        .outerjoin(FaultBasePrice, base)
        .where(or_(FaultPreset.shop_id.is_(None), FaultPreset.shop_id == shop_id))
    )


def _preset_row(
    preset: FaultPreset, own: FaultShopPrice | None, base: FaultBasePrice | None, *, currency: str
) -> PresetRow:
    price = own or base
    return PresetRow(
        id=FaultPresetId(preset.id),
        device_type=preset.device_type,
        key=preset.key,
        label=preset.label,
        family=preset.family,
        minutes=preset.minutes,
        days_from=preset.days_from,
        days_to=preset.days_to,
        credential_needed=preset.credential_needed,
        share_per_mille=preset.share_per_mille,
        prices=None if price is None else _price_range(price, currency=currency),
    )


def _price_range(price: FaultShopPrice | FaultBasePrice, *, currency: str) -> PriceRange:
    return PriceRange(
        starts_at=Money(minor=price.from_minor, currency=currency),
        at_most=Money(minor=price.at_most_minor, currency=currency),
    )


def list_test_items(device_type: DeviceType) -> tuple[TestItem, ...]:
    """The checks of a device type, in the order they are done; labels go through gettext."""
    return seed_files.read_test_items()[device_type]
