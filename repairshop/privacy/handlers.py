"""The vault follows a ticket's moves: where nobody works any more, no passcode stays."""

from repairshop.privacy import vault_service
from repairshop.tickets.events import TicketMoved


def purge_passcode(event: TicketMoved) -> None:
    vault_service.purge_by_stage(event.ticket_id, event.target, by=event.by)
