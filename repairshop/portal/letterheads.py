"""The shop as the papers of its customers name it."""

from repairshop.portal.queries import Guest, GuestShop
from repairshop.reports.rules import Letterhead
from repairshop.staff.queries import ShopFacts


def letterhead_for(guest: Guest) -> Letterhead:
    """In the guest's language."""
    return letterhead_of(guest.shop, language=guest.language)


def letterhead_of(shop: GuestShop | ShopFacts, *, language: str) -> Letterhead:
    """`language` is the reader's."""
    return Letterhead(
        name=shop.name,
        street=shop.street,
        city=shop.city,
        phone=shop.phone,
        email=shop.email,
        country=shop.country,
        time_zone=shop.time_zone,
        language=language,
    )
