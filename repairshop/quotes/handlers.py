"""How quotes react to what happens to a ticket."""

from repairshop.quotes import service
from repairshop.tickets.events import MoveUndone


def restore_quotes(event: MoveUndone) -> None:
    service.restore_after_undo(event.move_id, by=event.by)
