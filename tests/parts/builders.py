"""Parts of a catalogue for tests."""

from repairshop.catalogue.rules import DeviceType, FaultFamily
from repairshop.parts import catalogue
from repairshop.parts.rules import PartFacts, PartId, PartKind, SupplierFacts
from repairshop.staff.rules import Actor
from repairshop.transaction import transaction


def part_facts(name: str = "Screen for iPhone 13", **facts: object) -> PartFacts:
    usual: dict[str, object] = {
        "kind": PartKind.SCREEN,
        "device_type": DeviceType.PHONE,
        "family": FaultFamily.SCREEN,
        "brand": "Apple",
        "models": ("iPhone 13",),
        "minutes": 40,
        "price_minor": 8900,
        "warranty_days": 365,
    }
    return PartFacts(name=name, **{**usual, **facts})  # type: ignore[arg-type]


def make_part(by: Actor, name: str = "Screen for iPhone 13", **facts: object) -> PartId:
    with transaction():
        return catalogue.add_part(part_facts(name, **facts), by=by)


def make_supplier(by: Actor, name: str = "Northern Parts", *, lead_days: int | None = 2) -> int:
    with transaction():
        return catalogue.add_supplier(SupplierFacts(name=name, lead_days=lead_days), by=by)
