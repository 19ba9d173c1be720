"""A low score is told to whoever did the work, and to the managers."""

from datetime import datetime

from repairshop.notifications.rules import Notice
from repairshop.notifications.staff_mails import facts_for_staff, list_addresses, list_managers, mail_staff
from repairshop.tickets.models import Ticket


def mail_low_score(ticket: Ticket, staff_id: int | None, *, event_key: str, at: datetime) -> None:
    """One mail to each; neither the score nor the customer's words leave the shop's own pages."""
    worker = list_addresses(ticket.shop_id, staff_id=staff_id) if staff_id is not None else []
    mail_staff(
        Notice.LOW_SCORE,
        facts_for_staff(ticket),
        dict.fromkeys([*worker, *list_managers(ticket.shop_id)]),
        shop_id=ticket.shop_id,
        event_key=event_key,
        at=at,
    )
