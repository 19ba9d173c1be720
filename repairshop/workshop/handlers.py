"""How the clocks of the bench follow a ticket."""

from repairshop.staff.rules import ActorKind
from repairshop.tickets.events import MoveUndone, TicketMoved
from repairshop.workshop import timing
from repairshop.workshop.rules import STARTS_WORK, WORK_STAGES


def run_clocks(event: TicketMoved) -> None:
    timing.follow_move(
        event.ticket_id,
        move_id=event.move_id,
        starts=event.verb in STARTS_WORK and event.by.kind is ActorKind.STAFF,
        goes_on=event.target in WORK_STAGES,
        by=event.by,
    )


def restore_clocks(event: MoveUndone) -> None:
    timing.undo_move(event.move_id)
