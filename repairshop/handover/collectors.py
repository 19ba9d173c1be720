"""Another person named to collect: by the customer alone, one at a time, until it is taken back.

Who is named gets a pass and nothing else: never the customer's link.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, bindparam, select

from repairshop import clock
from repairshop.database import db, read
from repairshop.errors import NotFound
from repairshop.handover.models import Collector
from repairshop.handover.rules import require_something_to_collect
from repairshop.staff.rules import Actor
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Ticket
from repairshop.tickets.service import get_ticket_for_change, mark_changed


@dataclass(frozen=True, kw_only=True)
class CollectorRow:
    """Who may collect instead of the customer; `version` goes into the key of their pass."""

    id: int
    name: str
    version: int
    named_at: datetime


_CURRENT = (
    select(Collector.id, Collector.name, Collector.version, Collector.named_at)
    .where(Collector.visit_id == bindparam("visit_id", type_=Integer), Collector.ended_at.is_(None))
    .order_by(Collector.id.desc())
    .limit(1)
)


def find_collector(visit_id: int) -> CollectorRow | None:
    """None while nobody is named."""
    row = read(_CURRENT, visit_id=visit_id).one_or_none()
    return CollectorRow(**row._mapping) if row else None


def name_collector(reference: str, name: str, *, by: Actor) -> Collector:
    """Name somebody; who was named before may collect no more. NothingToCollect once every device has left.

    The history keeps that somebody was named, not who: a name is personal.
    """
    ticket, tickets = _load(reference, by=by)
    require_something_to_collect([one.stage for one in tickets])
    _end_all(ticket.visit_id)
    collector = Collector(visit_id=ticket.visit_id, name=name, named_at=clock.now())
    db.session.add(collector)
    db.session.flush()
    record_history(ticket, "collector_named", by=by, after={"collector": collector.id})
    _show_anew(tickets)
    return collector


def end_collector(reference: str, *, by: Actor) -> None:
    """Nobody but the customer collects; a second click changes nothing."""
    ticket, tickets = _load(reference, by=by)
    if _end_all(ticket.visit_id):
        record_history(ticket, "collector_ended", by=by)
        _show_anew(tickets)


def _load(reference: str, *, by: Actor) -> tuple[Ticket, list[Ticket]]:
    """The ticket and, with it, all of its visit."""
    ticket = get_ticket_for_change(reference, by=by)
    if ticket.visit is None:
        raise NotFound
    return ticket, ticket.visit.tickets


def _end_all(visit_id: int | None) -> bool:
    query = select(Collector).where(Collector.visit_id == visit_id, Collector.ended_at.is_(None))
    named = db.session.scalars(query.with_for_update()).all()
    for one in named:
        one.ended_at, one.version = clock.now(), one.version + 1
    return bool(named)


def _show_anew(tickets: list[Ticket]) -> None:
    for ticket in tickets:
        mark_changed(ticket)
