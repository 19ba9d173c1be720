"""Reads about the shop's parts and suppliers: what fits a device, what it costs and when it can be had."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Date, case, func, literal, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from repairshop.catalogue.queries import list_fault_presets
from repairshop.catalogue.rules import DeviceType, FaultFamily, search_words
from repairshop.customers.models import Device
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.money import Money
from repairshop.parts.models import Part, PartOrder, StockOrder, Supplier
from repairshop.parts.rules import (
    FitsDevice,
    PartId,
    PartKind,
    PartOrigin,
    normalised_serial,
)
from repairshop.staff.models import Shop
from repairshop.staff.rules import ShopId
from repairshop.tickets.models import Ticket
from repairshop.tickets.queries import TicketHead

_Order = ColumnElement[str] | ColumnElement[int] | InstrumentedAttribute[str] | InstrumentedAttribute[int]


@dataclass(frozen=True, kw_only=True)
class PartRow:
    """A part of the catalogue with its figures; `on_hand` includes the reserved ones."""

    id: PartId
    name: str
    kind: PartKind
    device_type: DeviceType
    brand: str  # empty: any
    models: tuple[str, ...]  # none: all of the brand
    family: FaultFamily
    minutes: int
    price: Money  # tax included
    origin: PartOrigin
    warranty_days: int
    supplier_id: int | None
    supplier: str
    supplier_number: str
    lead_days: int | None
    barcode: str
    serialised: bool
    on_hand: int
    reserved: int
    faulty: int
    on_order: int
    next_expected_on: date | None  # of the open orders that nobody waits for
    is_retired: bool

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


@dataclass(frozen=True, kw_only=True)
class SupplierRow:
    id: int
    name: str
    contact: str
    lead_days: int | None
    parts: int


def search_parts(
    shop_id: int,
    *,
    device: FitsDevice | None = None,
    family: FaultFamily | None = None,
    text: str = "",
    limit: int = 20,
) -> list[PartRow]:
    """Parts in use that fit the device, mend the fault and hold the words, or have that number.

    Those that are here come first, then those made for the model, then by name.
    """
    wanted: list[ColumnElement[bool]] = [Part.retired_at.is_(None)]
    if device is not None:
        wanted += _fits(device)
    if family is not None:
        wanted.append(Part.family == family)
    if text:
        wanted.append(_holds(text))
    rank = case((Part.on_hand > Part.reserved, 0), else_=1), case((Part.models_key == "", 1), else_=0)
    return _list_parts(shop_id, wanted, order_by=(*rank, Part.name, Part.id), limit=limit)


def suggest_parts(head: TicketHead, *, family: FaultFamily | None = None, limit: int = 9) -> list[PartRow]:
    """Parts for the ticket's device; without a family those for the fault it came in with."""
    if family is None:
        presets = list_fault_presets(head.device_type, shop_id=ShopId(head.shop_id), currency=head.currency)
        family = next((preset.family for preset in presets if preset.key == head.fault_key), None)
    return search_parts(head.shop_id, device=device_of(head.id), family=family, limit=limit)


def device_of(ticket_id: int) -> FitsDevice:
    """The device of a ticket, as parts are looked for."""
    row = db.session.execute(
        select(Device.device_type, Device.brand, Device.model)
        .join(Ticket, Ticket.device_id == Device.id)
        .where(Ticket.id == ticket_id)
    ).first()
    if row is None:
        raise NotFound
    return FitsDevice(device_type=row.device_type, brand=row.brand, model=row.model)


def find_part(part_id: int, *, shop_id: int) -> PartRow | None:
    """One part, a retired one too: old lines name it."""
    return get_parts([part_id], shop_id=shop_id).get(PartId(part_id))


def get_part(part_id: int, *, shop_id: int) -> PartRow:
    part = find_part(part_id, shop_id=shop_id)
    if part is None:
        raise NotFound
    return part


def get_parts(part_ids: Collection[int], *, shop_id: int) -> dict[PartId, PartRow]:
    """Those of them that the shop has, by id."""
    wanted = [Part.id.in_(part_ids)]
    rows = _list_parts(shop_id, wanted, order_by=(Part.id,), limit=len(part_ids))
    return {part.id: part for part in rows}


def find_part_by_barcode(barcode: str, *, shop_id: int) -> PartRow | None:
    wanted = [Part.barcode == normalised_serial(barcode)]
    rows = _list_parts(shop_id, wanted, order_by=(Part.id,), limit=1)
    return rows[0] if rows else None


def list_suppliers(shop_id: int) -> list[SupplierRow]:
    """Those in use, by name, with how many parts come from each."""
    parts = (
        select(Part.supplier_id, func.count().label("number"))
        .where(Part.shop_id == shop_id, Part.retired_at.is_(None))
        .group_by(Part.supplier_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Supplier, func.coalesce(parts.c.number, 0))
        .outerjoin(parts, parts.c.supplier_id == Supplier.id)
        .where(Supplier.shop_id == shop_id, Supplier.retired_at.is_(None))
        .order_by(Supplier.folded)
    )
    return [
        SupplierRow(
            id=supplier.id,
            name=supplier.name,
            contact=supplier.contact,
            lead_days=supplier.lead_days,
            parts=number,
        )
        for supplier, number in rows
    ]


def _fits(device: FitsDevice) -> list[ColumnElement[bool]]:
    model = Part.models_key.contains(f"|{device.model_key}|", autoescape=True) if device.model_key else None
    any_model = Part.models_key == ""
    return [
        Part.device_type == device.device_type,
        or_(Part.brand_key == "", Part.brand_key == device.brand_key),
        any_model if model is None else or_(any_model, model),
    ]


def _holds(text: str) -> ColumnElement[bool]:
    words = [Part.search.contains(f" {word}", autoescape=True) for word in search_words(text)[:6]]
    number = normalised_serial(text)[:60]
    named = words[0] if words else Part.barcode == number
    for word in words[1:]:
        named = named & word
    return or_(named, Part.barcode == number)


def _list_parts(
    shop_id: int,
    wanted: Collection[ColumnElement[bool]],
    *,
    order_by: Collection[_Order],
    limit: int,
) -> list[PartRow]:
    rows = db.session.execute(
        select(Part, Supplier.name, Supplier.lead_days, Shop.currency)
        .join(Shop, Shop.id == Part.shop_id)
        .outerjoin(Supplier, Supplier.id == Part.supplier_id)
        .where(Part.shop_id == shop_id, *wanted)
        .order_by(*order_by)
        .limit(limit)
    ).all()
    coming = _coming([part.id for part, *_ in rows])
    return [
        _part_row(
            part,
            supplier=supplier,
            lead_days=lead_days,
            currency=currency,
            coming=coming.get(part.id, _Coming()),
        )
        for part, supplier, lead_days, currency in rows
    ]


@dataclass(frozen=True, kw_only=True)
class _Coming:
    """How many of a part are on their way, and when the next one comes that nobody waits for."""

    number: int = 0
    next_on: date | None = None


def _coming(part_ids: Collection[int]) -> dict[int, _Coming]:
    if not part_ids:
        return {}
    no_date = literal(None, Date)
    for_repairs = select(PartOrder.part_id, literal(1).label("number"), no_date.label("next_on")).where(
        PartOrder.part_id.in_(part_ids), PartOrder.arrived_at.is_(None), PartOrder.cancelled_at.is_(None)
    )
    for_stock = select(
        StockOrder.part_id, StockOrder.quantity - StockOrder.arrived, StockOrder.expected_on
    ).where(StockOrder.part_id.in_(part_ids), StockOrder.closed_at.is_(None))
    rows = union_all(for_repairs, for_stock).subquery("coming")
    query = select(rows.c.part_id, func.sum(rows.c.number), func.min(rows.c.next_on)).group_by(rows.c.part_id)
    return {
        part_id: _Coming(number=int(number), next_on=next_on)
        for part_id, number, next_on in db.session.execute(query)
    }


def _part_row(
    part: Part, *, supplier: str | None, lead_days: int | None, currency: str, coming: _Coming
) -> PartRow:
    return PartRow(
        id=PartId(part.id),
        name=part.name,
        kind=part.kind,
        device_type=part.device_type,
        brand=part.brand,
        models=tuple(part.models.split("|")) if part.models else (),
        family=part.family,
        minutes=part.minutes,
        price=Money(minor=part.price_minor, currency=currency),
        origin=part.origin,
        warranty_days=part.warranty_days,
        supplier_id=part.supplier_id,
        supplier=supplier or "",
        supplier_number=part.supplier_number,
        lead_days=lead_days,
        barcode=part.barcode or "",
        serialised=part.serialised,
        on_hand=part.on_hand,
        reserved=part.reserved,
        faulty=part.faulty,
        on_order=coming.number,
        next_expected_on=coming.next_on,
        is_retired=part.retired_at is not None,
    )
