"""Mails to the people of the shop themselves: who they are, and one mail to each, once."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from repairshop.database import db
from repairshop.notifications.composition import words_for
from repairshop.notifications.planning import Planned
from repairshop.notifications.rules import Channel, Notice
from repairshop.notifications.texts import TextFacts
from repairshop.notifications.writing import About, is_written, write_message
from repairshop.staff.models import Membership, Shop, Staff
from repairshop.staff.rules import Role
from repairshop.tickets.models import Ticket

Address = tuple[str, str]  # mail address and language


def mail_staff(
    notice: Notice,
    facts: TextFacts,
    addresses: Iterable[Address],
    *,
    shop_id: int,
    event_key: str,
    at: datetime,
) -> int:
    """Queue one mail to each, however often the event is announced; how many mails those were."""
    count = 0
    for address, language in addresses:
        if is_written(event_key, Channel.EMAIL, address):
            continue
        write_message(
            notice,
            Planned(channel=Channel.EMAIL, address=address, language=language, send_after=at),
            words_for(notice, Channel.EMAIL, facts, language),
            About(shop_id=shop_id),
            event_key=event_key,
            facts=facts,
            covers=[],
            at=at,
        )
        count += 1
    return count


def facts_for_staff(ticket: Ticket) -> TextFacts:
    """Number and device, and nothing about the customer."""
    shop = db.session.get_one(Shop, ticket.shop_id)
    return TextFacts(
        shop=shop.name,
        tickets=(f"{shop.number_prefix}{ticket.number}",),
        device_type=ticket.device_type,
        device_label=ticket.device_label,
        country=shop.country,
    )


def list_addresses(shop_id: int, *roles: Role, staff_id: int | None = None) -> list[Address]:
    """Those who work there now in one of these roles, and this person if they still work there."""
    rows = db.session.execute(
        select(Staff.email, Staff.language)
        .join(Membership, Membership.staff_id == Staff.id)
        .where(Membership.shop_id == shop_id)
        .where(Membership.role.in_(roles) | (Staff.id == staff_id))
        .where(Membership.disabled_at.is_(None), Staff.disabled_at.is_(None))
        .order_by(Staff.id)
    )
    return [(row.email, row.language) for row in rows]


def list_managers(shop_id: int) -> list[Address]:
    """The managers, or the owners where there is none."""
    return list_addresses(shop_id, Role.MANAGER) or list_addresses(shop_id, Role.OWNER)
