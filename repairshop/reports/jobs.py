"""Issues the reports nobody has asked for yet."""

from datetime import timedelta

from repairshop import clock
from repairshop.errors import NotFound, Refused
from repairshop.reports import queries, service
from repairshop.staff.rules import ShopId, system_actor
from repairshop.transaction import transaction

LOOK_BACK = timedelta(
    days=2
)  # a worker that was down for a weekend night catches up; loaded pasts stay quiet


def issue_due_reports() -> int:
    """Give each ticket that came to an end its report; returns how many. Safe in any number of processes.

    One that cannot have its report, because it was moved or erased meanwhile, keeps no other from theirs.
    """
    issued = 0
    for reference, shop_id in queries.list_due(since=clock.now() - LOOK_BACK):
        try:
            with transaction():
                service.issue_report(reference, by=system_actor(ShopId(shop_id)))
        except (Refused, NotFound):
            continue
        issued += 1
    return issued
