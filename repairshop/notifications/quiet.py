"""When nobody is texted: the shop's quiet hours and the customer's own, as rows hold them."""

from repairshop.customers.models import Customer
from repairshop.notifications.planning import QuietTimes, quiet_times
from repairshop.notifications.spending import get_quiet
from repairshop.staff.models import Shop


def quiet_for(shop: Shop, customer: Customer | None, *, hours: tuple[str, str] | None = None) -> QuietTimes:
    """In the shop's time zone; a customer's wish adds to the shop's hours and takes none away.

    `hours` are the shop's, for who has read them already.
    """
    spans = [hours or get_quiet(shop.id)]
    if customer is not None and customer.quiet_from and customer.quiet_to:
        spans.append((customer.quiet_from, customer.quiet_to))
    return quiet_times(spans, zone=shop.time_zone)
