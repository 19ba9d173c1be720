"""How the diagnosis reacts to what happens to a ticket."""

from repairshop.diagnostics import service
from repairshop.tickets.events import MoveUndone


def take_back_conclusions(event: MoveUndone) -> None:
    service.take_back_conclusions(event.move_id)
