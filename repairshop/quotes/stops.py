"""What keeps a price from going out, asked by the pages before anybody clicks."""

from repairshop.errors import Refused
from repairshop.events import publish
from repairshop.quotes.events import QuoteWanted
from repairshop.tickets.queries import TicketHead
from repairshop.tickets.rules import TicketId
from repairshop.tickets.stages import Stage


def find_stop(head: TicketHead) -> Refused | None:
    """The refusal that sending would meet now; None where nothing stands in the way."""
    if head.stage is not Stage.DIAGNOSING:
        return None
    try:
        publish(QuoteWanted(ticket_id=TicketId(head.id), is_claim=head.claim_of_id is not None))
    except Refused as refusal:
        return refusal
    return None
