"""The shop as the papers of its customers name it."""

from repairshop.portal.queries import Guest
from repairshop.reports.rules import Letterhead


def letterhead_for(guest: Guest) -> Letterhead:
    """In the guest's language."""
    shop = guest.shop
    return Letterhead(
        name=shop.name,
        street=shop.street,
        city=shop.city,
        phone=shop.phone,
        email=shop.email,
        country=shop.country,
        time_zone=shop.time_zone,
        language=guest.language,
    )
