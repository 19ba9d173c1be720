"""A device that nobody has is told to the shop's managers, or to its owners where it has none."""

from repairshop import clock
from repairshop.custody.events import DeviceLost
from repairshop.database import db
from repairshop.notifications.rules import Notice
from repairshop.notifications.staff_mails import facts_for_staff, list_managers, mail_staff
from repairshop.tickets.models import Ticket


def mail_lost_device(event: DeviceLost) -> None:
    """One mail to each, however often the event is announced."""
    ticket = db.session.get_one(Ticket, event.ticket_id)
    mail_staff(
        Notice.DEVICE_LOST,
        facts_for_staff(ticket),
        list_managers(event.shop_id),
        shop_id=event.shop_id,
        event_key=f"device_lost:{ticket.id}:{event.since.isoformat()}",
        at=clock.now(),
    )
