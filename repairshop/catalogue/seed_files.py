"""The seed files, read; where they come from stands in SOURCES.md."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from repairshop.catalogue.rules import DeviceType, FaultFamily, Measure, TestItem


@dataclass(frozen=True, kw_only=True)
class SeedModel:
    device_type: DeviceType
    brand: str
    name: str
    rank: int
    identifiers: str

    @property
    def key(self) -> str:
        return f"{self.device_type}/{self.brand}/{self.name}".casefold()


@dataclass(frozen=True, kw_only=True)
class SeedPreset:
    """Prices are (from, at most) in minor units by currency."""

    device_type: DeviceType
    key: str
    label: str
    family: FaultFamily
    minutes: int
    days_from: int
    days_to: int
    credential_needed: bool
    share_per_mille: int
    position: int
    prices: dict[str, tuple[int, int]]

    @property
    def seed_key(self) -> str:
        return f"{self.device_type}/{self.key}"


CURRENCIES = ("GBP", "EUR", "USD")


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (Path(__file__).parent / "seeds" / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def read_models() -> list[SeedModel]:
    return [
        SeedModel(
            device_type=DeviceType(row["device_type"]),
            brand=row["brand"],
            name=row["name"],
            rank=int(row["rank"]),
            identifiers=row["identifiers"],
        )
        for row in _rows("models.csv")
    ]


def read_presets() -> list[SeedPreset]:
    """Every preset; inside a type the ones met most come first, the others in the file's order."""
    shares = {
        (row["device_type"], row["key"]): 1000 * int(row["records"]) // int(row["of_records"])
        for row in _rows("fault_shares.csv")
    }
    return [
        SeedPreset(
            device_type=DeviceType(row["device_type"]),
            key=row["key"],
            label=row["label"],
            family=FaultFamily(row["family"]),
            minutes=int(row["minutes"]),
            days_from=int(row["days_from"]),
            days_to=int(row["days_to"]),
            credential_needed=row["credential_needed"] == "1",
            share_per_mille=shares.get((row["device_type"], row["key"]), 0),
            position=position,
            prices={
                currency: (int(row[f"{currency.lower()}_from"]), int(row[f"{currency.lower()}_at_most"]))
                for currency in CURRENCIES
            },
        )
        for position, row in enumerate(_rows("fault_presets.csv"))
    ]


@cache
def read_test_items() -> dict[DeviceType, tuple[TestItem, ...]]:
    """The checks of each device type, in the order they are done."""
    items: dict[DeviceType, list[TestItem]] = {device_type: [] for device_type in DeviceType}
    for row in _rows("test_items.csv"):
        item = TestItem(
            key=row["key"],
            label=row["label"],
            at_counter=row["at_counter"] == "1",
            how=row["how"],
            measure=Measure(row["measure"]) if row["measure"] else None,
            unit=row["unit"],
            lowest=Decimal(row["lowest"]) if row["lowest"] else None,
            highest=Decimal(row["highest"]) if row["highest"] else None,
            points_to=tuple(FaultFamily(family) for family in row["points_to"].split()),
        )
        for device_type in row["device_types"].split():
            items[DeviceType(device_type)].append(item)
    return {device_type: tuple(entries) for device_type, entries in items.items()}
