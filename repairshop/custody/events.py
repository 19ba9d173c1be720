"""What happened to a device that nobody holds."""

from dataclasses import dataclass
from datetime import datetime

from repairshop.events import Event
from repairshop.staff.rules import ShopId
from repairshop.tickets.rules import TicketId


@dataclass(frozen=True, kw_only=True)
class DeviceLost(Event):
    """It came in, or was brought back, and nobody has said where it is for too long."""

    ticket_id: TicketId
    shop_id: ShopId
    since: datetime
