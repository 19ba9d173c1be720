"""Once a night and shop: what the finished repairs tell about the open ones."""

from datetime import datetime, time

from repairshop import clock
from repairshop.promises.learning import learn_from_past
from repairshop.promises.queries import get_calendar
from repairshop.transaction import transaction


def learn(shop_id: int) -> int:
    """From all that was ready before today; safe to run twice. How many groups know something."""
    with transaction():
        calendar = get_calendar(shop_id)
        today = datetime.combine(calendar.local_day(clock.now()), time(0), tzinfo=calendar.zone)
        return learn_from_past(shop_id, before=today)
