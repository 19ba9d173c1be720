"""The head of a day leaves the machine: a mail to the shop's owners."""

from datetime import date

from sqlalchemy import select

from repairshop import clock
from repairshop.catalogue.rules import DeviceType
from repairshop.database import db
from repairshop.notifications.composition import words_for
from repairshop.notifications.planning import Planned
from repairshop.notifications.rules import Channel, Notice
from repairshop.notifications.texts import TextFacts
from repairshop.notifications.writing import About, is_written, write_message
from repairshop.staff.models import Membership, Shop, Staff
from repairshop.staff.rules import Role


def mail_day_head(shop_id: int, day: date, head: str) -> int:
    """Queue the head for each owner who works there, once; how many mails those were."""
    shop, at, count = db.session.get_one(Shop, shop_id), clock.now(), 0
    facts = TextFacts(
        shop=shop.name, tickets=(), device_type=DeviceType.OTHER, code=f"{day.isoformat()}:{head}"
    )
    key = f"day_head:{shop_id}:{day.isoformat()}"
    for address, language in list_staff_addresses(shop_id, Role.OWNER):
        if is_written(key, Channel.EMAIL, address):
            continue
        write_message(
            Notice.DAY_HEAD,
            Planned(channel=Channel.EMAIL, address=address, language=language, send_after=at),
            words_for(Notice.DAY_HEAD, Channel.EMAIL, facts, language),
            About(shop_id=shop_id),
            event_key=key,
            facts=facts,
            covers=[],
            at=at,
        )
        count += 1
    return count


def list_staff_addresses(shop_id: int, role: Role) -> list[tuple[str, str]]:
    """Address and language of those who work there in this role."""
    rows = db.session.execute(
        select(Staff.email, Staff.language)
        .join(Membership, Membership.staff_id == Staff.id)
        .where(Membership.shop_id == shop_id, Membership.role == role)
        .where(Membership.disabled_at.is_(None), Staff.disabled_at.is_(None))
        .order_by(Staff.id)
    )
    return [(row.email, row.language) for row in rows]
