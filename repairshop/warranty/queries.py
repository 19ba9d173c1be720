"""What pages and documents show of a ticket's warranty."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from repairshop.database import db
from repairshop.tickets.models import Ticket
from repairshop.tickets.queries import TicketHead
from repairshop.warranty.models import WarrantyClaim, WarrantyTerm
from repairshop.warranty.rules import Warranty, warranty_for


@dataclass(frozen=True, kw_only=True)
class WarrantyRow:
    """The warranty that counts for a ticket, its own or the one of the repair it claims on."""

    starts_on: date
    ends_on: date
    ticket_id: int
    reference: str


@dataclass(frozen=True, kw_only=True)
class ClaimRow:
    reference: str
    claimed_on: date
    comeback: bool
    covered: bool | None


def get_warranty(ticket_id: int) -> WarrantyRow | None:
    """The ticket's own warranty, else the one it claims on, else None."""
    own = (
        select(WarrantyTerm, Ticket.code)
        .join(Ticket, Ticket.id == WarrantyTerm.ticket_id)
        .outerjoin(WarrantyClaim, WarrantyClaim.term_id == WarrantyTerm.id)
        .where((WarrantyTerm.ticket_id == ticket_id) | (WarrantyClaim.ticket_id == ticket_id))
        .limit(1)
    )
    row = db.session.execute(own).first()
    if row is None:
        return None
    term, code = row
    return WarrantyRow(
        starts_on=term.starts_on, ends_on=term.ends_on, ticket_id=term.ticket_id, reference=code
    )


def coming_warranty(head: TicketHead, *, today: date, days: int) -> Warranty | None:
    """What the hand-over of this job would start today, or for a claim the warranty that stands already;
    `days` is the shop's own. None where there is none."""
    if head.claim_of_id is not None:
        stands = get_warranty(head.id)
        return Warranty(starts_on=stands.starts_on, ends_on=stands.ends_on) if stands else None
    return warranty_for(head.outcome, on=today, days=days)


def find_ends(ticket_ids: Collection[int]) -> dict[int, date]:
    """Until when these tickets' warranties run, their own or the ones they claim on; in one query."""
    rows = db.session.execute(
        select(WarrantyTerm.ticket_id, WarrantyClaim.ticket_id, WarrantyTerm.ends_on)
        .outerjoin(WarrantyClaim, WarrantyClaim.term_id == WarrantyTerm.id)
        .where(WarrantyTerm.ticket_id.in_(ticket_ids) | WarrantyClaim.ticket_id.in_(ticket_ids))
    )
    return {
        ticket_id: ends_on
        for own, claiming, ends_on in rows
        for ticket_id in (own, claiming)
        if ticket_id in ticket_ids
    }


def list_claims(ticket_id: int) -> list[ClaimRow]:
    """Claims made on this ticket's warranty, oldest first."""
    rows = db.session.execute(
        select(WarrantyClaim, Ticket.code)
        .join(Ticket, Ticket.id == WarrantyClaim.ticket_id)
        .join(WarrantyTerm, WarrantyTerm.id == WarrantyClaim.term_id)
        .where(WarrantyTerm.ticket_id == ticket_id)
        .order_by(WarrantyClaim.id)
    )
    return [
        ClaimRow(reference=code, claimed_on=claim.claimed_on, comeback=claim.comeback, covered=claim.covered)
        for claim, code in rows
    ]
