"""What pages and documents show of a ticket's parts."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, select

from repairshop import codes
from repairshop.database import db, read
from repairshop.parts.models import PartFitted, PartOrder
from repairshop.parts.rules import OldPart, Pairing, PartOrigin


@dataclass(frozen=True, kw_only=True)
class OrderRow:
    id: int
    code: str
    part_id: int | None
    name: str
    supplier: str
    expected_on: date | None
    ordered_at: datetime
    arrived_at: datetime | None
    cancelled_at: datetime | None

    @property
    def code_shown(self) -> str:
        return codes.shown(self.code)

    @property
    def is_open(self) -> bool:
        return self.arrived_at is None and self.cancelled_at is None


@dataclass(frozen=True, kw_only=True)
class FittedRow:
    id: int
    part_id: int | None
    name: str
    origin: PartOrigin
    supplier: str
    serial: str | None
    lot: str
    donor: str
    pairing: Pairing
    device_will_show: str
    feature_lost: str
    warranty_days: int
    old_part: OldPart
    old_serial: str
    fitted_at: datetime


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything ordered for and fitted into one device."""

    orders: tuple[OrderRow, ...]
    fitted: tuple[FittedRow, ...]

    @property
    def open_orders(self) -> tuple[OrderRow, ...]:
        return tuple(order for order in self.orders if order.is_open)

    @property
    def expected_on(self) -> date | None:
        """When the last open order is expected; None while any of them has no date."""
        dates = [order.expected_on for order in self.open_orders]
        known = [day for day in dates if day is not None]
        return max(known) if known and len(known) == len(dates) else None


def list_parts(ticket_id: int) -> Parts:
    orders = db.session.scalars(
        select(PartOrder).where(PartOrder.ticket_id == ticket_id).order_by(PartOrder.id)
    )
    fitted = db.session.scalars(
        select(PartFitted)
        .where(PartFitted.ticket_id == ticket_id, PartFitted.removed_at.is_(None))
        .order_by(PartFitted.id)
    )
    return Parts(
        orders=tuple(
            OrderRow(
                id=order.id,
                code=order.code,
                part_id=order.part_id,
                name=order.name,
                supplier=order.supplier,
                expected_on=order.expected_on,
                ordered_at=order.ordered_at,
                arrived_at=order.arrived_at,
                cancelled_at=order.cancelled_at,
            )
            for order in orders
        ),
        fitted=tuple(
            FittedRow(
                id=part.id,
                part_id=part.part_id,
                name=part.name,
                origin=part.origin,
                supplier=part.supplier,
                serial=part.serial,
                lot=part.lot,
                donor=part.donor,
                pairing=part.pairing,
                device_will_show=part.device_will_show,
                feature_lost=part.feature_lost,
                warranty_days=part.warranty_days,
                old_part=part.old_part,
                old_serial=part.old_serial,
                fitted_at=part.fitted_at,
            )
            for part in fitted
        ),
    )


_EXPECTED = select(PartOrder.ticket_id, PartOrder.expected_on).where(
    PartOrder.ticket_id.in_(bindparam("ticket_ids", expanding=True)),
    PartOrder.arrived_at.is_(None),
    PartOrder.cancelled_at.is_(None),
    PartOrder.expected_on.is_not(None),
)


def list_expected(ticket_ids: list[int]) -> dict[int, date]:
    """Ticket id -> the latest expected date of its open orders, for the board."""
    rows = read(_EXPECTED, ticket_ids=ticket_ids)
    expected: dict[int, date] = {}
    for ticket_id, day in rows:
        if day is not None:
            expected[ticket_id] = max(day, expected.get(ticket_id, day))
    return expected
