"""What lies on the demo shop's shelves: a supplier, some parts, and what is on its way."""

from datetime import date, timedelta

from repairshop.catalogue.rules import DeviceType, FaultFamily
from repairshop.parts import catalogue, orders, stock
from repairshop.parts.rules import PartFacts, PartKind, PartOrigin, SupplierFacts
from repairshop.staff.rules import Actor

_SCREEN = {"kind": PartKind.SCREEN, "family": FaultFamily.SCREEN, "minutes": 45}
_BATTERY = {"kind": PartKind.BATTERY, "family": FaultFamily.BATTERY, "minutes": 30}


def fill_shelves(*, by: Actor, today: date) -> None:
    """Names as a shop types them; numbers and prices are invented."""
    supplier_id = catalogue.add_supplier(
        SupplierFacts(name="Northern Parts", contact="https://parts.example.com", lead_days=2), by=by
    )

    def add(name: str, brand: str, *models: str, **facts: object) -> int:
        usual: dict[str, object] = {
            "device_type": DeviceType.PHONE,
            "origin": PartOrigin.AFTERMARKET,
            "warranty_days": 180,
            "supplier_id": supplier_id,
        }
        described = {"name": name, "brand": brand, "models": models, **usual, **facts}
        return catalogue.add_part(PartFacts(**described), by=by)  # type: ignore[arg-type]

    screen = add("Screen for iPhone 13", "Apple", "iPhone 13", **_SCREEN, price_minor=7900)
    original = add(
        "Screen for iPhone 13, original",
        "Apple",
        "iPhone 13",
        **_SCREEN,
        price_minor=16900,
        origin=PartOrigin.NEW_ORIGINAL,
        warranty_days=365,
        serialised=True,
    )
    battery = add(
        "Battery for iPhone 12 and 12 Pro",
        "Apple",
        "iPhone 12",
        "iPhone 12 Pro",
        **_BATTERY,
        price_minor=4900,
    )
    galaxy = add("Screen for Galaxy S21 5G", "Samsung", "Galaxy S21 5G", **_SCREEN, price_minor=9900)
    stock.receive(screen, count=4, by=by)
    stock.receive(original, serials=("DEMO0001", "DEMO0002"), lot="D7", by=by)
    stock.receive(battery, count=6, by=by)
    orders.order_for_stock(galaxy, quantity=2, expected_on=today + timedelta(days=2), by=by)
