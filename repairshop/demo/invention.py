"""Invented people, devices and faults, drawn from the catalogue with the shares of the real data."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from sqlalchemy import select

from repairshop.catalogue import queries as catalogue
from repairshop.catalogue.models import Brand, DeviceModel
from repairshop.catalogue.queries import PresetRow
from repairshop.catalogue.rules import DeviceType, PriceRange
from repairshop.customers.rules import folded, name_key
from repairshop.database import db
from repairshop.demo.rules import draw_type, imei_of_no_phone, reserved_phone
from repairshop.demo.wording import Words, read_words
from repairshop.money import Money
from repairshop.staff.models import Shop
from repairshop.staff.rules import ShopId

_MODELS_PER_TYPE = 60
# Faults the open data has no share for are met now and then too.
_SMALLEST_WEIGHT = 8


@dataclass(frozen=True, kw_only=True)
class Person:
    name: str
    phone: str  # as typed
    email: str
    language: str

    @property
    def folded_name(self) -> str:
        return folded(self.name)

    @property
    def name_key(self) -> str:
        return name_key(self.name)


@dataclass(frozen=True, kw_only=True)
class InventedDevice:
    device_type: DeviceType
    brand: str
    model: str
    colour: str
    imei: str | None
    serial: str

    @property
    def label(self) -> str:
        shown = self.model.casefold().startswith(self.brand.casefold())
        return self.model if shown else f"{self.brand} {self.model}"


class Invention:
    """Draws from one shop's catalogue; the same Random gives the same people again."""

    def __init__(self, *, shop: Shop, rng: Random, words: Words | None = None) -> None:
        self.rng = rng
        self.words = words or read_words()
        self._models = _models_by_type()
        self._faults: Mapping[DeviceType, Sequence[PresetRow]] = {
            kind: catalogue.list_fault_presets(kind, shop_id=ShopId(shop.id), currency=shop.currency)
            for kind in DeviceType
        }
        self._currency = shop.currency

    def person(self) -> Person:
        first, last = self.rng.choice(self.words.people["first"]), self.rng.choice(self.words.people["last"])
        plain = re.sub(r"[^a-z]", "", folded(first)), re.sub(r"[^a-z]", "", folded(last))
        return Person(
            name=f"{first} {last}",
            phone=reserved_phone(self.rng),
            email=f"{plain[0]}.{plain[1]}{self.rng.randrange(1000)}@example.com",
            language="es" if self.rng.random() < 0.07 else "en",
        )

    def device(self, device_type: DeviceType | None = None) -> InventedDevice:
        kind = device_type or draw_type(self.rng)
        models = self._models[kind]
        # Common models are common: the draw falls off along the list.
        brand, model = models[min(int(self.rng.expovariate(1 / 14)), len(models) - 1)]
        return InventedDevice(
            device_type=kind,
            brand=brand,
            model=model,
            colour=self.rng.choice(self.words.people["colour"]),
            imei=imei_of_no_phone(self.rng) if kind is DeviceType.PHONE else None,
            serial=f"{self.rng.randrange(36**4):04X}{self.rng.randrange(10**7):07d}",
        )

    def fault(self, device_type: DeviceType) -> PresetRow:
        faults = self._faults[device_type]
        return self.rng.choices(
            faults, weights=[max(_SMALLEST_WEIGHT, fault.share_per_mille) for fault in faults]
        )[0]

    def complaint(self, fault: PresetRow) -> str:
        return self.rng.choice(self.words.faults.get(fault.key) or self.words.faults["other"])

    def price(self, fault: PresetRow) -> PriceRange:
        """A price inside the fault's range, in whole units, and at most a little more."""
        low, high = (
            (fault.prices.starts_at.minor, fault.prices.at_most.minor) if fault.prices else (4900, 14900)
        )
        price = round(self.rng.triangular(low, high, low + (high - low) / 4) / 100) * 100
        at_most = min(high, price + 2000) if price + 2000 <= high else price
        return PriceRange(
            starts_at=Money(minor=price, currency=self._currency),
            at_most=Money(minor=max(at_most, price), currency=self._currency),
        )

    def pick(self, kind: str) -> str:
        return self.rng.choice(self.words.people[kind])


def _models_by_type() -> dict[DeviceType, list[tuple[str, str]]]:
    query = (
        select(DeviceModel.device_type, Brand.name, DeviceModel.name)
        .join(Brand, Brand.id == DeviceModel.brand_id)
        .where(DeviceModel.shop_id.is_(None))
        .order_by(DeviceModel.rank, Brand.name, DeviceModel.name)
    )
    models: dict[DeviceType, list[tuple[str, str]]] = {kind: [] for kind in DeviceType}
    for kind, brand, name in db.session.execute(query):
        if len(models[kind]) < _MODELS_PER_TYPE:
            models[kind].append((brand, name))
    return models
