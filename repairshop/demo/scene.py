"""One ticket of the present: what words/present.toml says about it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from repairshop.catalogue.rules import DeviceType, FaultFamily
from repairshop.parts.rules import PartOrigin


class Way(StrEnum):
    """How the customer's yes, or the end without a repair, comes about."""

    QUOTE = "quote"
    FIXED = "fixed"
    LIMIT = "limit"
    DECLINED = "declined"
    NO_FAULT = "no_fault"
    NOT_REPAIRABLE = "not_repairable"


@dataclass(frozen=True, kw_only=True)
class PartLine:
    name: str
    price: int  # whole units of the shop's currency
    origin: PartOrigin
    device_will_show: str


@dataclass(frozen=True, kw_only=True)
class WorkLine:
    name: str
    price: int


@dataclass(frozen=True, kw_only=True)
class Scene:
    """`hours` ago in hours of opening; `until` is the last step taken."""

    until: str
    hours: float
    who: str  # the first name, in small letters, of whom it is assigned to; "" for nobody
    name: str
    device_type: DeviceType
    brand: str
    model: str
    colour: str
    fault: str
    says: str
    way: Way
    language: str
    condition: str
    accessories: tuple[str, ...]
    photo: str
    finding: tuple[FaultFamily, str] | None
    fails: tuple[str, ...]
    part: PartLine | None
    work: WorkLine | None
    note: str
    question: str
    limit: int
    late: bool
    part_late: bool
    fails_once: bool
    sim_in_it: bool
    claim_hours: float
    claim_says: str

    @property
    def price(self) -> int:
        return (self.part.price if self.part else 0) + (self.work.price if self.work else 0)


def read_scenes() -> list[Scene]:
    path = Path(__file__).parent / "words" / "present.toml"
    with path.open("rb") as file:
        return [_scene(entry) for entry in tomllib.load(file)["ticket"]]


def _scene(entry: Mapping[str, Any]) -> Scene:
    kind, brand, model, colour = entry["device"]
    finding, part, work = entry.get("finding"), entry.get("part"), entry.get("work")
    return Scene(
        until=entry["until"],
        hours=float(entry["hours"]),
        who=entry.get("who", ""),
        name=entry["name"],
        device_type=DeviceType(kind),
        brand=brand,
        model=model,
        colour=colour,
        fault=entry["fault"],
        says=entry["says"],
        way=Way(entry.get("way", "quote")),
        language=entry.get("language", "en"),
        condition=entry.get("condition", ""),
        accessories=tuple(entry.get("accessories", ())),
        photo=entry.get("photo", ""),
        finding=(FaultFamily(finding[0]), finding[1]) if finding else None,
        fails=tuple(entry.get("fails", ())),
        part=_part(part) if part else None,
        work=WorkLine(name=work[0], price=work[1]) if work else None,
        note=entry.get("note", ""),
        question=entry.get("question", ""),
        limit=entry.get("limit", 0),
        late=entry.get("late", False),
        part_late=entry.get("part_late", False),
        fails_once=entry.get("fails_once", False),
        sim_in_it=entry.get("sim_in_it", False),
        claim_hours=float(entry.get("claim_hours", 0)),
        claim_says=entry.get("claim_says", ""),
    )


def _part(entry: list[Any]) -> PartLine:
    name, price, origin, device_will_show = entry
    return PartLine(name=name, price=price, origin=PartOrigin(origin), device_will_show=device_will_show)
