"""Undo of the hand-over that started a warranty, and what a claim keeps from happening."""

from sqlalchemy import delete, select, update

from repairshop.database import db
from repairshop.quotes.events import QuoteWanted
from repairshop.tickets.events import MoveUndone
from repairshop.tickets.stages import Verb
from repairshop.warranty.models import WarrantyClaim, WarrantyCover, WarrantyTerm
from repairshop.warranty.queries import find_decision
from repairshop.warranty.rules import require_decided


def end_warranty_of_undone_move(event: MoveUndone) -> None:
    """Inside the undo window nobody has claimed on it yet."""
    terms = select(WarrantyTerm.id).where(WarrantyTerm.move_id == event.move_id)
    db.session.execute(delete(WarrantyCover).where(WarrantyCover.term_id.in_(terms)))
    db.session.execute(delete(WarrantyTerm).where(WarrantyTerm.move_id == event.move_id))


def forget_undone_decision(event: MoveUndone) -> None:
    """The claim is undecided again when proceeding under warranty was undone."""
    if event.verb is Verb.PROCEED_UNDER_WARRANTY:
        db.session.execute(
            update(WarrantyClaim)
            .where(WarrantyClaim.ticket_id == event.ticket_id)
            .values(covered=None, cover_id=None, no_cover=False, decided_because="", decided_at=None)
        )


def refuse_a_price_before_the_decision(event: QuoteWanted) -> None:
    """Raises ClaimUndecided, at the page and inside the verb alike."""
    decision = find_decision(event.ticket_id) if event.is_claim else None
    if decision is not None:
        require_decided(decision.covered)
