"""What a repair is found by follows what happens to it, in the same transaction."""

from repairshop.diagnostics.events import FindingsChanged
from repairshop.parts.events import FittedPartsChanged
from repairshop.similar import service
from repairshop.similar.rules import PAST_STAGES
from repairshop.tickets.events import MoveUndone, TicketMoved


def follow_move(event: TicketMoved) -> None:
    if event.target in PAST_STAGES or event.origin in PAST_STAGES:
        service.refresh(event.ticket_id)


def follow_undo(event: MoveUndone) -> None:
    if event.target in PAST_STAGES or event.origin in PAST_STAGES:
        service.refresh(event.ticket_id)


def follow_findings(event: FindingsChanged) -> None:
    service.refresh(event.ticket_id)


def follow_parts(event: FittedPartsChanged) -> None:
    """A part that is taken out of a device that was ready did not fix it."""
    service.refresh(event.ticket_id)
