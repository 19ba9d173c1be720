"""Issues the reports nobody has asked for yet."""

from datetime import timedelta

from repairshop import clock
from repairshop.reports import queries, service
from repairshop.staff.rules import ShopId, system_actor
from repairshop.transaction import transaction

LOOK_BACK = timedelta(
    days=2
)  # a worker that was down for a weekend night catches up; loaded pasts stay quiet


def issue_due_reports() -> int:
    """Give each ticket that came to an end its report; returns how many. Safe in any number of processes."""
    due = queries.list_due(since=clock.now() - LOOK_BACK)
    for reference, shop_id in due:
        with transaction():
            service.issue_report(reference, by=system_actor(ShopId(shop_id)))
    return len(due)
