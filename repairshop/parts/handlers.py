"""What an undone move takes back: orders it placed, arrivals and cancellations it recorded."""

from sqlalchemy import or_, select

from repairshop.database import db
from repairshop.parts.models import PartOrder
from repairshop.tickets.events import MoveUndone


def restore_orders(event: MoveUndone) -> None:
    query = select(PartOrder).where(
        or_(PartOrder.order_move_id == event.move_id, PartOrder.end_move_id == event.move_id)
    )
    for order in db.session.scalars(query):
        if order.order_move_id == event.move_id:
            order.cancelled_at = event.at
        else:
            order.arrived_at, order.cancelled_at, order.end_move_id = None, None, None
