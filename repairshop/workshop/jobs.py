"""Once a night and shop: clocks that nobody stopped."""

from datetime import datetime, time

from repairshop import clock
from repairshop.promises.queries import get_calendar
from repairshop.transaction import transaction
from repairshop.workshop import queries, timing


def stop_forgotten_clocks(shop_id: int) -> int:
    """Each in its own transaction; how many were stopped."""
    calendar = get_calendar(shop_id)
    today = datetime.combine(calendar.local_day(clock.now()), time(0), tzinfo=calendar.zone)
    stopped = 0
    for span_id in queries.list_running_since(today, shop_id=shop_id):
        with transaction():
            stopped += timing.stop_forgotten(span_id)
    return stopped
