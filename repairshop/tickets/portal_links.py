"""The customers' links: made when first needed, ended by raising their version."""

from collections.abc import Collection

from sqlalchemy import select

from repairshop import clock
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.staff.rules import Actor
from repairshop.tickets.history import record_history
from repairshop.tickets.models import (
    PortalLink,
)
from repairshop.tickets.rules import (
    LinkOrigin,
)
from repairshop.tickets.service import get_ticket_for_change


def show_link(reference: str, *, by: Actor) -> PortalLink:
    """The link staff hand out themselves; the history says that somebody saw it.

    NotFound without a visit, and for somebody who was erased: their links open nothing.
    """
    ticket = get_ticket_for_change(reference, by=by)
    if ticket.visit is None or ticket.visit.customer.erased_at is not None:
        raise NotFound
    link = get_link(ticket.visit.id, ticket.visit.customer_id, origin=LinkOrigin.STAFF)
    record_history(ticket, "link_shown", by=by)
    return link


def end_links(reference: str, *, by: Actor) -> None:
    """No link handed out so far opens the repair any more."""
    ticket = get_ticket_for_change(reference, by=by)
    if ticket.visit is None:
        raise NotFound
    revoke_links(ticket.visit.id)
    record_history(ticket, "links_ended", by=by)


def get_link(visit_id: int, customer_id: int, *, origin: LinkOrigin) -> PortalLink:
    """The person's link of this origin, made at first need."""
    return get_links(visit_id, customer_id, origins=(origin,))[origin]


def get_links(
    visit_id: int, customer_id: int, *, origins: Collection[LinkOrigin]
) -> dict[LinkOrigin, PortalLink]:
    """The person's links of these origins, made at first need; one query, and one more when any is new."""
    query = select(PortalLink).where(
        PortalLink.visit_id == visit_id, PortalLink.customer_id == customer_id, PortalLink.origin.in_(origins)
    )
    links = {link.origin: link for link in db.session.scalars(query)}
    new = [
        PortalLink(visit_id=visit_id, customer_id=customer_id, origin=origin, created_at=clock.now())
        for origin in dict.fromkeys(origins)
        if origin not in links
    ]
    if new:
        db.session.add_all(new)
        db.session.flush()  # the tokens are made from the ids
    return links | {link.origin: link for link in new}


def find_link(visit_id: int, customer_id: int, *, origin: LinkOrigin) -> PortalLink | None:
    query = select(PortalLink).where(
        PortalLink.visit_id == visit_id, PortalLink.customer_id == customer_id, PortalLink.origin == origin
    )
    return db.session.scalars(query).one_or_none()


def revoke_links(visit_id: int) -> None:
    """End every link of the visit; new ones can be handed out at once."""
    for link in db.session.scalars(select(PortalLink).where(PortalLink.visit_id == visit_id)):
        link.version += 1
