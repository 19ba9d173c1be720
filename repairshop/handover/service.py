"""Release, hand over, and what happens to devices nobody collects."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from repairshop import clock
from repairshop.custody.rules import NOTHING_ELSEWHERE, Leaving
from repairshop.custody.service import give_back_apart, pass_things_on, take_things_back
from repairshop.customers.rules import TouchpointKind
from repairshop.customers.service import pause_again, record_touchpoint, resume_numbers_of
from repairshop.database import db
from repairshop.diagnostics import queries as diagnostics
from repairshop.diagnostics.rules import RunKind, require_after_run_done
from repairshop.errors import refuse_together
from repairshop.handover.collectors import find_collector
from repairshop.handover.dues import get_due
from repairshop.handover.models import Handover, Surrender
from repairshop.handover.payment_rules import NOTHING_PAID, Payment, require_payment
from repairshop.handover.rules import (
    Collection,
    CollectionMethod,
    SurrenderBasis,
    SurrenderKind,
    require_collection_complete,
    require_may_surrender,
    require_put_together,
    require_uncollected,
    work_was_done,
)
from repairshop.handover.who_rules import find_stranger, require_told_why
from repairshop.loaners.service import require_loaner_back
from repairshop.media.rules import MediaId
from repairshop.notifications.composition import find_customer
from repairshop.notifications.rules import BY_CARRIER
from repairshop.parts import service as parts
from repairshop.parts.rules import require_every_part_recorded, require_nothing_on_order
from repairshop.privacy import queries as privacy
from repairshop.privacy.openings import PurgeReason
from repairshop.privacy.rules import require_close_out_done
from repairshop.privacy.vault_service import purge_passcode_of
from repairshop.quotes import queries as quotes
from repairshop.quotes.terms import LineKind
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor
from repairshop.tickets.attachments import record_note
from repairshop.tickets.custody import pass_on
from repairshop.tickets.events import MoveUndone
from repairshop.tickets.models import Signature, Ticket
from repairshop.tickets.rules import Holder, MoveFacts, SignaturePurpose
from repairshop.tickets.service import get_ticket_for_change, move_ticket
from repairshop.tickets.stages import Verb, require_move
from repairshop.warranty import service as warranty


@dataclass(frozen=True, kw_only=True)
class ReleaseAnswers:
    """What the technician confirms at the one door to `ready`."""

    put_together: bool
    no_part_used: bool = False


def release(
    reference: str, answers: ReleaseAnswers, *, by: Actor, expected_version: int | None = None
) -> None:
    """final_checks -> ready. What is asked depends on the outcome: no after-test where no work was done."""
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    require_move(ticket.stage, Verb.RELEASE)
    require_put_together(answers.put_together)
    if work_was_done(ticket.outcome):
        require_after_run_done(diagnostics.find_run(ticket.id, RunKind.AFTER), since=ticket.stage_since)
        require_every_part_recorded(
            approved=_count_approved_parts(ticket.id),
            fitted=parts.count_fitted(ticket.id),
            none_used=answers.no_part_used,
        )
    require_nothing_on_order(len(parts.list_open_orders(ticket.id)))
    purge_passcode_of(ticket, PurgeReason.RELEASED, by=by)
    require_close_out_done(privacy.list_tasks(ticket.id))
    move_ticket(ticket, Verb.RELEASE, by=by, details={"put_together": True})


def _count_approved_parts(ticket_id: int) -> int:
    approved = quotes.find_agreed_quote(ticket_id)
    lines = approved.agreed_lines if approved else ()
    return sum(line.kind is LineKind.PART for line in lines)


def hand_over(
    reference: str,
    collection: Collection,
    *,
    by: Actor,
    payment: Payment = NOTHING_PAID,
    leaving: Leaving = NOTHING_ELSEWHERE,
    signature_media_id: MediaId | None = None,
    expected_version: int | None = None,
) -> None:
    """ready or unclaimed -> handed_over: identity and signature or a parcel with tracking, and what was paid.

    `collection.pass_seen` is the caller's word that the pass was true inside this transaction.
    """
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    require_move(ticket.stage, Verb.HAND_OVER)
    known, due = _known_names(ticket), get_due(ticket.id)
    refuse_together(
        lambda: require_loaner_back(ticket.id),
        lambda: require_collection_complete(collection),
        lambda: require_told_why(collection, known=known),
        lambda: require_payment(payment, due=due.amount, at_most=due.at_most),
    )
    stranger = find_stranger(collection, known=known)
    before: dict[str, Any] = {"holder": ticket.holder.value, "label": ticket.holder_label}
    signature = _sign(ticket, collection, signature_media_id, by=by)
    to = Holder.CARRIER if collection.method is CollectionMethod.CARRIER else Holder.CUSTOMER
    before["things"] = pass_things_on(ticket, to, to_label=collection.carrier, leaving=leaving, by=by)
    pass_on(ticket, to, to_label=collection.carrier, by=by)
    before["resumed"] = resume_numbers_of(ticket.device_id)
    move = move_ticket(
        ticket,
        Verb.HAND_OVER,
        by=by,
        facts=facts_of(collection.method),
        details={"method": collection.method.value, "paid": payment.amount_minor}
        | ({"not_named": True} if stranger else {}),
    )
    row = _as_row(collection, payment, stranger=stranger)
    row.ticket_id, row.move_id, row.at, row.staff_id = ticket.id, move.id, move.at, by.staff_id
    row.signature_id, row.before, row.due_minor = (
        signature.id if signature else None,
        before,
        due.amount.minor,
    )
    db.session.add(row)
    warranty.start_warranty(ticket, move_id=move.id)
    record_touchpoint(
        ticket.shop_id,
        TouchpointKind.HANDOVER,
        customer_id=ticket.visit.customer_id if ticket.visit else None,
        ticket_id=ticket.id,
        channel=collection.method.value,
    )


def facts_of(method: CollectionMethod) -> MoveFacts:
    """What the text to the customer goes by."""
    return MoveFacts(reason=BY_CARRIER if method is CollectionMethod.CARRIER else None)


def _known_names(ticket: Ticket) -> tuple[str, ...]:
    """The customer, also by the name they had before a merge, then whom they named. Empty where nobody knows
    whose it is."""
    customer = find_customer(ticket)
    if ticket.visit is None or customer is None:
        return ()
    collector = find_collector(ticket.visit.id)
    named = (collector.name,) if collector else ()
    return tuple(name for name in (customer.name, ticket.visit.customer.name, *named) if name)


def _as_row(collection: Collection, payment: Payment, *, stranger: str) -> Handover:
    """What was said of the way out; nothing of the other way."""
    at_counter = collection.method is CollectionMethod.COUNTER
    return Handover(
        method=collection.method,
        collected_by=collection.collected_by or stranger if at_counter else "",
        entrusted_because=collection.entrusted_because if stranger else "",
        proof=collection.proof if at_counter else None,
        carrier="" if at_counter else collection.carrier,
        tracking="" if at_counter else collection.tracking,
        ship_to="" if at_counter else collection.ship_to,
        paid_minor=payment.amount_minor,
        pay_method=payment.method if payment.amount_minor else None,
        till_reference=payment.till_reference if payment.amount_minor else "",
        paid_because=payment.because,
    )


def _sign(ticket: Ticket, collection: Collection, media_id: MediaId | None, *, by: Actor) -> Signature | None:
    if collection.method is CollectionMethod.CARRIER or ticket.visit_id is None:
        return None
    signature = Signature(
        visit_id=ticket.visit_id,
        ticket_id=ticket.id,
        purpose=SignaturePurpose.HAND_OVER,
        name=collection.typed_name or collection.collected_by,
        media_id=media_id,
        at=clock.now(),
        staff_id=by.staff_id,
    )
    db.session.add(signature)
    db.session.flush()  # the hand-over points at it
    return signature


def not_collected(reference: str, *, by: Actor, expected_version: int | None = None) -> None:
    """ready -> unclaimed, once the shop's days are over."""
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    require_move(ticket.stage, Verb.NOT_COLLECTED)
    days = db.session.scalars(select(Shop.unclaimed_after_days).where(Shop.id == ticket.shop_id)).one()
    require_uncollected(ready_since=ticket.stage_since, at=clock.now(), after_days=days)
    move_ticket(ticket, Verb.NOT_COLLECTED, by=by)


def customer_answers(
    reference: str, *, by: Actor, expected_version: int | None = None, note: str = ""
) -> None:
    """unclaimed -> ready; the time to collect starts anew."""
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    require_move(ticket.stage, Verb.CUSTOMER_ANSWERS)
    if note:
        record_note(ticket, note, by=by)
    move_ticket(ticket, Verb.CUSTOMER_ANSWERS, by=by)


def customer_finds_fault(
    reference: str, *, note: str, by: Actor, expected_version: int | None = None
) -> None:
    """ready -> in_repair: the customer looked at it and something is still wrong."""
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    require_move(ticket.stage, Verb.CUSTOMER_FINDS_FAULT)
    record_note(ticket, note, by=by, for_customer=True)
    move_ticket(ticket, Verb.CUSTOMER_FINDS_FAULT, by=by)


def surrender(
    reference: str,
    *,
    kind: SurrenderKind,
    basis: SurrenderBasis | None,
    confirmed: bool,
    by: Actor,
    leaving: Leaving = NOTHING_ELSEWHERE,
    expected_version: int | None = None,
) -> None:
    """ready or unclaimed -> surrendered: the device is the shop's to recycle or sell, with what lies by it.

    What lies elsewhere may be the customer's to keep: given back, or a note says what became of it.
    """
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    require_move(ticket.stage, Verb.SURRENDER)
    refuse_together(
        lambda: require_loaner_back(ticket.id), lambda: require_may_surrender(basis, confirmed=confirmed)
    )
    given_back = give_back_apart(ticket, leaving=leaving, by=by)
    resumed = resume_numbers_of(ticket.device_id)
    move = move_ticket(
        ticket,
        Verb.SURRENDER,
        by=by,
        facts=MoveFacts(reason=kind.value),
        details={"kind": kind.value, "basis": basis.value if basis else None},
    )
    db.session.add(
        Surrender(
            ticket_id=ticket.id,
            move_id=move.id,
            kind=kind,
            basis=basis,
            at=move.at,
            staff_id=by.staff_id,
            before={"resumed": resumed, "things": given_back},
        )
    )


def restore_before_hand_over(event: MoveUndone) -> None:
    """Void what an undone hand-over or surrender wrote, and put custody and paused numbers back."""
    ticket = db.session.get_one(Ticket, event.ticket_id)
    handover = db.session.scalars(select(Handover).filter_by(move_id=event.move_id)).one_or_none()
    if handover is not None:
        handover.void_at = event.at
        if handover.signature_id is not None:
            db.session.get_one(Signature, handover.signature_id).void_at = event.at
        take_things_back(ticket, handover.before.get("things", []), by=event.by, move_id=event.move_id)
        holder = Holder(handover.before["holder"])
        pass_on(ticket, holder, to_label=handover.before["label"], by=event.by, move_id=event.move_id)
        pause_again(handover.before["resumed"], device_id=ticket.device_id)
    surrendered = db.session.scalars(select(Surrender).filter_by(move_id=event.move_id)).one_or_none()
    if surrendered is not None:
        surrendered.void_at = event.at
        take_things_back(ticket, surrendered.before.get("things", []), by=event.by, move_id=event.move_id)
        pause_again(surrendered.before["resumed"], device_id=ticket.device_id)
