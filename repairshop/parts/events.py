"""What happened to the parts of a repair."""

from dataclasses import dataclass

from repairshop.events import Event
from repairshop.tickets.rules import TicketId


@dataclass(frozen=True, kw_only=True)
class FittedPartsChanged(Event):
    """A part was fitted, or taken out again."""

    ticket_id: TicketId
