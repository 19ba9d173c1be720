"""Order parts, take them in, fit them, take them out. No stage moves here: the workshop's verbs do that."""

from datetime import date

from sqlalchemy import func, select

from repairshop import clock, codes
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.events import publish
from repairshop.parts import stock
from repairshop.parts.catalogue import get_part_for_change
from repairshop.parts.events import FittedPartsChanged
from repairshop.parts.models import Part, PartFitted, PartOrder
from repairshop.parts.rules import (
    FittedPart,
    NewOrder,
    PartNotOnOrder,
    normalised_serial,
    require_donor_named,
)
from repairshop.parts.stock_rules import MovementKind, PieceState, SerialNotHere
from repairshop.staff.rules import Actor
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Ticket
from repairshop.tickets.rules import TicketId
from repairshop.tickets.service import get_ticket_for_change


def order_part(ticket: Ticket, order: NewOrder, *, by: Actor) -> PartOrder:
    """Order a part for this repair; its code is what the parcel is recognised by."""
    if order.part_id is not None:
        get_part_for_change(order.part_id, by=by)
    row = PartOrder(
        ticket_id=ticket.id,
        part_id=order.part_id,
        code=codes.new_code(),
        name=order.name,
        supplier=order.supplier,
        expected_on=order.expected_on,
        ordered_at=clock.now(),
        ordered_by_id=by.staff_id,
    )
    db.session.add(row)
    db.session.flush()  # the history names the order
    expected = order.expected_on.isoformat() if order.expected_on else None
    record_history(ticket, "part_ordered", by=by, after={"order": row.id, "expected_on": expected})
    return row


def expect_part_on(ticket: Ticket, order_id: int, *, expected_on: date, by: Actor) -> PartOrder:
    """The supplier named another date."""
    order = _get_open_order(ticket, order_id)
    before = order.expected_on.isoformat() if order.expected_on else None
    order.expected_on = expected_on
    record_history(
        ticket,
        "part_expected",
        by=by,
        before={"expected_on": before},
        after={"order": order.id, "expected_on": expected_on.isoformat()},
    )
    return order


def receive_part(ticket: Ticket, order_id: int, *, by: Actor, serial: str = "", lot: str = "") -> PartOrder:
    """It is here: one of the catalogue goes into the stock and is set aside for this repair."""
    order = _get_open_order(ticket, order_id)
    if order.part_id is not None:
        part = get_part_for_change(order.part_id, by=by)
        serials = (normalised_serial(serial),) if part.serialised and normalised_serial(serial) else ()
        stock.take_into_stock(
            part, MovementKind.RECEIVED, count=1, serials=serials, lot=lot, ticket=ticket, by=by
        )
        stock.reserve_for(ticket, part, order_id=order.id, by=by)
        order.serial = "".join(serials)
    order.arrived_at = clock.now()
    record_history(ticket, "part_arrived", by=by, after={"order": order.id})
    return order


def receive_faulty_part(
    reference: str, order_id: int, *, because: str, expected_on: date | None, by: Actor, serial: str = ""
) -> None:
    """It came and cannot be used: the order stays open for another, with its new date if there is one."""
    ticket = get_ticket_for_change(reference, by=by)
    order = _get_open_order(ticket, order_id)
    if order.part_id is not None:
        part = get_part_for_change(order.part_id, by=by)
        serials = (normalised_serial(serial),) if part.serialised and normalised_serial(serial) else ()
        stock.take_into_stock(
            part,
            MovementKind.FAULTY_ON_ARRIVAL,
            count=1,
            serials=serials,
            reason=because,
            ticket=ticket,
            by=by,
        )
    order.expected_on = expected_on
    expected = expected_on.isoformat() if expected_on else None
    record_history(ticket, "part_arrived_faulty", by=by, after={"order": order.id, "expected_on": expected})


def undo_arrival(order: PartOrder, *, by: Actor) -> bool:
    """As if it had not come; False when the part has been used for another repair meanwhile."""
    ticket = db.session.get_one(Ticket, order.ticket_id)
    if order.part_id is not None:
        part = db.session.get_one(Part, order.part_id)
        if not stock.undo_arrival(part, ticket=ticket, order_id=order.id, serial=order.serial, by=by):
            return False
    order.arrived_at, order.serial = None, ""
    return True


def receive_open_orders(ticket: Ticket, *, by: Actor) -> list[PartOrder]:
    """Everything that is on its way has arrived."""
    return [receive_part(ticket, order.id, by=by) for order in list_open_orders(ticket.id)]


def cancel_open_orders(ticket: Ticket, *, by: Actor) -> list[PartOrder]:
    orders = list_open_orders(ticket.id)
    for order in orders:
        order.cancelled_at = clock.now()
        record_history(ticket, "part_order_cancelled", by=by, after={"order": order.id})
    return orders


def list_open_orders(ticket_id: int) -> list[PartOrder]:
    query = (
        select(PartOrder)
        .where(
            PartOrder.ticket_id == ticket_id,
            PartOrder.arrived_at.is_(None),
            PartOrder.cancelled_at.is_(None),
        )
        .order_by(PartOrder.id)
    )
    return list(db.session.scalars(query))


def fit_part(reference: str, part: FittedPart, *, by: Actor) -> PartFitted:
    """Record a part as fitted; one of the catalogue comes out of the stock.

    SerialFittedBefore when the shop has used this serial, NotEnoughFree when the books know of none that is
    free, SerialNotHere when the piece is somewhere else.
    """
    require_donor_named(part)
    ticket = get_ticket_for_change(reference, by=by)
    serial = normalised_serial(part.serial) or None
    if serial is not None:
        stock.require_serial_never_fitted(ticket.shop_id, serial, field="serial")
    stocked = _find_stocked(part, shop_id=ticket.shop_id, serial=serial)
    piece = stock.take_for_fitting(ticket, stocked, serial=serial, by=by) if stocked else None
    row = PartFitted(
        shop_id=ticket.shop_id,
        ticket_id=ticket.id,
        part_id=stocked.id if stocked else None,
        name=part.name,
        origin=part.origin,
        supplier=part.supplier,
        serial=serial,
        lot=part.lot or (piece.lot if piece else ""),
        donor=part.donor,
        pairing=part.pairing,
        device_will_show=part.device_will_show,
        feature_lost=part.feature_lost,
        warranty_days=part.warranty_days,
        old_part=part.old_part,
        old_serial=normalised_serial(part.old_serial),
        fitted_at=clock.now(),
        fitted_by_id=by.staff_id,
    )
    db.session.add(row)
    db.session.flush()  # the history names the part
    record_history(
        ticket,
        "part_fitted",
        by=by,
        after={"part": row.id, "name": row.name, "origin": row.origin.value, "serial": row.serial},
    )
    publish(FittedPartsChanged(ticket_id=TicketId(ticket.id)))
    return row


def _find_stocked(part: FittedPart, *, shop_id: int, serial: str | None) -> Part | None:
    """The catalogue's part that is fitted: the one chosen, or the one whose serial was scanned."""
    part_id = part.part_id
    if part_id is None and serial is not None:
        piece = stock.find_piece(shop_id, serial)
        if piece is None:
            return None
        if piece.state is not PieceState.ON_HAND:
            raise SerialNotHere(field="serial", serial=serial)
        part_id = piece.part_id
    if part_id is None:
        return None
    stocked = db.session.get(Part, part_id)
    if stocked is None or stocked.shop_id != shop_id:
        raise NotFound
    return stocked


def take_part_out(reference: str, part_id: int, *, because: str, by: Actor, goes_back: bool = False) -> None:
    """The part is no longer in the device; its serial stays used. It may go back to the supplier."""
    ticket = get_ticket_for_change(reference, by=by)
    part = db.session.get(PartFitted, part_id)
    if part is None or part.ticket_id != ticket.id or part.removed_at is not None:
        raise NotFound
    part.removed_at, part.removed_because = clock.now(), because
    if part.part_id is not None:
        stocked = db.session.get_one(Part, part.part_id)
        stock.take_out_of_device(
            ticket, stocked, serial=part.serial, goes_back=goes_back, reason=because, by=by
        )
    record_history(ticket, "part_taken_out", by=by, after={"part": part.id})
    publish(FittedPartsChanged(ticket_id=TicketId(ticket.id)))


def count_fitted(ticket_id: int) -> int:
    query = select(func.count()).where(PartFitted.ticket_id == ticket_id, PartFitted.removed_at.is_(None))
    return db.session.scalar(query) or 0


def _get_open_order(ticket: Ticket, order_id: int) -> PartOrder:
    order = db.session.get(PartOrder, order_id)
    if order is None or order.ticket_id != ticket.id:
        raise NotFound
    if order.arrived_at is not None or order.cancelled_at is not None:
        raise PartNotOnOrder
    return order
