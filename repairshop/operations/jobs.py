"""What the worker does once a day for each shop."""

from repairshop.operations import service
from repairshop.transaction import transaction


def publish_day_heads(shop_id: int) -> int:
    """The heads of the shop's days that are over; safe to run at any time and twice."""
    with transaction():
        return service.publish_heads(shop_id)
