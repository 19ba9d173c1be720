"""The head of a day leaves the machine: a mail to the shop's owners."""

from datetime import date

from repairshop import clock
from repairshop.catalogue.rules import DeviceType
from repairshop.database import db
from repairshop.notifications.rules import Notice
from repairshop.notifications.staff_mails import list_addresses, mail_staff
from repairshop.notifications.texts import TextFacts
from repairshop.staff.models import Shop
from repairshop.staff.rules import Role


def mail_day_head(shop_id: int, day: date, head: str) -> int:
    """Queue the head for each owner who works there, once; how many mails those were."""
    shop = db.session.get_one(Shop, shop_id)
    facts = TextFacts(
        shop=shop.name, tickets=(), device_type=DeviceType.OTHER, code=f"{day.isoformat()}:{head}"
    )
    return mail_staff(
        Notice.DAY_HEAD,
        facts,
        list_addresses(shop_id, Role.OWNER),
        shop_id=shop_id,
        event_key=f"day_head:{shop_id}:{day.isoformat()}",
        at=clock.now(),
    )
