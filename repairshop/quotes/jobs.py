"""Every quarter of an hour: remind customers of a quote, and close what nobody answered."""

from repairshop import clock
from repairshop.errors import Conflict, NotFound, Refused
from repairshop.notifications.queries import list_written_events
from repairshop.quotes import service
from repairshop.quotes.reminding import remind
from repairshop.quotes.waiting import list_abandoned, list_reminders_due
from repairshop.staff.rules import ShopId, system_actor
from repairshop.transaction import transaction


def remind_of_quotes() -> int:
    """Queue the reminders that are due, each in its own transaction; how many."""
    due = list_reminders_due(at=clock.now())
    written = list_written_events([reminder.event_key for reminder in due])
    sent = 0
    for reminder in due:
        if reminder.event_key in written:
            continue
        by = system_actor(ShopId(reminder.waiting.shop_id))
        try:
            with transaction():
                sent += remind(reminder, by=by)
        except NotFound:
            continue
    return sent


def close_unanswered_quotes() -> int:
    """Close them as a person would, each in its own transaction; how many.

    Two workers may find the same quote: the second is refused by the stage machine, and that is fine.
    """
    closed = 0
    for waiting in list_abandoned(at=clock.now()):
        by = system_actor(ShopId(waiting.shop_id))
        try:
            with transaction():
                service.close_unanswered(waiting.reference, by=by)
        except (Refused, Conflict, NotFound):
            continue
        closed += 1
    return closed
