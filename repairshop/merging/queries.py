"""What the pages about two records of one person show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from repairshop.customers.models import Customer
from repairshop.customers.queries import ContactRow, CustomerRow, get_customer_row
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.merging.consents import list_consents_to_stop
from repairshop.merging.models import CustomerMerge
from repairshop.merging.moving import count_rows
from repairshop.staff.models import Staff
from repairshop.tickets.models import Ticket, Visit

# What the pages have a word for; anything else that names a person is counted together.
_NAMED = (
    "device.customer_id",
    "visit.customer_id",
    "portal_link.customer_id",
    "outgoing_message.customer_id",
    "inbound_message.customer_id",
    "touchpoint.customer_id",
)


@dataclass(frozen=True, kw_only=True)
class Belongings:
    """How many of each go with a person."""

    devices: int
    visits: int
    tickets: int
    links: int
    messages: int
    touchpoints: int
    others: int


@dataclass(frozen=True, kw_only=True)
class Preview:
    """Two records side by side, and what would become of them."""

    kept: CustomerRow
    gone: CustomerRow
    belongings: Belongings
    of_kept: Belongings
    twice: tuple[ContactRow, ...]  # the other's numbers and addresses that the first has as well
    moves: tuple[ContactRow, ...]
    silenced: tuple[str, ...]  # addresses that would get no messages any more


@dataclass(frozen=True, kw_only=True)
class MergeRow:
    """Somebody who was merged into the person of the page."""

    id: int
    kept_id: int
    gone_id: int
    gone_name: str
    at: datetime
    by_name: str | None
    is_next: bool  # the one that can be undone now


@dataclass(frozen=True, kw_only=True)
class UndoPreview:
    """What goes back, and what stays because it came later."""

    merge: MergeRow
    kept: CustomerRow
    belongings: Belongings
    contacts: int
    later_visits: int


def get_preview(kept_id: int, gone_id: int, *, shop_id: int) -> Preview:
    kept, gone = (get_customer_row(id_, shop_id=shop_id) for id_ in (kept_id, gone_id))
    known = {(point.kind, point.value): point for point in kept.contacts}
    stops = list_consents_to_stop(kept.id, gone.id)
    shown = {point.value: point.shown for point in (*gone.contacts, *kept.contacts)}
    of_kept, of_gone = count_rows(kept.id, gone.id)
    tickets = _count_tickets(kept.id, gone.id)
    return Preview(
        kept=kept,
        gone=gone,
        belongings=_belongings(of_gone, tickets.get(gone.id, 0)),
        of_kept=_belongings(of_kept, tickets.get(kept.id, 0)),
        twice=tuple(point for point in gone.contacts if (point.kind, point.value) in known),
        moves=tuple(point for point in gone.contacts if (point.kind, point.value) not in known),
        silenced=tuple(sorted({shown[stop.address] for stop in stops})),
    )


def list_merges(kept_id: int) -> list[MergeRow]:
    """Who was merged into this person, the latest first; undone merges are left out."""
    query = (
        select(CustomerMerge, Customer.name, Staff.first_name)
        .join(Customer, Customer.id == CustomerMerge.gone_id)
        .outerjoin(Staff, Staff.id == CustomerMerge.staff_id)
        .where(CustomerMerge.kept_id == kept_id, CustomerMerge.undone_at.is_(None))
        .order_by(CustomerMerge.id.desc())
    )
    return [
        MergeRow(
            id=merge.id,
            kept_id=merge.kept_id,
            gone_id=merge.gone_id,
            gone_name=gone_name,
            at=merge.at,
            by_name=by_name,
            is_next=place == 0,
        )
        for place, (merge, gone_name, by_name) in enumerate(db.session.execute(query))
    ]


def get_undo_preview(customer_id: int, merge_id: int, *, shop_id: int) -> UndoPreview:
    """NotFound for a merge that is not one of this person's, or was undone."""
    kept = get_customer_row(customer_id, shop_id=shop_id)
    row = next((row for row in list_merges(customer_id) if row.id == merge_id), None)
    if row is None:
        raise NotFound
    moved = db.session.get_one(CustomerMerge, merge_id).moved
    visits = moved.get("visit.customer_id", [])
    tickets = select(func.count()).where(Ticket.visit_id.in_(visits))
    later = select(func.count()).where(
        Visit.customer_id == kept.id, Visit.created_at >= row.at, Visit.id.not_in(visits)
    )
    counts = {name: len(ids) for name, ids in moved.items()}
    return UndoPreview(
        merge=row,
        kept=kept,
        belongings=_belongings(counts, db.session.scalars(tickets).one()),
        contacts=counts.get("contact_point.customer_id", 0),
        later_visits=db.session.scalars(later).one(),
    )


def _belongings(counts: Mapping[str, int], tickets: int) -> Belongings:
    devices, visits, links, sent, received, touchpoints = (counts.get(name, 0) for name in _NAMED)
    named = {*_NAMED, "contact_point.customer_id", "told_apart.one_id", "told_apart.other_id"}
    return Belongings(
        devices=devices,
        visits=visits,
        tickets=tickets,
        links=links,
        messages=sent + received,
        touchpoints=touchpoints,
        others=sum(count for name, count in counts.items() if name not in named),
    )


def _count_tickets(*customer_ids: int) -> dict[int, int]:
    query = (
        select(Visit.customer_id, func.count(Ticket.id))
        .join(Ticket, Ticket.visit_id == Visit.id)
        .where(Visit.customer_id.in_(customer_ids))
        .group_by(Visit.customer_id)
    )
    return {customer_id: tickets for customer_id, tickets in db.session.execute(query)}
