"""Who holds the device and what came with it. Everything here runs inside the caller's transaction."""

from repairshop import clock
from repairshop.staff.rules import Actor
from repairshop.tickets.history import record_custody, record_history
from repairshop.tickets.models import (
    Ticket,
)
from repairshop.tickets.rules import (
    Holder,
    require_held,
)
from repairshop.tickets.service import get_ticket_for_change


def pass_along(reference: str, to: Holder, *, to_label: str, item: str, by: Actor) -> None:
    """Say who holds the device, or something that came with it, from now on; NothingToPassOn otherwise."""
    ticket = get_ticket_for_change(reference, by=by)
    require_held(ticket.stage)
    pass_on(ticket, to, to_label=to_label, by=by, item=item)


def pass_on(
    ticket: Ticket, to: Holder, *, to_label: str, by: Actor, item: str = "device", move_id: int | None = None
) -> None:
    """Record a hand-to-hand step. For the device itself the ticket's holder changes too."""
    origin, origin_label = ticket.holder, ticket.holder_label
    record_custody(ticket, origin, to, to_label=to_label, by=by, item=item, from_label=origin_label)
    if item == "device":
        ticket.holder, ticket.holder_label, ticket.holder_since = to, to_label, clock.now()
    record_history(
        ticket,
        "passed_on",
        by=by,
        before={"holder": origin.value},
        after={"holder": to.value, "item": item},
        move_id=move_id,
    )
