"""Reads about the work done on a job."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, bindparam, select
from sqlalchemy.orm import aliased

from repairshop.database import db, read
from repairshop.promises.queries import get_calendar
from repairshop.staff.models import Staff
from repairshop.tickets.models import Ticket
from repairshop.workshop.models import WorkSpan
from repairshop.workshop.rules import Credit, StopReason, credits_of


@dataclass(frozen=True, kw_only=True)
class SpanRow:
    """One span as pages show it; `minutes` None while it runs."""

    id: int
    staff_id: int
    name: str
    started_at: datetime
    stopped_at: datetime | None
    stopped_because: StopReason | None
    minutes: int | None
    corrected_because: str
    corrected_by: str | None


_Corrector = aliased(Staff)
_SPANS = (
    select(
        WorkSpan.id,
        WorkSpan.staff_id,
        Staff.first_name.label("name"),
        WorkSpan.started_at,
        WorkSpan.stopped_at,
        WorkSpan.stopped_because,
        WorkSpan.minutes,
        WorkSpan.corrected_because,
        _Corrector.first_name.label("corrected_by"),
    )
    .join(Staff, Staff.id == WorkSpan.staff_id)
    .outerjoin(_Corrector, _Corrector.id == WorkSpan.corrected_by_id)
    .where(WorkSpan.ticket_id == bindparam("ticket_id", type_=Integer))
    .order_by(WorkSpan.id)
)


def list_spans(ticket_id: int) -> list[SpanRow]:
    """Oldest first."""
    return [SpanRow(**row._mapping) for row in read(_SPANS, ticket_id=ticket_id)]


@dataclass(frozen=True, kw_only=True)
class WorkSoFar:
    """A job's work in one line: the minutes that are over, who is at it now, and since when the first."""

    minutes: int
    running: tuple[str, ...] = ()
    running_ids: tuple[int, ...] = ()
    since: datetime | None = None


def sum_up(ticket_id: int) -> WorkSoFar | None:
    """None before anybody worked on it."""
    spans = list_spans(ticket_id)
    if not spans:
        return None
    running = [span for span in spans if span.minutes is None]
    return WorkSoFar(
        minutes=sum(span.minutes or 0 for span in spans),
        running=tuple(span.name for span in running),
        running_ids=tuple(span.staff_id for span in running),
        since=running[0].started_at if running else None,
    )


def credit(spans: list[SpanRow], *, shop_id: int) -> list[Credit]:
    """Minutes per person and day of the shop's calendar; what still runs is not counted."""
    calendar = get_calendar(shop_id)
    return credits_of(
        (span.name, calendar.local_day(span.started_at), span.minutes)
        for span in spans
        if span.minutes is not None
    )


def list_running_since(before: datetime, *, shop_id: int) -> list[int]:
    """Spans, by id, that began before a moment and still run."""
    query = (
        select(WorkSpan.id)
        .join(Ticket, Ticket.id == WorkSpan.ticket_id)
        .where(Ticket.shop_id == shop_id, WorkSpan.stopped_at.is_(None), WorkSpan.started_at < before)
    )
    return list(db.session.scalars(query.order_by(WorkSpan.id)))
