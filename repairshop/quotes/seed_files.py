"""Reads the figures that are shipped with the program; seeds/SOURCES.md says where they come from."""

import csv
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

from repairshop.catalogue.rules import DeviceType
from repairshop.quotes.worth import Footprint

_FOOTPRINTS = Path(__file__).parent / "seeds" / "footprints.csv"


@cache
def read_footprints() -> Mapping[DeviceType, Footprint]:
    """By type of device; those without figures are not in it."""
    with _FOOTPRINTS.open(encoding="utf-8", newline="") as file:
        return {
            DeviceType(row["device_type"]): Footprint(
                weight_kg=Decimal(row["weight_kg"]), co2e_kg=Decimal(row["footprint_kg_co2e"])
            )
            for row in csv.DictReader(file)
        }
