"""Verbs of the kernel: open tickets, move them, take a move back, close the check-in, assign.

`move_ticket` is the only writer of `ticket.stage`. Features call it from their own verbs after their own
guards. Everything here runs inside the caller's transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm.attributes import flag_modified

from repairshop import clock, codes, fault_points
from repairshop.customers.models import Customer, Device
from repairshop.customers.rules import TouchpointKind
from repairshop.customers.service import record_touchpoint
from repairshop.database import db
from repairshop.errors import Conflict, NotFound
from repairshop.events import publish
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor, ActorKind, ShopId
from repairshop.tickets.events import (
    CheckInCompleted,
    MoveUndone,
    TicketMoved,
)
from repairshop.tickets.history import record_custody, record_history
from repairshop.tickets.models import (
    HistoryEntry,
    PortalLink,
    Ticket,
    TicketMove,
    Visit,
)
from repairshop.tickets.rules import (
    Holder,
    LastMove,
    LinkOrigin,
    MoveFacts,
    SymptomCondition,
    TicketId,
    VisitId,
    require_undoable,
    undo_until,
)
from repairshop.tickets.stages import (
    FINAL_STAGES,
    Outcome,
    Stage,
    Verb,
    outcome_after,
    require_move,
    require_opening,
)


@dataclass(frozen=True, kw_only=True)
class NewTicket:
    """What opening a ticket needs to know; amounts in minor units of the shop's currency."""

    device: Device
    fault_key: str = ""
    fault_label: str = ""
    reported_fault: str = ""
    symptom_condition: SymptomCondition | None = None
    condition_note: str = ""
    accessories: tuple[str, ...] = ()
    spend_limit_minor: int | None = None
    fixed_price_minor: int | None = None
    needed_by: str = ""
    claim_of_id: int | None = None


def open_visit(customer: Customer, *, by: Actor, reach_note: str = "") -> Visit:
    visit = Visit(shop_id=by.shop_id, customer_id=customer.id, created_at=clock.now(), reach_note=reach_note)
    db.session.add(visit)
    db.session.flush()  # tickets and links of the same transaction need the id
    # The receipt hands it out; made here, because printing is reading and writes nothing.
    db.session.add(
        PortalLink(
            visit_id=visit.id,
            customer_id=customer.id,
            origin=LinkOrigin.RECEIPT,
            created_at=visit.created_at,
        )
    )
    record_touchpoint(by.shop_id, TouchpointKind.VISIT, customer_id=customer.id, channel="counter")
    return visit


def open_ticket(
    visit: Visit, new: NewTicket, *, verb: Verb, stage: Stage, by: Actor, facts: MoveFacts | None = None
) -> Ticket:
    """A new ticket in its first stage, numbered, with a code and the first history row."""
    require_opening(verb, stage)
    at = clock.now()
    held_by_us = stage is not Stage.BOOKED
    ticket = Ticket(
        shop_id=by.shop_id,
        number=_take_number(by.shop_id),
        code=codes.new_code(),
        visit_id=visit.id,
        device_id=new.device.id,
        claim_of_id=new.claim_of_id,
        stage=stage,
        stage_since=at,
        opened_at=at,
        changed_at=at,
        device_type=new.device.device_type,
        device_label=new.device.label,
        fault_key=new.fault_key,
        fault_label=new.fault_label,
        reported_fault=new.reported_fault,
        symptom_condition=new.symptom_condition,
        condition_note=new.condition_note,
        accessories=list(new.accessories),
        spend_limit_minor=new.spend_limit_minor,
        fixed_price_minor=new.fixed_price_minor,
        needed_by=new.needed_by,
        holder=Holder.PLACE if held_by_us else Holder.CUSTOMER,
        holder_label="",
        holder_since=at,
    )
    db.session.add(ticket)
    db.session.flush()  # history, custody and the move point at the ticket
    _record_move(
        ticket, verb, origin=None, by=by, previous={}, details={"number": ticket.number}, facts=facts
    )
    if held_by_us:
        record_custody(ticket, Holder.CUSTOMER, Holder.PLACE, to_label="", by=by)
    return ticket


def get_ticket_for_change(reference: str, *, by: Actor, expected_version: int | None = None) -> Ticket:
    """The ticket, its row locked until the transaction ends.

    NotFound for unknown references and other shops'. Conflict when `expected_version` (the stage version the
    form was made from) is no longer true.
    """
    # Rows of other tables may point at the ticket meanwhile: a key-share lock lets them; nothing deadlocks.
    query = (
        select(Ticket)
        .where(Ticket.code == reference, Ticket.shop_id == by.shop_id)
        .with_for_update(key_share=True)
    )
    ticket = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if ticket is None:
        raise NotFound
    if expected_version is not None and ticket.stage_version != expected_version:
        raise Conflict("ticket", reference)
    return ticket


def move_ticket(
    ticket: Ticket,
    verb: Verb,
    *,
    by: Actor,
    outcome: Outcome | None = None,
    outcome_reason: str = "",
    facts: MoveFacts | None = None,
    details: Mapping[str, Any] | None = None,
) -> TicketMove:
    """Do the arrow `verb` from the ticket's stage: stage, outcome, history row and event, all or nothing.

    `details` enter the history as they are: no personal values. `facts` go to the texts.
    """
    target = require_move(ticket.stage, verb)
    new_outcome = outcome_after(verb, chosen=outcome, current=ticket.outcome)
    previous = {
        "stage": ticket.stage.value,
        "stage_since": ticket.stage_since.isoformat(),
        "outcome": ticket.outcome.value if ticket.outcome else None,
        "outcome_reason": ticket.outcome_reason,
        "closed_at": ticket.closed_at.isoformat() if ticket.closed_at else None,
    }
    origin, at = ticket.stage, clock.now()
    ticket.stage = target
    ticket.stage_since = at
    ticket.stage_version += 1
    if new_outcome is not ticket.outcome:
        ticket.outcome, ticket.outcome_reason = new_outcome, outcome_reason
    ticket.closed_at = at if target in FINAL_STAGES else None
    return _record_move(ticket, verb, origin=origin, by=by, previous=previous, details=details, facts=facts)


def _record_move(
    ticket: Ticket,
    verb: Verb,
    *,
    origin: Stage | None,
    by: Actor,
    previous: dict[str, Any],
    details: Mapping[str, Any] | None,
    facts: MoveFacts | None,
) -> TicketMove:
    at = ticket.stage_since
    shop = _get_shop(ticket.shop_id)
    move = TicketMove(
        ticket_id=ticket.id,
        verb=verb,
        origin=origin,
        target=ticket.stage,
        at=at,
        actor_kind=by.kind,
        actor_id=by.id,
        history_seq=ticket.history_seq + 1,
        undo_until=undo_until(verb, at=at, by=by, window_seconds=shop.undo_window_seconds),
        previous=previous,
    )
    db.session.add(move)
    db.session.flush()  # the history row and the notices point at the move
    record_history(
        ticket,
        verb.value,
        by=by,
        before={"stage": origin.value if origin else None, "outcome": previous.get("outcome")},
        after={
            "stage": ticket.stage.value,
            "outcome": ticket.outcome.value if ticket.outcome else None,
            **(details or {}),
        },
        move_id=move.id,
    )
    publish(
        TicketMoved(
            ticket_id=TicketId(ticket.id),
            visit_id=VisitId(ticket.visit_id) if ticket.visit_id is not None else None,
            shop_id=ShopId(ticket.shop_id),
            move_id=move.id,
            verb=verb,
            origin=origin,
            target=ticket.stage,
            outcome=ticket.outcome,
            by=by,
            at=at,
            undo_until=move.undo_until,
            facts=facts or MoveFacts(),
        )
    )
    fault_points.reach("move.written")
    return move


def undo_move(reference: str, *, by: Actor) -> Verb:
    """Take the last move back: a reversing history row, stage and side effects restored."""
    ticket = get_ticket_for_change(reference, by=by)
    move = find_last_move(ticket)
    at = clock.now()
    require_undoable(_as_last_move(ticket, move), by=by, at=at)
    if move is None or move.origin is None:
        raise NotFound
    undone_target = ticket.stage
    _restore(ticket, move.previous)
    ticket.stage_version += 1
    move.undone_at = at
    record_history(
        ticket,
        "undo",
        by=by,
        before={"stage": undone_target.value},
        after={"stage": ticket.stage.value, "verb": move.verb.value},
        move_id=move.id,
    )
    publish(
        MoveUndone(
            ticket_id=TicketId(ticket.id),
            shop_id=ShopId(ticket.shop_id),
            move_id=move.id,
            verb=move.verb,
            origin=move.origin,
            target=undone_target,
            by=by,
            at=at,
        )
    )
    return move.verb


def find_last_move(ticket: Ticket) -> TicketMove | None:
    """The latest move that stands."""
    query = (
        select(TicketMove)
        .where(TicketMove.ticket_id == ticket.id, TicketMove.undone_at.is_(None))
        .order_by(TicketMove.id.desc())
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()


def _as_last_move(ticket: Ticket, move: TicketMove | None) -> LastMove | None:
    if move is None:
        return None
    later = select(HistoryEntry.id).where(
        HistoryEntry.ticket_id == ticket.id,
        HistoryEntry.seq > move.history_seq,
        HistoryEntry.move_id.is_distinct_from(move.id),
    )
    return LastMove(
        verb=move.verb,
        actor_kind=move.actor_kind,
        actor_id=move.actor_id,
        undo_until=move.undo_until,
        undone=move.undone_at is not None,
        overtaken=db.session.scalars(later.limit(1)).first() is not None,
    )


def _restore(ticket: Ticket, previous: Mapping[str, Any]) -> None:
    ticket.stage = Stage(previous["stage"])
    ticket.stage_since = clock.from_text(previous["stage_since"])
    ticket.outcome = Outcome(previous["outcome"]) if previous["outcome"] else None
    ticket.outcome_reason = previous["outcome_reason"]
    ticket.closed_at = clock.from_text(previous["closed_at"]) if previous["closed_at"] else None


def complete_check_in(ticket: Ticket, *, by: Actor, facts: MoveFacts | None = None) -> None:
    """Close the open check-in: the caller has made sure that its gate is satisfied."""
    at = clock.now()
    ticket.checked_in_at = at
    record_history(ticket, "check_in_completed", by=by)
    publish(
        CheckInCompleted(
            ticket_id=TicketId(ticket.id),
            visit_id=VisitId(ticket.visit_id) if ticket.visit_id is not None else None,
            shop_id=ShopId(ticket.shop_id),
            by=by,
            at=at,
            facts=facts or MoveFacts(),
        )
    )


def mark_changed(ticket: Ticket) -> None:
    """Raise the version of a ticket when what hangs on it changes without an act of its own."""
    ticket.changed_at = clock.now()
    flag_modified(ticket, "changed_at")  # twice in one moment counts too


def assign(reference: str, *, to_staff_id: int | None, by: Actor) -> None:
    ticket = get_ticket_for_change(reference, by=by)
    before = ticket.assignee_id
    ticket.assignee_id = to_staff_id
    record_history(ticket, "assigned", by=by, before={"staff": before}, after={"staff": to_staff_id})


def actor_for_customer(ticket: Ticket) -> Actor:
    customer_id = ticket.visit.customer_id if ticket.visit else None
    return Actor(kind=ActorKind.CUSTOMER, shop_id=ShopId(ticket.shop_id), id=customer_id)


def _take_number(shop_id: int) -> int:
    """The shop's next ticket number.

    One statement, so that no two tickets share a number; not through the entity, because the shop's version
    belongs to those who edit its facts.
    """
    taken = (
        update(Shop)
        .where(Shop.id == shop_id)
        .values(next_ticket_number=Shop.next_ticket_number + 1)
        .returning(Shop.next_ticket_number)
        .execution_options(synchronize_session=False)
    )
    return db.session.scalars(taken).one() - 1


def _get_shop(shop_id: int) -> Shop:
    shop = db.session.get(Shop, shop_id)
    if shop is None:
        raise NotFound
    return shop
