"""A full column is asked about wherever a job comes from: by key, scan, drag or button."""

from repairshop.board.limits import ColumnFull, chosen_column, filled, read_why
from repairshop.board.queries import count_held, lock_limit
from repairshop.database import db
from repairshop.staff.rules import ActorKind
from repairshop.tickets.events import TicketMoved
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Ticket


def ask_before_full(event: TicketMoved) -> None:
    """Raises ColumnFull, which takes the move back, until the person says why; then the reason is recorded.

    Customers and jobs are never asked, and neither is whoever takes a move back.
    """
    column = chosen_column(event.verb, event.origin, event.target)
    if column is None or event.by.kind is not ActorKind.STAFF:
        return
    most = lock_limit(event.shop_id, column)
    if most is None:
        return
    full = filled(column, held=count_held(event.shop_id, column, apart_from=event.ticket_id), most=most)
    if full is None:
        return
    ticket = db.session.get_one(Ticket, event.ticket_id)
    why = read_why(event.by.insists)
    if why is None:
        raise ColumnFull(full, reference=ticket.code, verb=event.verb)
    record_history(
        ticket,
        "moved_into_full",
        by=event.by,
        after={"column": column.value, "held": full.held, "most": full.most, "why": why.value},
        move_id=event.move_id,
    )
