"""Each minute: devices that nobody has had for an hour."""

from repairshop import clock
from repairshop.custody import queries, service
from repairshop.transaction import transaction


def raise_alerts() -> int:
    """Tell the staff of each, once; how many. Reading comes first: most minutes there is nothing to write."""
    at, raised = clock.now(), 0
    for shop_id in queries.list_shops_to_alert(at=at):
        with transaction():
            raised += service.raise_alerts(shop_id, at=at)
    return raised
