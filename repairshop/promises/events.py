"""What happened to a promise."""

from dataclasses import dataclass
from datetime import datetime

from repairshop.events import Event
from repairshop.promises.rules import PromisedDates, PromiseReason
from repairshop.staff.rules import Actor, ShopId
from repairshop.tickets.rules import TicketId


@dataclass(frozen=True, kw_only=True)
class PromiseChanged(Event):
    """The customer must be told other dates, and no move of the ticket tells them."""

    ticket_id: TicketId
    shop_id: ShopId
    promise_id: int
    before: PromisedDates | None
    dates: PromisedDates
    reason: PromiseReason
    note: str  # in the shop's own words, shown to the customer
    by: Actor
    at: datetime
