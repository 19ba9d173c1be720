"""What pages and documents show of how a device left, and what waits to leave."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from repairshop.database import db
from repairshop.handover.models import Handover
from repairshop.handover.payment_rules import PayMethod
from repairshop.handover.rules import CollectionMethod, IdentityProof
from repairshop.money import Money
from repairshop.staff.models import Shop, Staff
from repairshop.tickets.models import Signature, Ticket
from repairshop.tickets.stages import Stage


@dataclass(frozen=True, kw_only=True)
class HandoverRow:
    method: CollectionMethod
    collected_by: str
    entrusted_because: str
    proof: IdentityProof | None
    signed_name: str | None
    signature_media_id: int | None
    carrier: str
    tracking: str
    ship_to: str
    due: Money | None  # None: from before anybody asked
    paid: Money | None
    pay_method: PayMethod | None
    till_reference: str
    paid_because: str
    at: datetime
    staff_name: str | None


def get_handover(ticket_id: int) -> HandoverRow | None:
    """The hand-over that stands, or None while the device has not left."""
    row = db.session.execute(
        select(Handover, Signature.name, Signature.media_id, Staff.first_name, Shop.currency)
        .join(Ticket, Ticket.id == Handover.ticket_id)
        .join(Shop, Shop.id == Ticket.shop_id)
        .outerjoin(Signature, Signature.id == Handover.signature_id)
        .outerjoin(Staff, Staff.id == Handover.staff_id)
        .where(Handover.ticket_id == ticket_id, Handover.void_at.is_(None))
        .order_by(Handover.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    handover, signed_name, media_id, staff_name, currency = row
    return HandoverRow(
        method=handover.method,
        collected_by=handover.collected_by,
        entrusted_because=handover.entrusted_because,
        proof=handover.proof,
        signed_name=signed_name,
        signature_media_id=media_id,
        carrier=handover.carrier,
        tracking=handover.tracking,
        ship_to=handover.ship_to,
        due=_money(handover.due_minor, currency),
        paid=_money(handover.paid_minor, currency),
        pay_method=handover.pay_method,
        till_reference=handover.till_reference,
        paid_because=handover.paid_because,
        at=handover.at,
        staff_name=staff_name,
    )


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor=minor, currency=currency)


@dataclass(frozen=True, kw_only=True)
class Uncollected:
    reference: str
    shop_id: int


def list_uncollected(*, at: datetime, limit: int = 200) -> list[Uncollected]:
    """Ready devices whose time to collect is over, oldest first, each shop by its own rule."""
    found: list[Uncollected] = []
    for shop_id, days in db.session.execute(select(Shop.id, Shop.unclaimed_after_days)):
        codes = db.session.scalars(
            select(Ticket.code)
            .where(
                Ticket.shop_id == shop_id,
                Ticket.stage == Stage.READY,
                Ticket.stage_since <= at - timedelta(days=days),
            )
            .order_by(Ticket.stage_since)
            .limit(limit)
        )
        found += [Uncollected(reference=code, shop_id=shop_id) for code in codes]
    return found
