"""A low score is told to whoever did the work, and to the managers."""

from datetime import datetime

from sqlalchemy import select

from repairshop.database import db
from repairshop.notifications.composition import words_for
from repairshop.notifications.heads import list_staff_addresses
from repairshop.notifications.planning import Planned
from repairshop.notifications.rules import Channel, Notice
from repairshop.notifications.texts import TextFacts
from repairshop.notifications.writing import About, is_written, write_message
from repairshop.staff.models import Shop, Staff
from repairshop.staff.rules import Role
from repairshop.tickets.models import Ticket


def mail_low_score(ticket: Ticket, staff_id: int | None, *, event_key: str, at: datetime) -> None:
    """One mail to each; neither the score nor the customer's words leave the shop's own pages."""
    shop = db.session.get_one(Shop, ticket.shop_id)
    facts = TextFacts(
        shop=shop.name,
        tickets=(f"{shop.number_prefix}{ticket.number}",),
        device_type=ticket.device_type,
        device_label=ticket.device_label,
        country=shop.country,
    )
    for address, language in _list_addresses(shop.id, staff_id):
        if is_written(event_key, Channel.EMAIL, address):
            continue
        write_message(
            Notice.LOW_SCORE,
            Planned(channel=Channel.EMAIL, address=address, language=language, send_after=at),
            words_for(Notice.LOW_SCORE, Channel.EMAIL, facts, language),
            About(shop_id=shop.id),
            event_key=event_key,
            facts=facts,
            covers=[],
            at=at,
        )


def _list_addresses(shop_id: int, staff_id: int | None) -> list[tuple[str, str]]:
    managers = list_staff_addresses(shop_id, Role.MANAGER) or list_staff_addresses(shop_id, Role.OWNER)
    if staff_id is None:
        return managers
    worker = db.session.execute(
        select(Staff.email, Staff.language).where(Staff.id == staff_id, Staff.disabled_at.is_(None))
    ).one_or_none()
    return list(dict.fromkeys([*([(worker.email, worker.language)] if worker else []), *managers]))
