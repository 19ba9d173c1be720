"""A device that nobody has is told to the shop's managers, or to its owners where it has none."""

from repairshop import clock
from repairshop.custody.events import DeviceLost
from repairshop.database import db
from repairshop.notifications.composition import words_for
from repairshop.notifications.heads import list_staff_addresses
from repairshop.notifications.planning import Planned
from repairshop.notifications.rules import Channel, Notice
from repairshop.notifications.texts import TextFacts
from repairshop.notifications.writing import About, is_written, write_message
from repairshop.staff.models import Shop
from repairshop.staff.rules import Role
from repairshop.tickets.models import Ticket


def mail_lost_device(event: DeviceLost) -> None:
    """One mail to each, however often the event is announced."""
    shop, ticket = db.session.get_one(Shop, event.shop_id), db.session.get_one(Ticket, event.ticket_id)
    facts = TextFacts(
        shop=shop.name,
        tickets=(f"{shop.number_prefix}{ticket.number}",),
        device_type=ticket.device_type,
        device_label=ticket.device_label,
        country=shop.country,
    )
    key, at = f"device_lost:{ticket.id}:{event.since.isoformat()}", clock.now()
    managers = list_staff_addresses(shop.id, Role.MANAGER)
    for address, language in managers or list_staff_addresses(shop.id, Role.OWNER):
        if is_written(key, Channel.EMAIL, address):
            continue
        write_message(
            Notice.DEVICE_LOST,
            Planned(channel=Channel.EMAIL, address=address, language=language, send_after=at),
            words_for(Notice.DEVICE_LOST, Channel.EMAIL, facts, language),
            About(shop_id=shop.id),
            event_key=key,
            facts=facts,
            covers=[],
            at=at,
        )
