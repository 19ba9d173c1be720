"""Once a day: booked repairs that nobody brought."""

from repairshop import clock
from repairshop.errors import Conflict, NotFound, Refused
from repairshop.intake import queries, service
from repairshop.intake.rules import NO_SHOW_AFTER, CancelReason
from repairshop.promises.queries import get_calendar
from repairshop.staff.rules import ShopId, system_actor
from repairshop.transaction import transaction


def cancel_no_shows() -> int:
    """Cancel them, each in its own transaction; how many. What somebody else moved first is left alone."""
    cancelled = 0
    for shop_id in queries.list_shop_ids():
        by = system_actor(ShopId(shop_id))
        before = get_calendar(shop_id).local_day(clock.now()) - NO_SHOW_AFTER
        for reference in queries.list_overdue_bookings(shop_id, before=before):
            try:
                with transaction():
                    service.cancel(reference, reason=CancelReason.NO_SHOW, by=by)
            except (Refused, Conflict, NotFound):
                continue
            cancelled += 1
    return cancelled
