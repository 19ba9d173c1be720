"""Reads about orders: what is on its way, what a parcel may be, and which repairs a late part delays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, or_, select

from repairshop import codes
from repairshop.codes import find_code
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.parts.models import Part, PartOrder, StockOrder
from repairshop.parts.rules import DATES_HANG_ON_PARTS, LateDates, dates_with_late_part, normalised_serial
from repairshop.promises.estimates import Kind
from repairshop.promises.learnt import Experience, get_experience
from repairshop.promises.queries import get_promises_of
from repairshop.promises.rules import PromisedDates, add_open_days
from repairshop.tickets.models import Ticket
from repairshop.tickets.queries import TicketHead, as_head, head_select
from repairshop.tickets.stages import Stage


@dataclass(frozen=True, kw_only=True)
class OpenOrder:
    """A part on its way, for a repair or for the shelf (then `reference` is None)."""

    id: int
    code: str
    part_id: int | None
    name: str
    supplier: str
    serialised: bool
    waiting: int  # how many have not come
    expected_on: date | None
    ordered_at: datetime
    reference: str | None
    device: str

    @property
    def code_shown(self) -> str:
        return codes.shown(self.code)


@dataclass(frozen=True, kw_only=True)
class LateTicket:
    """A repair whose part comes after the last day that the customer was told."""

    head: TicketHead
    expected_on: date
    told: PromisedDates
    draft: LateDates


def list_open_orders(shop_id: int, *, limit: int = 200) -> list[OpenOrder]:
    """Everything on its way, what was expected first at the top, without a date last."""
    return _list_orders(shop_id, limit=limit)


def list_orders_meant(text: str, *, shop_id: int) -> list[OpenOrder]:
    """What a parcel may be: by the code of an order, or by a part's barcode or the supplier's number."""
    code, number = find_code(text), normalised_serial(text)[:60]
    named = or_(Part.barcode == number, func.upper(Part.supplier_number) == text.strip().upper()[:60])
    return _list_orders(
        shop_id,
        for_repair=or_(PartOrder.code == code, named) if code else named,
        for_stock=or_(StockOrder.code == code, named) if code else named,
    )


def require_stock_order(order_id: int, *, shop_id: int) -> None:
    """NotFound unless it is an order of this shop's for the shelf, open or closed."""
    query = select(StockOrder.id).where(StockOrder.id == order_id, StockOrder.shop_id == shop_id)
    if db.session.scalar(query) is None:
        raise NotFound


def get_orders_of(part_id: int, *, shop_id: int) -> list[OpenOrder]:
    """Of one part."""
    return _list_orders(
        shop_id, for_repair=PartOrder.part_id == part_id, for_stock=StockOrder.part_id == part_id
    )


def _list_orders(
    shop_id: int,
    *,
    for_repair: ColumnElement[bool] | None = None,
    for_stock: ColumnElement[bool] | None = None,
    limit: int = 50,
) -> list[OpenOrder]:
    repairs = (
        select(PartOrder, Part.serialised, Ticket.code, Ticket.device_label)
        .join(Ticket, Ticket.id == PartOrder.ticket_id)
        .outerjoin(Part, Part.id == PartOrder.part_id)
        .where(Ticket.shop_id == shop_id, PartOrder.arrived_at.is_(None), PartOrder.cancelled_at.is_(None))
        .order_by(PartOrder.expected_on.is_(None), PartOrder.expected_on, PartOrder.id)
        .limit(limit)
    )
    shelf = (
        select(StockOrder, Part.name, Part.serialised)
        .join(Part, Part.id == StockOrder.part_id)
        .where(StockOrder.shop_id == shop_id, StockOrder.closed_at.is_(None))
        .order_by(StockOrder.expected_on.is_(None), StockOrder.expected_on, StockOrder.id)
        .limit(limit)
    )
    if for_repair is not None:
        repairs = repairs.where(for_repair)
    if for_stock is not None:
        shelf = shelf.where(for_stock)
    rows = [_for_repair(*row) for row in db.session.execute(repairs)]
    rows += [_for_shelf(*row) for row in db.session.execute(shelf)]
    # A repair waits before the shelf does.
    return sorted(rows, key=lambda row: (row.expected_on or date.max, row.reference is None, row.id))


def _for_repair(order: PartOrder, serialised: bool | None, reference: str, device: str) -> OpenOrder:
    return OpenOrder(
        id=order.id,
        code=order.code,
        part_id=order.part_id,
        name=order.name,
        supplier=order.supplier,
        serialised=bool(serialised),
        waiting=1,
        expected_on=order.expected_on,
        ordered_at=order.ordered_at,
        reference=reference,
        device=device,
    )


def _for_shelf(order: StockOrder, name: str, serialised: bool) -> OpenOrder:
    return OpenOrder(
        id=order.id,
        code=order.code,
        part_id=order.part_id,
        name=name,
        supplier=order.supplier,
        serialised=serialised,
        waiting=order.quantity - order.arrived,
        expected_on=order.expected_on,
        ordered_at=order.ordered_at,
        reference=None,
        device="",
    )


def find_late(ticket_id: int, *, shop_id: int, at: datetime) -> LateTicket | None:
    """The dates to tell instead, when the last part on its way comes too late for the ones told."""
    rows = _list_late(shop_id, at=at, only=Ticket.id == ticket_id)
    return rows[0] if rows else None


def list_late(shop_id: int, *, at: datetime) -> list[LateTicket]:
    """Every repair that a part delays beyond what its customer was told, the latest part last."""
    return _list_late(shop_id, at=at)


def _list_late(shop_id: int, *, at: datetime, only: ColumnElement[bool] | None = None) -> list[LateTicket]:
    expected = _last_expected(shop_id, only=only)
    if not expected:
        return []
    told = get_promises_of(list(expected))
    experience = get_experience(shop_id, Stage.APPROVED)
    today = experience.calendar.local_day(at)
    moved = {
        ticket_id: draft
        for ticket_id, promises in told.items()
        if (
            draft := dates_with_late_part(
                earliest=promises.current.dates.earliest,
                latest=promises.current.dates.latest,
                expected_on=expected[ticket_id],
                today=today,
            )
        )
    }
    return [
        LateTicket(
            head=head,
            expected_on=expected[head.id],
            told=told[head.id].current.dates,
            draft=_drafted(head, moved[head.id], from_day=max(expected[head.id], today), by=experience),
        )
        for head in _heads(sorted(moved, key=lambda one: (expected[one], one)))
    ]


def _last_expected(shop_id: int, *, only: ColumnElement[bool] | None) -> dict[int, date]:
    """Ticket id -> the day on which the last of its parts is expected."""
    latest = (
        select(PartOrder.ticket_id, func.max(PartOrder.expected_on).label("expected_on"))
        .join(Ticket, Ticket.id == PartOrder.ticket_id)
        .where(
            Ticket.shop_id == shop_id,
            Ticket.stage.in_(DATES_HANG_ON_PARTS),
            PartOrder.arrived_at.is_(None),
            PartOrder.cancelled_at.is_(None),
            PartOrder.expected_on.is_not(None),
        )
        .group_by(PartOrder.ticket_id)
    )
    if only is not None:
        latest = latest.where(only)
    return {row.ticket_id: row.expected_on for row in db.session.execute(latest)}


def _drafted(head: TicketHead, moved: LateDates, *, from_day: date, by: Experience) -> LateDates:
    """What like repairs took once they could begin, counted from the part's day; else the told days moved."""
    kind = Kind(device_type=head.device_type, fault_key=head.fault_key)
    like = by.find_dates(kind, at=by.calendar.opening(from_day))
    earliest, latest = (like.dates.earliest, like.dates.latest) if like else (moved.earliest, moved.latest)
    return LateDates(
        earliest=add_open_days(by.calendar, earliest, 0), latest=add_open_days(by.calendar, latest, 0)
    )


def _heads(ticket_ids: Sequence[int]) -> list[TicketHead]:
    if not ticket_ids:
        return []
    rows = db.session.execute(head_select().where(Ticket.id.in_(ticket_ids)))
    heads = {head.id: head for head in map(as_head, rows)}
    return [heads[ticket_id] for ticket_id in ticket_ids]
