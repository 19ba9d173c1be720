"""The repair page read again: answered from one narrow question, before anything else is done for a request.

Most readings find that nothing has changed. For those this module asks whether the link still holds and which
versions the page shows, and answers 304 or the body that was drawn before. Everything it does not know how to
answer in full goes on to the gate and the view as if it were not there: a page nobody drew yet, a repair that
is closed or late, a browser that is to be told something, a link that holds no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, current_app, g, request
from sqlalchemy import bindparam, select

from repairshop import clock
from repairshop.customers.models import Customer
from repairshop.database import read_alone
from repairshop.portal import session
from repairshop.portal.rules import is_late
from repairshop.staff.models import Shop
from repairshop.tickets.models import PortalLink, Ticket, Visit
from repairshop.web.bodies import Bodies, tag_of
from repairshop.web.page import edition

_PAGES = frozenset({"portal.show", "portal.show_one"})

_GLANCE = (
    select(
        PortalLink.version.label("link_version"),
        PortalLink.visit_id,
        Customer.name,
        Customer.language,
        Shop.id.label("shop_id"),
        Shop.version.label("shop_version"),
        Shop.time_zone,
        Ticket.code,
        Ticket.version,
        Ticket.due_at,
        Ticket.closed_at,
    )
    .join(Visit, Visit.id == PortalLink.visit_id)
    .join(Shop, Shop.id == Visit.shop_id)
    .join(Customer, Customer.id == PortalLink.customer_id)
    .join(Ticket, Ticket.visit_id == Visit.id)
    .where(PortalLink.id == bindparam("link_id"), Customer.erased_at.is_(None))
    .order_by(Ticket.id)
)


@dataclass(frozen=True, kw_only=True)
class Known:
    """The tag of the page in hand: what the view puts on the body that it draws, and keeps it under."""

    tag: str


def bodies() -> Bodies:
    """What this process drew."""
    kept: Bodies = current_app.extensions.setdefault("portal_bodies", Bodies())
    return kept


def answer() -> Response | None:
    """304 or the kept body; None where the request has to go its usual way."""
    if request.endpoint not in _PAGES or request.method != "GET":
        return None
    tag = _tag()
    if tag is None:
        return None
    g.portal_page = Known(tag=tag)
    if request.if_none_match.contains(tag):
        response = Response(status=304)
    else:
        body = bodies().find(tag)
        if body is None:
            return None
        response = Response(body, mimetype="text/html")
    response.set_etag(tag)
    return response


def find_known() -> Known | None:
    found: Known | None = g.get("portal_page")
    return found


def _tag() -> str | None:
    """What decides how the page looks, while its repairs are open and in time."""
    key = session.find_key()
    if key is None or session.has_news():
        return None
    rows = read_alone(_GLANCE, link_id=key.link_id)
    now = clock.now()
    if not rows or rows[0].link_version != key.link_version:
        return None
    if any(row.closed_at is not None or is_late(row.due_at, at=now) for row in rows):
        return None
    return _tag_of(rows, key, at=now)


def _tag_of(rows: Sequence[Any], key: session.Key, *, at: datetime) -> str:
    first = rows[0]
    minute = at.replace(second=0, microsecond=0)
    # Where no date was told the rows here do not know when one is owed, so such a page is drawn each minute.
    repairs = [(row.code, row.version, "in time" if row.due_at else minute) for row in rows]
    days = (at.date(), at.astimezone(ZoneInfo(first.time_zone)).date())
    reader = (first.visit_id, first.name, key.origin.value, first.language)
    return tag_of(request.path, repairs, days, reader, first.shop_id, first.shop_version, edition())
