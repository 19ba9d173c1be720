"""What others may want to know before a price goes to a customer."""

from dataclasses import dataclass

from repairshop.events import Event
from repairshop.tickets.rules import TicketId


@dataclass(frozen=True, kw_only=True)
class QuoteWanted(Event):
    """A diagnosis is to end with a price. A listener that must not let it raises its refusal."""

    ticket_id: TicketId
    is_claim: bool
