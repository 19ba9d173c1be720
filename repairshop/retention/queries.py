"""Whose data it is, what is over its period, and what was removed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import aliased

from repairshop.customers.models import ContactPoint, Customer, Device
from repairshop.database import db
from repairshop.errors import NotFound, Refused
from repairshop.personal import Kind, Person, Whose
from repairshop.retention.erased_list import Erased
from repairshop.retention.models import Removal, RetentionPeriod
from repairshop.retention.rules import DEFAULT_DAYS, Cause, CustomerErasedAlready, require_nothing_open
from repairshop.tickets.models import Ticket, Visit
from repairshop.tickets.stages import FINAL_STAGES
from repairshop.warranty.models import WarrantyTerm


def get_person(customer_id: int, *, shop_id: int) -> Person:
    """With everybody who was merged into them; NotFound for another shop's."""
    root = db.session.get(Customer, customer_id)
    if root is None or root.shop_id != shop_id:
        raise NotFound
    while root.merged_into_id is not None:
        root = db.session.get_one(Customer, root.merged_into_id)
    customer_ids, found = {root.id}, {root.id}
    while found:
        merged = select(Customer.id).where(Customer.merged_into_id.in_(found))
        found = set(db.session.scalars(merged)) - customer_ids
        customer_ids |= found
    visits = db.session.scalars(select(Visit.id).where(Visit.customer_id.in_(customer_ids))).all()
    tickets = db.session.execute(select(Ticket.id, Ticket.device_id).where(Ticket.visit_id.in_(visits))).all()
    devices = db.session.scalars(select(Device.id).where(Device.customer_id.in_(customer_ids))).all()
    values = select(ContactPoint.value).where(ContactPoint.customer_id.in_(customer_ids))
    return Person(
        customer_ids=tuple(sorted(customer_ids)),
        visit_ids=tuple(visits),
        ticket_ids=tuple(ticket_id for ticket_id, _ in tickets),
        device_ids=tuple(sorted(devices)),
        addresses=tuple(value for value in db.session.scalars(values) if value),
    )


@dataclass(frozen=True, kw_only=True)
class NamedRow:
    """The head of a person's page: the one whom the others were merged into."""

    id: int
    name: str
    erased_at: datetime | None


def get_named(person: Person) -> NamedRow:
    found = select(Customer.id, Customer.name, Customer.erased_at).where(
        Customer.id.in_(person.customer_ids), Customer.merged_into_id.is_(None)
    )
    row = db.session.execute(found).one()
    return NamedRow(id=row.id, name=row.name, erased_at=row.erased_at)


def list_rows_of(person: Person) -> list[Erased]:
    rows = select(Customer.id, Customer.created_at).where(Customer.id.in_(person.customer_ids))
    return [Erased(customer_id=row.id, created_at=row.created_at) for row in db.session.execute(rows)]


def list_back(erased: Sequence[Erased], *, shop_id: int) -> list[int]:
    """Which of these rows of the shop have a name again, in the order they were made."""
    wanted, back = {(one.customer_id, one.created_at) for one in erased}, []
    rows = select(Customer.id, Customer.created_at).where(
        Customer.shop_id == shop_id, Customer.erased_at.is_(None)
    )
    for start in range(0, len(erased), 500):
        ids = [one.customer_id for one in erased[start : start + 500]]
        found = db.session.execute(rows.where(Customer.id.in_(ids)).order_by(Customer.id))
        back += [row.id for row in found if (row.id, row.created_at) in wanted]
    return back


def periods_of(shop_id: int) -> dict[Kind, int]:
    """Days by kind, the shop's own where it has chosen."""
    chosen = db.session.execute(
        select(RetentionPeriod.kind, RetentionPeriod.days).where(RetentionPeriod.shop_id == shop_id)
    )
    return {**DEFAULT_DAYS, **{kind: days for kind, days in chosen}}


def over(whose: Whose, *, shop_id: int, before: datetime) -> Select[Any]:
    """Ids whose every ticket was over before this moment: closed, and no warranty running on it since.

    A repair with a claim that is open, or was open since, is not over. Somebody without any ticket is over
    when the row was made before the moment.
    """
    late = aliased(Ticket)
    if whose is Whose.TICKET:
        return select(late.id).where(late.shop_id == shop_id, ~_pending(late, before))
    if whose is Whose.VISIT:
        return _without_pending(Visit, late, late.visit_id == Visit.id, shop_id, before)
    if whose is Whose.DEVICE:
        return _without_pending(Device, late, late.device_id == Device.id, shop_id, before)
    visits = select(Visit.id).where(Visit.customer_id == Customer.id).correlate(Customer)
    return _without_pending(Customer, late, late.visit_id.in_(visits), shop_id, before)


def _without_pending(
    model: type[Visit | Device | Customer],
    late: type[Ticket],
    link: ColumnElement[bool],
    shop_id: int,
    before: datetime,
) -> Select[Any]:
    pending = select(late.id).where(link, _pending(late, before)).correlate(model)
    return select(model.id).where(model.shop_id == shop_id, model.created_at < before, ~exists(pending))


def _pending(ticket: type[Ticket], before: datetime) -> ColumnElement[bool]:
    running = select(WarrantyTerm.id).where(
        WarrantyTerm.ticket_id == ticket.id, WarrantyTerm.ends_on >= before.date()
    )
    claim = aliased(Ticket)
    claimed = select(claim.id).where(claim.claim_of_id == ticket.id, _not_closed(claim, before))
    return _not_closed(ticket, before) | exists(running) | exists(claimed)


def _not_closed(ticket: type[Ticket], before: datetime) -> ColumnElement[bool]:
    return ticket.stage.not_in(FINAL_STAGES) | ticket.closed_at.is_(None) | (ticket.closed_at >= before)


def lock_tickets(person: Person) -> list[Ticket]:
    """In one order, so that two erasings cannot wait for each other."""
    tickets = select(Ticket).where(Ticket.id.in_(person.ticket_ids)).order_by(Ticket.id)
    return list(db.session.scalars(tickets.with_for_update(key_share=True)))


def require_erasable(person: Person) -> None:
    """Raise the refusal that stands in the way; locks the person, so that no new repair slips in between."""
    customers = select(Customer).where(Customer.id.in_(person.customer_ids)).order_by(Customer.id)
    if all(customer.erased_at is not None for customer in db.session.scalars(customers.with_for_update())):
        raise CustomerErasedAlready
    for ticket in lock_tickets(person):
        require_nothing_open(number=str(ticket.number), stage=ticket.stage, holder=ticket.holder)


def find_obstacle(person: Person) -> Refused | None:
    """Why they cannot be erased now, for the page that offers it."""
    customers = select(Customer.erased_at).where(Customer.id.in_(person.customer_ids))
    if all(db.session.scalars(customers)):
        return CustomerErasedAlready()
    tickets = select(Ticket.number, Ticket.stage, Ticket.holder).where(Ticket.id.in_(person.ticket_ids))
    try:
        for number, stage, holder in db.session.execute(tickets.order_by(Ticket.id)):
            require_nothing_open(number=str(number), stage=stage, holder=holder)
    except Refused as refusal:
        return refusal
    return None


@dataclass(frozen=True, kw_only=True)
class RemovalDay:
    """What was emptied on one day of the shop, and why."""

    day: date
    cause: Cause
    counts: Mapping[Kind, int]


def list_removal_days(shop_id: int, *, time_zone: str, limit: int = 1000) -> list[RemovalDay]:
    """Newest first, from the latest so many batches."""
    found: dict[tuple[date, Cause], Counter[Kind]] = {}
    for row in list_removals(shop_id, limit=limit):
        day = row.at.astimezone(ZoneInfo(time_zone)).date()
        found.setdefault((day, row.cause), Counter())[row.kind] += row.count
    return [RemovalDay(day=day, cause=cause, counts=counts) for (day, cause), counts in found.items()]


def list_removals(shop_id: int, *, limit: int = 200) -> list[Removal]:
    """Newest first."""
    found = select(Removal).where(Removal.shop_id == shop_id).order_by(Removal.id.desc()).limit(limit)
    return list(db.session.scalars(found))
