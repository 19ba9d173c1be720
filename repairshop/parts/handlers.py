"""What a move does to a ticket's orders and reservations, and what an undone one takes back."""

from sqlalchemy import or_, select

from repairshop.database import db
from repairshop.parts import stock
from repairshop.parts.models import PartOrder, PartReservation
from repairshop.parts.service import undo_arrival
from repairshop.tickets.events import MoveUndone, TicketMoved
from repairshop.tickets.models import Ticket
from repairshop.tickets.stages import FINAL_STAGES, Stage


def free_reserved_parts(event: TicketMoved) -> None:
    """What a finished repair did not use is free for the next."""
    if event.target is not Stage.READY and event.target not in FINAL_STAGES:
        return
    for reservation in stock.list_open_reservations(event.ticket_id):
        ticket = db.session.get_one(Ticket, event.ticket_id)
        stock.let_go(ticket, reservation, by=event.by, move_id=event.move_id)


def restore_orders(event: MoveUndone) -> None:
    query = select(PartOrder).where(
        or_(PartOrder.order_move_id == event.move_id, PartOrder.end_move_id == event.move_id)
    )
    for order in db.session.scalars(query).all():
        if order.order_move_id == event.move_id:
            order.cancelled_at = event.at
        elif order.arrived_at is None or undo_arrival(order, by=event.by):
            order.cancelled_at, order.end_move_id = None, None


def restore_reserved_parts(event: MoveUndone) -> None:
    """Set aside again what the undone move let go, as far as nobody has taken it since."""
    query = (
        select(PartReservation)
        .where(PartReservation.end_move_id == event.move_id)
        .order_by(PartReservation.part_id, PartReservation.id)
    )
    for reservation in db.session.scalars(query).all():
        ticket = db.session.get_one(Ticket, reservation.ticket_id)
        stock.restore_reservation(ticket, reservation, by=event.by)
