"""Start warranties, take claims in, carry them out."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from repairshop import clock
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.notifications.rules import Notice
from repairshop.notifications.service import queue_notice
from repairshop.privacy.service import open_task_list
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor, ActorKind, ShopId, system_actor
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Ticket
from repairshop.tickets.service import (
    NewTicket,
    get_ticket_for_change,
    mark_changed,
    move_ticket,
    open_ticket,
    open_visit,
)
from repairshop.tickets.stages import Stage, Verb, require_move
from repairshop.warranty.models import WarrantyClaim, WarrantyCover, WarrantyTerm
from repairshop.warranty.queries import find_last_repair, find_open_claim, list_claim_covers, list_guaranteed
from repairshop.warranty.rules import (
    NotAClaim,
    Warranty,
    covers_for,
    is_comeback,
    require_claimable,
    require_cover_of_claim,
    require_no_open_claim,
    require_undecided_or_diagnosing,
    warranty_of,
)


def start_warranty(ticket: Ticket, *, move_id: int) -> None:
    """Called by the hand-over. A claim's own starts nothing, its day is kept: the first dates stand."""
    shop = _shop_of(ticket)
    today = clock.now().astimezone(ZoneInfo(shop.time_zone)).date()
    claim = _find_claim(ticket.id)
    if claim is not None:
        claim.left_on = today
        return
    covers = covers_for(
        ticket.outcome, on=today, work_days=shop.warranty_days, parts=list_guaranteed(ticket.id)
    )
    warranty = warranty_of(covers, on=today)
    if warranty is None:
        return
    term = WarrantyTerm(
        ticket_id=ticket.id, move_id=move_id, starts_on=warranty.starts_on, ends_on=warranty.ends_on
    )
    db.session.add(term)
    db.session.flush()  # the covers point at it
    db.session.add_all(
        WarrantyCover(
            term_id=term.id, part_fitted_id=cover.part_fitted_id, name=cover.name, ends_on=cover.ends_on
        )
        for cover in covers
    )
    record_history(
        ticket,
        "warranty_started",
        by=system_actor(ShopId(ticket.shop_id)),
        after={"ends_on": warranty.ends_on.isoformat()},
        move_id=move_id,
    )


def open_warranty_claim(
    reference: str, *, reported_fault: str, device_is_here: bool, by: Actor, same_fault: bool = True
) -> str:
    """A new ticket linked to the one whose repair failed; the old dates do not move.

    Returns the new ticket's reference. Whether it is covered is measured against the first repair; whether it
    is a comeback against the newest repair of that fault, to which the new ticket is linked, whichever page
    the claim was made on. Refused while another claim on the same warranty is not over.
    """
    original = get_ticket_for_change(reference, by=by)
    term = _find_term(original)
    shop = _shop_of(original)
    zone = ZoneInfo(shop.time_zone)
    today = clock.now().astimezone(zone).date()
    require_claimable(
        original.stage, Warranty(starts_on=term.starts_on, ends_on=term.ends_on) if term else None, on=today
    )
    if term is None or original.visit is None:
        raise NotFound
    require_no_open_claim(find_open_claim(term.id))
    # Without a fault that is known by name nobody can say that it is the same.
    last = (
        find_last_repair(term.id, original.fault_key, zone=zone)
        if same_fault and original.fault_key
        else None
    )
    stage = Stage.RECEIVED if device_is_here else Stage.BOOKED
    visit = open_visit(original.visit.customer, by=by, reach_note=original.visit.reach_note)
    new = NewTicket(
        device=original.device,
        fault_key=original.fault_key if same_fault else "",
        fault_label=original.fault_label if same_fault else "",
        reported_fault=reported_fault,
        claim_of_id=last.ticket_id if last else original.id,
    )
    ticket = open_ticket(visit, new, verb=Verb.OPEN_WARRANTY_CLAIM, stage=stage, by=by)
    comeback = last is not None and is_comeback(
        handed_over_on=last.left_on,
        claimed_on=today,
        fault_before=original.fault_key,
        fault_now=ticket.fault_key,
        window_days=shop.comeback_days,
    )
    db.session.add(
        WarrantyClaim(
            ticket_id=ticket.id,
            term_id=term.id,
            claimed_on=today,
            same_fault=same_fault,
            by_customer=by.kind is ActorKind.CUSTOMER,
            comeback=comeback,
        )
    )
    if device_is_here:
        open_task_list(ticket, by=by)
    record_history(original, "warranty_claimed", by=by, after={"ticket": ticket.number})
    _show_on_first(term)
    return ticket.code


def proceed_under_warranty(
    reference: str,
    *,
    because: str,
    by: Actor,
    cover_id: int | None = None,
    expected_version: int | None = None,
) -> None:
    """diagnosing -> approved: the customer pays nothing.

    `cover_id` is the cover it is about, which has to run; None for goodwill, where none applies.
    """
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    require_move(ticket.stage, Verb.PROCEED_UNDER_WARRANTY)
    claim = _find_claim(ticket.id)
    if claim is None:
        raise NotAClaim
    _decide(claim, covered=True, cover_id=cover_id, because=because)
    _show_on_first(db.session.get_one(WarrantyTerm, claim.term_id))
    move_ticket(ticket, Verb.PROCEED_UNDER_WARRANTY, by=by, details={"covered": True, "cover": cover_id})


def decide_not_covered(
    reference: str,
    *,
    because: str,
    by: Actor,
    cover_id: int | None = None,
    expected_version: int | None = None,
) -> None:
    """The claim stays in diagnosis, and what comes costs what a quote says; the customer is told why.

    `cover_id` is the cover it is about, running or over; None where it is about none of them. Saying
    otherwise later is `proceed_under_warranty`. The same words twice change nothing.
    """
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    claim = _find_claim(ticket.id)
    require_undecided_or_diagnosing(ticket.stage, is_claim=claim is not None)
    said = (False, cover_id, because)
    if claim is None or (claim.covered, claim.cover_id, claim.decided_because) == said:
        return
    at = _decide(claim, covered=False, cover_id=cover_id, because=because)
    record_history(ticket, "claim_not_covered", by=by, after={"cover": cover_id})
    mark_changed(ticket)
    _show_on_first(db.session.get_one(WarrantyTerm, claim.term_id))
    window = _shop_of(ticket).undo_window_seconds
    queue_notice(
        Notice.CLAIM_NOT_COVERED,
        ticket,
        event_key=f"claim_decided:{ticket.id}:{ticket.history_seq}",
        send_after=at + timedelta(seconds=window),
    )


def _decide(claim: WarrantyClaim, *, covered: bool, cover_id: int | None, because: str) -> datetime:
    require_cover_of_claim(list_claim_covers(claim.ticket_id), cover_id, covered=covered)
    claim.covered, claim.cover_id, claim.no_cover = covered, cover_id, cover_id is None
    claim.decided_because, claim.decided_at = because, clock.now()
    return claim.decided_at


def _show_on_first(term: WarrantyTerm) -> None:
    """The page of the first repair tells of the claims on it."""
    mark_changed(db.session.get_one(Ticket, term.ticket_id))


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
