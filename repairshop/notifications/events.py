"""What happens to messages, for those who wait for them."""

from dataclasses import dataclass

from repairshop.events import Event
from repairshop.staff.rules import ShopId


@dataclass(frozen=True, kw_only=True)
class MessageFellThrough(Event):
    """A message was taken back before it went, or reached nobody and has no other way to go."""

    message_id: int
    shop_id: ShopId
