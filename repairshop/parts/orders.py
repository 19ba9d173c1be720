"""Verbs about orders for the shelf. Orders for a repair are the ticket's: parts/service.py."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import case, update

from repairshop import clock, codes
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.parts import stock
from repairshop.parts.catalogue import get_part_for_change
from repairshop.parts.models import Part, StockOrder, Supplier
from repairshop.parts.rules import MoreThanOrdered, PartNotOnOrder
from repairshop.parts.stock_rules import MovementKind
from repairshop.staff.rules import Actor


def order_for_stock(part_id: int, *, quantity: int, expected_on: date | None, by: Actor) -> int:
    """So many for the shelf, from the part's supplier."""
    part = get_part_for_change(part_id, by=by)
    supplier = db.session.get(Supplier, part.supplier_id) if part.supplier_id else None
    order = StockOrder(
        shop_id=part.shop_id,
        part_id=part.id,
        code=codes.new_code(),
        supplier=supplier.name if supplier else "",
        quantity=quantity,
        expected_on=expected_on,
        ordered_at=clock.now(),
        ordered_by_id=by.staff_id,
    )
    db.session.add(order)
    db.session.flush()  # the caller names it
    return order.id


def receive_for_stock(
    order_id: int, *, by: Actor, count: int = 1, serials: Sequence[str] = (), lot: str = "", faulty: str = ""
) -> None:
    """Some of an order came. Faulty ones are apart at once, with the reason, and count as arrived."""
    order = _get_open(order_id, by=by)
    part = db.session.get_one(Part, order.part_id)
    kind = MovementKind.FAULTY_ON_ARRIVAL if faulty else MovementKind.RECEIVED
    stock.take_into_stock(part, kind, count=count, serials=serials, lot=lot, reason=faulty, by=by)
    came = len(serials) if part.serialised else count
    arrived = StockOrder.arrived + came
    taken = db.session.execute(
        update(StockOrder)
        .where(StockOrder.id == order.id, StockOrder.closed_at.is_(None), arrived <= StockOrder.quantity)
        .values(arrived=arrived, closed_at=case((arrived == StockOrder.quantity, clock.now()), else_=None)),
        execution_options={"synchronize_session": False},
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise MoreThanOrdered(field="serials" if part.serialised else "count")
    db.session.refresh(order)


def expect_for_stock_on(order_id: int, *, expected_on: date, by: Actor) -> None:
    """The supplier named another date."""
    _get_open(order_id, by=by).expected_on = expected_on


def cancel_for_stock(order_id: int, *, by: Actor) -> None:
    """What has not come is not waited for any more."""
    _get_open(order_id, by=by).closed_at = clock.now()


def _get_open(order_id: int, *, by: Actor) -> StockOrder:
    order = db.session.get(StockOrder, order_id)
    if order is None or order.shop_id != by.shop_id:
        raise NotFound
    if order.closed_at is not None:
        raise PartNotOnOrder
    return order
