"""What the pages promise to everybody, how that was tested, what is not good yet, and whom to tell."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from repairshop.database import db
from repairshop.portal.session import find_current_guest
from repairshop.staff.models import Shop
from repairshop.staff.session import find_signed_in
from repairshop.web.access import public
from repairshop.web.locale import language_offered, speak

accessibility = Blueprint("accessibility", __name__)

# When the tests named on the page were last read against it; change both together.
CHECKED_ON = date(2026, 11, 27)
_MOST_SHOPS = 50


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Whom to tell."""

    name: str
    phone: str
    email: str
    street: str
    city: str


@accessibility.get("/accessibility")
@public
def show() -> ResponseReturnValue:
    """In the reader's language; with the one shop they deal with, or with all of this installation."""
    guest, signed_in = find_current_guest(), find_signed_in()
    query = select(Shop.name, Shop.phone, Shop.email, Shop.street, Shop.city, Shop.country, Shop.time_zone)
    if guest is not None:
        query = query.where(Shop.id == guest.shop.id)
    elif signed_in is not None:
        query = query.where(Shop.id == signed_in.shop.id)
    elif request.args.get("shop"):
        query = query.where(Shop.slug == request.args["shop"][:100])
    shops = db.session.execute(query.order_by(Shop.name).limit(_MOST_SHOPS)).all()
    language = guest.language if guest else signed_in.staff.language if signed_in else language_offered()
    if shops:
        speak(language=language, country=shops[0].country, time_zone=shops[0].time_zone)
    contacts = [
        Contact(name=row.name, phone=row.phone, email=row.email, street=row.street, city=row.city)
        for row in shops
    ]
    return render_template(
        "portal/accessibility.html",
        shop=contacts[0] if len(contacts) == 1 else None,
        contacts=contacts,
        checked_on=CHECKED_ON,
    )
