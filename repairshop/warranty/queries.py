"""What pages and documents show of a ticket's warranty."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import case, or_, select

from repairshop.database import db
from repairshop.parts.models import PartFitted
from repairshop.staff.models import Shop
from repairshop.tickets.models import Ticket
from repairshop.tickets.queries import TicketHead
from repairshop.tickets.stages import OPEN_STAGES, WORK_DONE_OUTCOMES, Stage
from repairshop.warranty.models import WarrantyClaim, WarrantyCover, WarrantyTerm
from repairshop.warranty.rules import ClaimCover, Cover, Guaranteed, covers_for


@dataclass(frozen=True, kw_only=True)
class WarrantyRow:
    """The warranty that counts for a ticket, its own or the one of the repair it claims on."""

    id: int
    starts_on: date
    ends_on: date
    ticket_id: int
    reference: str


@dataclass(frozen=True, kw_only=True)
class AboutCover:
    """The cover that a decision names; without a name it is the work."""

    name: str
    ends_on: date


@dataclass(frozen=True, kw_only=True)
class ClaimRow:
    reference: str
    claimed_on: date
    comeback: bool
    covered: bool | None
    about: AboutCover | None
    no_cover: bool
    because: str
    number: str
    stage: Stage


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
        id=term.id,
        starts_on=term.starts_on,
        ends_on=term.ends_on,
        ticket_id=term.ticket_id,
        reference=code,
    )


@dataclass(frozen=True, kw_only=True)
class LastRepair:
    """The repair that did not hold when a fault comes back, and the shop's day on which it left."""

    ticket_id: int
    left_on: date


def find_last_repair(term_id: int, fault_key: str, *, zone: ZoneInfo) -> LastRepair | None:
    """The newest repair of this fault under this warranty: the first one, or a claim on it done since.

    Both days were written down by their hand-over and never move, wherever the shop's clock is set later;
    `zone` is for a claim from before its day was written down.
    """
    claim_left_on = case((Ticket.id == WarrantyClaim.ticket_id, WarrantyClaim.left_on))
    row = db.session.execute(
        select(
            Ticket.id,
            Ticket.closed_at,
            WarrantyTerm.ticket_id.label("first_id"),
            WarrantyTerm.starts_on,
            claim_left_on.label("claim_left_on"),
        )
        .select_from(WarrantyTerm)
        .outerjoin(WarrantyClaim, WarrantyClaim.term_id == WarrantyTerm.id)
        .join(Ticket, or_(Ticket.id == WarrantyTerm.ticket_id, Ticket.id == WarrantyClaim.ticket_id))
        .where(
            WarrantyTerm.id == term_id,
            Ticket.stage == Stage.HANDED_OVER,
            Ticket.outcome.in_(WORK_DONE_OUTCOMES),
            Ticket.fault_key == fault_key,
        )
        .order_by(Ticket.closed_at.desc(), Ticket.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    written = row.starts_on if row.id == row.first_id else row.claim_left_on
    return LastRepair(ticket_id=row.id, left_on=written or row.closed_at.astimezone(zone).date())


def coming_covers(head: TicketHead, *, today: date, days: int) -> tuple[Cover, ...]:
    """What the hand-over of this job would cover from today, or for a claim what is covered already;
    `days` are the shop's own for work. Empty where there is no warranty."""
    if head.claim_of_id is not None:
        return list_covers(head.id)
    return covers_for(head.outcome, on=today, work_days=days, parts=list_guaranteed(head.id))


def list_covers(ticket_id: int) -> tuple[Cover, ...]:
    """What the ticket's own warranty covers, or the one it claims on: the work first, then the parts."""
    claimed = select(WarrantyClaim.term_id).where(WarrantyClaim.ticket_id == ticket_id)
    rows = db.session.execute(
        select(WarrantyCover.part_fitted_id, WarrantyCover.name, WarrantyCover.ends_on)
        .join(WarrantyTerm, WarrantyTerm.id == WarrantyCover.term_id)
        .where((WarrantyTerm.ticket_id == ticket_id) | WarrantyTerm.id.in_(claimed))
        .order_by(WarrantyCover.id)
    )
    return tuple(Cover(part_fitted_id=row.part_fitted_id, name=row.name, ends_on=row.ends_on) for row in rows)


def list_guaranteed(ticket_id: int) -> list[Guaranteed]:
    """The parts in the device that have a warranty of their own."""
    rows = db.session.execute(
        select(PartFitted.id, PartFitted.name, PartFitted.warranty_days)
        .where(
            PartFitted.ticket_id == ticket_id, PartFitted.removed_at.is_(None), PartFitted.warranty_days > 0
        )
        .order_by(PartFitted.id)
    )
    return [Guaranteed(part_fitted_id=row.id, name=row.name, days=row.warranty_days) for row in rows]


def find_open_claim(term_id: int) -> str | None:
    """The number of the claim on this warranty that is not over."""
    row = db.session.execute(
        select(Shop.number_prefix, Ticket.number)
        .join(Ticket, Ticket.shop_id == Shop.id)
        .join(WarrantyClaim, WarrantyClaim.ticket_id == Ticket.id)
        .where(WarrantyClaim.term_id == term_id, Ticket.stage.in_(OPEN_STAGES))
        .order_by(Ticket.id.desc())
        .limit(1)
    ).one_or_none()
    return f"{row.number_prefix}{row.number}" if row else None


@dataclass(frozen=True, kw_only=True)
class DecisionRow:
    """What stands of a claim; `covered` None while nobody has decided."""

    claimed_on: date
    same_fault: bool
    comeback: bool
    covered: bool | None
    about: AboutCover | None  # None also where nobody was asked
    no_cover: bool  # none of the covers applies
    because: str
    decided_at: datetime | None


def find_decision(ticket_id: int) -> DecisionRow | None:
    """None for a ticket that is no claim."""
    row = db.session.execute(
        select(WarrantyClaim, WarrantyCover.name, WarrantyCover.ends_on)
        .outerjoin(WarrantyCover, WarrantyCover.id == WarrantyClaim.cover_id)
        .where(WarrantyClaim.ticket_id == ticket_id)
    ).one_or_none()
    if row is None:
        return None
    claim = row[0]
    return DecisionRow(
        claimed_on=claim.claimed_on,
        same_fault=claim.same_fault,
        comeback=claim.comeback,
        covered=claim.covered,
        about=_about(row.name, row.ends_on),
        no_cover=claim.no_cover,
        because=claim.decided_because,
        decided_at=claim.decided_at,
    )


def _about(name: str | None, ends_on: date | None) -> AboutCover | None:
    return None if name is None or ends_on is None else AboutCover(name=name, ends_on=ends_on)


def list_claim_covers(ticket_id: int) -> list[ClaimCover]:
    """What a claim may be about: the covers of the warranty it claims on, the work first."""
    rows = db.session.execute(
        select(WarrantyCover.id, WarrantyCover.name, WarrantyCover.ends_on, WarrantyClaim.claimed_on)
        .join(WarrantyClaim, WarrantyClaim.term_id == WarrantyCover.term_id)
        .where(WarrantyClaim.ticket_id == ticket_id)
        .order_by(WarrantyCover.id)
    )
    return [
        ClaimCover(id=row.id, name=row.name, ends_on=row.ends_on, ran=row.claimed_on <= row.ends_on)
        for row in rows
    ]


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
        select(
            WarrantyClaim,
            Ticket.code,
            Ticket.number,
            Ticket.stage,
            Shop.number_prefix,
            WarrantyCover.name,
            WarrantyCover.ends_on,
        )
        .join(Ticket, Ticket.id == WarrantyClaim.ticket_id)
        .join(Shop, Shop.id == Ticket.shop_id)
        .join(WarrantyTerm, WarrantyTerm.id == WarrantyClaim.term_id)
        .outerjoin(WarrantyCover, WarrantyCover.id == WarrantyClaim.cover_id)
        .where(WarrantyTerm.ticket_id == ticket_id)
        .order_by(WarrantyClaim.id)
    )
    return [
        ClaimRow(
            reference=code,
            claimed_on=claim.claimed_on,
            comeback=claim.comeback,
            covered=claim.covered,
            about=_about(cover_name, cover_ends_on),
            no_cover=claim.no_cover,
            because=claim.decided_because,
            number=f"{prefix}{number}",
            stage=stage,
        )
        for claim, code, number, stage, prefix, cover_name, cover_ends_on in rows
    ]
