"""When nobody is texted: the shop's quiet hours and the customer's own, as rows hold them."""

from repairshop.customers.models import Customer
from repairshop.notifications.planning import QuietTimes, quiet_times
from repairshop.notifications.spending import get_quiet
from repairshop.staff.models import Shop


def quiet_for(shop: Shop, customer: Customer | None) -> QuietTimes:
    """In the shop's time zone; a customer's wish adds to the shop's hours and takes none away."""
    hours = [get_quiet(shop.id)]
    if customer is not None and customer.quiet_from and customer.quiet_to:
        hours.append((customer.quiet_from, customer.quiet_to))
    return quiet_times(hours, zone=shop.time_zone)
