"""Once an hour: devices nobody collected in time."""

from repairshop import clock
from repairshop.errors import Conflict, NotFound, Refused
from repairshop.handover import queries, service
from repairshop.staff.rules import ShopId, system_actor
from repairshop.transaction import transaction


def close_uncollected() -> int:
    """Move them to `unclaimed`, each in its own transaction; how many moved.

    Two workers may find the same device: the second is refused by the stage machine, and that is fine.
    """
    moved = 0
    for found in queries.list_uncollected(at=clock.now()):
        try:
            with transaction():
                service.not_collected(found.reference, by=system_actor(ShopId(found.shop_id)))
        except (Refused, Conflict, NotFound):
            continue
        moved += 1
    return moved
