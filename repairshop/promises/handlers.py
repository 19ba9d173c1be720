"""How promises react to what happens to a ticket."""

from repairshop.promises import service
from repairshop.tickets.events import MoveUndone


def withdraw_promises(event: MoveUndone) -> None:
    service.withdraw_promises_of(event.move_id)
