"""Start warranties, take claims in, carry them out."""

from zoneinfo import ZoneInfo

from sqlalchemy import select

from repairshop import clock
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.privacy.service import open_task_list
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor, ShopId, system_actor
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Ticket
from repairshop.tickets.service import NewTicket, get_ticket_for_change, move_ticket, open_ticket, open_visit
from repairshop.tickets.stages import Stage, Verb, require_move
from repairshop.warranty.models import WarrantyClaim, WarrantyTerm
from repairshop.warranty.rules import NotAClaim, Warranty, is_comeback, require_claimable, warranty_for


def start_warranty(ticket: Ticket, *, move_id: int) -> None:
    """Called by the hand-over. A claim's own hand-over starts nothing: the first dates stand."""
    if _find_claim(ticket.id) is not None:
        return
    shop = _shop_of(ticket)
    today = clock.now().astimezone(ZoneInfo(shop.time_zone)).date()
    warranty = warranty_for(ticket.outcome, on=today, days=shop.warranty_days)
    if warranty is None:
        return
    db.session.add(
        WarrantyTerm(
            ticket_id=ticket.id, move_id=move_id, starts_on=warranty.starts_on, ends_on=warranty.ends_on
        )
    )
    record_history(
        ticket,
        "warranty_started",
        by=system_actor(ShopId(ticket.shop_id)),
        after={"ends_on": warranty.ends_on.isoformat()},
        move_id=move_id,
    )


def open_warranty_claim(reference: str, *, reported_fault: str, device_is_here: bool, by: Actor) -> str:
    """A new ticket linked to the one whose repair failed; the old dates do not move.

    Returns the new ticket's reference. A claim on a claim is measured against the first repair.
    """
    original = get_ticket_for_change(reference, by=by)
    term = _find_term(original)
    shop = _shop_of(original)
    today = clock.now().astimezone(ZoneInfo(shop.time_zone)).date()
    require_claimable(
        original.stage, Warranty(starts_on=term.starts_on, ends_on=term.ends_on) if term else None, on=today
    )
    if term is None or original.visit is None:
        raise NotFound
    stage = Stage.RECEIVED if device_is_here else Stage.BOOKED
    visit = open_visit(original.visit.customer, by=by, reach_note=original.visit.reach_note)
    new = NewTicket(
        device=original.device,
        fault_key=original.fault_key,
        fault_label=original.fault_label,
        reported_fault=reported_fault,
        claim_of_id=original.id,
    )
    ticket = open_ticket(visit, new, verb=Verb.OPEN_WARRANTY_CLAIM, stage=stage, by=by)
    comeback = is_comeback(
        handed_over_on=original.stage_since.astimezone(ZoneInfo(shop.time_zone)).date(),
        claimed_on=today,
        fault_before=original.fault_key,
        fault_now=ticket.fault_key,
        window_days=shop.comeback_days,
    )
    db.session.add(WarrantyClaim(ticket_id=ticket.id, term_id=term.id, claimed_on=today, comeback=comeback))
    if device_is_here:
        open_task_list(ticket, by=by)
    record_history(original, "warranty_claimed", by=by, after={"ticket": ticket.number})
    return ticket.code


def proceed_under_warranty(
    reference: str, *, because: str, by: Actor, expected_version: int | None = None
) -> None:
    """diagnosing -> approved: the fault is covered, the customer pays nothing."""
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    require_move(ticket.stage, Verb.PROCEED_UNDER_WARRANTY)
    claim = _find_claim(ticket.id)
    if claim is None:
        raise NotAClaim
    claim.covered, claim.decided_because = True, because
    move_ticket(ticket, Verb.PROCEED_UNDER_WARRANTY, by=by, details={"covered": True})


def _find_claim(ticket_id: int) -> WarrantyClaim | None:
    return db.session.scalars(select(WarrantyClaim).filter_by(ticket_id=ticket_id)).one_or_none()


def _find_term(ticket: Ticket) -> WarrantyTerm | None:
    """The ticket's own warranty, or the one of the first repair when it was a claim itself."""
    claim = _find_claim(ticket.id)
    if claim is not None:
        return db.session.get_one(WarrantyTerm, claim.term_id)
    return db.session.scalars(select(WarrantyTerm).filter_by(ticket_id=ticket.id)).one_or_none()


def _shop_of(ticket: Ticket) -> Shop:
    return db.session.get_one(Shop, ticket.shop_id)
