"""What moves mean for requests."""

from repairshop.dropoff import service
from repairshop.tickets.events import TicketMoved


def settle_request(event: TicketMoved) -> None:
    service.settle_moved(event)
