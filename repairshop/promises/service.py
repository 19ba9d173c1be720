"""Verbs about promises."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select

from repairshop import clock
from repairshop.database import db
from repairshop.events import publish
from repairshop.promises.estimates import Kind
from repairshop.promises.events import PromiseChanged
from repairshop.promises.learnt import find_estimate, list_at_risk, list_marked
from repairshop.promises.models import Promise, PromiseEstimate, PromiseOwed, PromiseRisk
from repairshop.promises.queries import get_calendar
from repairshop.promises.rules import (
    PromisedDates,
    PromiseNotNeeded,
    PromiseReason,
    PromiseUnchanged,
    add_open_days,
    require_promise,
)
from repairshop.staff.rules import Actor, ShopId
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Ticket
from repairshop.tickets.rules import TicketId
from repairshop.tickets.service import get_ticket_for_change
from repairshop.tickets.stages import IN_SHOP_STAGES


def make_promise(
    ticket: Ticket,
    *,
    earliest: date,
    latest: date,
    by: Actor,
    reason: PromiseReason | str,
    note: str = "",
    move_id: int | None = None,
) -> Promise:
    """Tell the customer two dates; the ticket is due when the shop closes on the latest.

    `reason` is a PromiseReason or its value. The first promise of a ticket stays its first. With `move_id`
    the promise goes when that move is undone.
    """
    dates, at = PromisedDates(earliest=earliest, latest=latest), clock.now()
    due_at = require_promise(dates, calendar=get_calendar(ticket.shop_id), at=at)
    before = _find_current(ticket.id)
    promise = Promise(
        ticket_id=ticket.id,
        earliest=earliest,
        latest=latest,
        due_at=due_at,
        made_at=at,
        actor_kind=by.kind,
        actor_id=by.id,
        reason=PromiseReason(reason),
        note=note,
        move_id=move_id,
    )
    db.session.add(promise)
    db.session.flush()  # the event points at the promise
    ticket.due_at = due_at
    _keep_estimate(promise, ticket, at=at)
    record_history(
        ticket,
        "promised",
        by=by,
        before=_plain(before),
        after={**_plain(promise), "reason": promise.reason.value},
        move_id=move_id,
    )
    return promise


def change_promise(
    reference: str,
    *,
    earliest: date,
    latest: date,
    reason: PromiseReason,
    note: str,
    by: Actor,
    expected_version: int | None = None,
) -> None:
    """Tell the customer other dates; PromiseUnchanged when they know these, as after a second click."""
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    if ticket.stage not in IN_SHOP_STAGES:
        raise PromiseNotNeeded
    before, dates = _find_current(ticket.id), PromisedDates(earliest=earliest, latest=latest)
    if before is not None and _dates(before) == dates:
        raise PromiseUnchanged(field="latest")
    promise = make_promise(ticket, earliest=earliest, latest=latest, by=by, reason=reason, note=note)
    publish(
        PromiseChanged(
            ticket_id=TicketId(ticket.id),
            shop_id=ShopId(ticket.shop_id),
            promise_id=promise.id,
            before=_dates(before) if before else None,
            dates=dates,
            reason=reason,
            note=note,
            by=by,
            at=promise.made_at,
        )
    )


def withdraw_promises_of(move_id: int) -> None:
    """Take back what a move promised, and let the ticket be due as it was before."""
    promises = db.session.scalars(
        select(Promise).where(Promise.move_id == move_id, Promise.withdrawn_at.is_(None))
    ).all()
    for promise in promises:
        promise.withdrawn_at = clock.now()
    for ticket_id in {promise.ticket_id for promise in promises}:
        ticket = db.session.get_one(Ticket, ticket_id)
        current = _find_current(ticket_id)
        ticket.due_at = current.due_at if current else None


def owe_date(ticket: Ticket) -> datetime:
    """No date can be told yet: the customer is told one by the end of the next open day."""
    at, calendar = clock.now(), get_calendar(ticket.shop_id)
    by_at = calendar.closing(add_open_days(calendar, calendar.local_day(at), 1))
    db.session.add(PromiseOwed(ticket_id=ticket.id, by_at=by_at, made_at=at))
    return by_at


def mark_risks(shop_id: int, *, part_dates: Mapping[int, date]) -> int:
    """Let the marks of the shop's open tickets be what is likely now; how many changed.

    `part_dates`: ticket id -> the day on which its last part is expected.
    """
    at = clock.now()
    marked = list_marked(shop_id)
    at_risk = set(list_at_risk(shop_id, at=at, part_dates=part_dates))
    if gone := marked - at_risk:
        db.session.execute(delete(PromiseRisk).where(PromiseRisk.ticket_id.in_(gone)))
    db.session.add_all(PromiseRisk(ticket_id=ticket_id, since=at) for ticket_id in sorted(at_risk - marked))
    return len(marked ^ at_risk)


def _keep_estimate(promise: Promise, ticket: Ticket, *, at: datetime) -> None:
    """What like repairs say now, beside what the customer is told."""
    found = find_estimate(
        ticket.shop_id,
        Kind(device_type=ticket.device_type, fault_key=ticket.fault_key),
        ticket.stage,
        at=at,
        since=ticket.stage_since,
    )
    if found is None:
        return
    db.session.add(
        PromiseEstimate(
            promise_id=promise.id,
            stage=ticket.stage,
            likeness=found.estimate.likeness,
            like_count=found.estimate.like,
            half_at=found.half_at,
            most_at=found.most_at,
            is_told=found.dates == _dates(promise),
        )
    )


def _find_current(ticket_id: int) -> Promise | None:
    query = select(Promise).where(Promise.ticket_id == ticket_id, Promise.withdrawn_at.is_(None))
    return db.session.scalars(query.order_by(Promise.id.desc()).limit(1)).one_or_none()


def _dates(promise: Promise) -> PromisedDates:
    return PromisedDates(earliest=promise.earliest, latest=promise.latest)


def _plain(promise: Promise | None) -> dict[str, Any]:
    if promise is None:
        return {}
    return {"earliest": promise.earliest.isoformat(), "latest": promise.latest.isoformat()}
