"""Whose name and number stand at the top of a page that opens for everybody: whom a customer can call."""

from dataclasses import dataclass

from flask import g
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from repairshop.database import db
from repairshop.portal.queries import Guest, GuestShop
from repairshop.portal.session import find_current_guest
from repairshop.staff.models import Shop


@dataclass(frozen=True, kw_only=True)
class Nameplate:
    """What the frame of a page says about a shop."""

    name: str
    phone: str
    street: str
    city: str
    slug: str


def find_nameplate() -> GuestShop | Nameplate | None:
    """The shop whose repair is open in this browser, else the only one of this installation, else none.

    Not asked in a flood, nor where the database is in doubt: the page that says so has to come all the same.
    """
    guest = _find_guest()
    if guest is not None:
        return guest.shop
    return None if g.get("leave_database_alone") else _find_only_shop()


def has_repair_open() -> bool:
    """Whether this browser has a repair open, as far as is known."""
    return _find_guest() is not None


def _find_guest() -> Guest | None:
    known: Guest | None = g.get("guest")
    return known if g.get("leave_database_alone") else find_current_guest()


def _find_only_shop() -> Nameplate | None:
    """None also where the database does not answer: what needs nothing else of it comes without a name."""
    try:
        shops = db.session.execute(
            select(Shop.name, Shop.phone, Shop.street, Shop.city, Shop.slug).order_by(Shop.id).limit(2)
        ).all()
    except SQLAlchemyError:
        return None
    if len(shops) != 1:
        return None
    row = shops[0]
    return Nameplate(name=row.name, phone=row.phone, street=row.street, city=row.city, slug=row.slug)
