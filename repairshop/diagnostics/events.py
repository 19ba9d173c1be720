"""What happened in a diagnosis."""

from dataclasses import dataclass

from repairshop.events import Event
from repairshop.tickets.rules import TicketId


@dataclass(frozen=True, kw_only=True)
class FindingsChanged(Event):
    """A finding was written down or removed."""

    ticket_id: TicketId
