"""Reads about promises."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, bindparam, select

from repairshop.database import db, read
from repairshop.errors import NotFound
from repairshop.promises.estimates import Likeness
from repairshop.promises.models import Promise, PromiseEstimate, PromiseOwed
from repairshop.promises.rules import (
    Calendar,
    PromisedDates,
    PromiseReason,
    calendar_of,
    usual_dates,
)
from repairshop.staff.models import Shop, Staff
from repairshop.staff.rules import ActorKind


@dataclass(frozen=True, kw_only=True)
class PromiseRow:
    """One promise as pages show it; `made_by` is None where no staff member made it."""

    id: int
    dates: PromisedDates
    due_at: datetime
    made_at: datetime
    made_by: str | None
    reason: PromiseReason
    note: str
    likeness: Likeness | None  # whose experience these very days are, None where a person chose them


@dataclass(frozen=True, kw_only=True)
class Promises:
    """The promise that is measured against, and the one in force; the same row until dates change.

    `before` is what was in force before the current one, None until dates change.
    """

    first: PromiseRow
    current: PromiseRow
    before: PromiseRow | None = None


def get_promises(ticket_id: int) -> Promises | None:
    """None while the customer has been told no dates."""
    return get_promises_of([ticket_id]).get(ticket_id)


def get_promises_of(ticket_ids: Collection[int]) -> dict[int, Promises]:
    """Those of several tickets, by ticket; without the ones nobody was told dates for."""
    return {
        ticket_id: Promises(first=rows[0], current=rows[-1], before=rows[-2] if len(rows) > 1 else None)
        for ticket_id, rows in _list_promises_of(ticket_ids).items()
    }


_PROMISES = (
    select(
        Promise.ticket_id,
        Promise.id,
        Promise.earliest,
        Promise.latest,
        Promise.due_at,
        Promise.made_at,
        Staff.first_name,
        Promise.reason,
        Promise.note,
        PromiseEstimate.likeness,
    )
    .outerjoin(
        PromiseEstimate, (PromiseEstimate.promise_id == Promise.id) & PromiseEstimate.is_told.is_(True)
    )
    .outerjoin(Staff, (Promise.actor_kind == ActorKind.STAFF) & (Promise.actor_id == Staff.id))
    .where(Promise.ticket_id.in_(bindparam("ticket_ids", expanding=True)), Promise.withdrawn_at.is_(None))
    .order_by(Promise.id)
)


def list_promises(ticket_id: int) -> list[PromiseRow]:
    """The promises that stand, oldest first."""
    return _list_promises_of([ticket_id]).get(ticket_id, [])


def _list_promises_of(ticket_ids: Collection[int]) -> dict[int, list[PromiseRow]]:
    found: dict[int, list[PromiseRow]] = {}
    for promise in read(_PROMISES, ticket_ids=list(ticket_ids)):
        found.setdefault(promise.ticket_id, []).append(
            PromiseRow(
                id=promise.id,
                dates=PromisedDates(earliest=promise.earliest, latest=promise.latest),
                due_at=promise.due_at,
                made_at=promise.made_at,
                made_by=promise.first_name,
                reason=promise.reason,
                note=promise.note,
                likeness=promise.likeness,
            )
        )
    return found


def get_calendar(shop_id: int) -> Calendar:
    """When the shop is open."""
    row = db.session.execute(select(Shop.time_zone, Shop.opening_hours).where(Shop.id == shop_id)).first()
    if row is None:
        raise NotFound
    return calendar_of(time_zone=row.time_zone, opening_hours=row.opening_hours)


def suggest_dates(shop_id: int, *, days_from: int, days_to: int, at: datetime) -> PromisedDates:
    """The usual dates of a job that takes these open days, as the fault's preset says."""
    return usual_dates(get_calendar(shop_id), days_from=days_from, days_to=days_to, at=at)


def promised_at(promises: Sequence[PromiseRow], *, at: datetime) -> PromisedDates | None:
    """The dates in force at a moment, of a ticket's promises oldest first; None before the first."""
    made = [promise for promise in promises if promise.made_at <= at]
    return made[-1].dates if made else None


_OWED = select(PromiseOwed.by_at).where(PromiseOwed.ticket_id == bindparam("ticket_id", type_=Integer))


def find_date_owed(ticket_id: int) -> datetime | None:
    """When the customer is told a date at the latest; also after one was told."""
    return read(_OWED, ticket_id=ticket_id).scalar_one_or_none()
