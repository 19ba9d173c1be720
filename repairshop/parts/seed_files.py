"""What the program knows of makers' software and parts, read; where it comes from stands in SOURCES.md."""

import csv
from datetime import date
from functools import cache
from pathlib import Path

from repairshop.catalogue.rules import DeviceType
from repairshop.parts.rules import EffectFacts, PartKind, PartOrigin, read_models


@cache
def read_effects() -> dict[str, EffectFacts]:
    """By key, which stays when an entry's words change."""
    path = Path(__file__).parent / "seeds" / "effects.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["key"]: _effect(row) for row in csv.DictReader(file)}


def _effect(row: dict[str, str]) -> EffectFacts:
    return EffectFacts(
        device_type=DeviceType(row["device_type"]),
        maker=row["maker"],
        model_range=row["model_range"],
        models=read_models(row["models"]),
        kind=PartKind(row["kind"]),
        origins=frozenset(PartOrigin(name) for name in row["origins"].split()),
        pairing_needed=row["pairing_needed"] == "1",
        device_will_show=row["device_will_show"],
        feature_lost=row["feature_lost"],
        source_title=row["source_title"],
        source_url=row["source_url"],
        as_of=date.fromisoformat(row["as_of"]),
    )
