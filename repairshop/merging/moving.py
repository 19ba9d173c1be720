"""The rows that name a person, in whichever table: counted, moved to another person, and moved back.

The tables say themselves which columns those are: each foreign key to a customer. So a feature that comes
later is merged along without a line here.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, UniqueConstraint, and_, exists, func, or_, select, update

from repairshop.customers.models import Customer, Device, Touchpoint
from repairshop.database import Base, db
from repairshop.inbox.models import InboundMessage
from repairshop.notifications.models import OutgoingMessage
from repairshop.tickets.models import PortalLink, Ticket, Visit


def list_columns() -> list[Column[Any]]:
    """Every column of every table that names a customer, apart from those that say they stay."""
    target = Customer.__table__.c.id
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.column is target for key in column.foreign_keys)
        and not column.info.get("stays_when_merged")
    ]


def count_rows(*customer_ids: int) -> list[dict[str, int]]:
    """How many rows name each of these people, by "table.column"; one query."""
    columns = list_columns()
    counts = [
        select(func.count()).where(column == person).scalar_subquery().label(f"of_{person}_{place}")
        for person in customer_ids
        for place, column in enumerate(columns)
    ]
    numbers = iter(db.session.execute(select(*counts)).one())
    return [{str(column): next(numbers) for column in columns} for _ in customer_ids]


def move_rows(*, origin: int, to: int) -> dict[str, list[int]]:
    """Everything that names one person names the other now; the ids of it, by "table.column"."""
    db.session.flush()  # the statements below go past the session
    moved = {}
    for column in list_columns():
        may_move = [column == origin, *(~taken for taken in _taken_already(column, to))]
        ids = _ids(column, and_(*may_move), to)
        if ids:
            moved[str(column)] = ids
    db.session.expire_all()
    return moved


def move_back(moved: Mapping[str, Sequence[int]], *, origin: int, to: int) -> None:
    """What was moved goes back, apart from what somebody gave to yet another person since."""
    db.session.flush()  # as above
    for column in list_columns():
        ids = moved.get(str(column))
        if ids:
            _ids(column, and_(_key(column).in_(ids), column == origin), to)
    for column, condition in _of_visits(moved.get("visit.customer_id", [])):
        _ids(column, and_(column == origin, condition), to)
    db.session.expire_all()


def list_visit_tickets(visit_ids: Sequence[int]) -> list[Ticket]:
    """The visits' tickets, locked in one order so that two merges cannot wait for each other."""
    query = select(Ticket).where(Ticket.visit_id.in_(visit_ids)).order_by(Ticket.id).with_for_update()
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _ids(column: Column[Any], condition: ColumnElement[bool], to: int) -> list[int]:
    changed = update(_table(column)).where(condition).values({column: to}).returning(_key(column))
    return sorted(db.session.scalars(changed))


def _of_visits(visit_ids: Sequence[int]) -> Iterator[tuple[Column[Any], ColumnElement[bool]]]:
    """What came to these visits after the merge: it belongs to the visit, whoever that is of."""
    if not visit_ids:
        return
    tickets = select(Ticket.id).where(Ticket.visit_id.in_(visit_ids))
    yield _owner("portal_link"), PortalLink.visit_id.in_(visit_ids)
    yield (
        _owner("outgoing_message"),
        or_(OutgoingMessage.visit_id.in_(visit_ids), OutgoingMessage.ticket_id.in_(tickets)),
    )
    yield _owner("inbound_message"), InboundMessage.ticket_id.in_(tickets)
    yield _owner("touchpoint"), Touchpoint.ticket_id.in_(tickets)
    elsewhere = exists().where(
        Ticket.device_id == Device.id, Ticket.visit_id == Visit.id, Visit.id.not_in(visit_ids)
    )
    brought = select(Ticket.device_id).where(Ticket.visit_id.in_(visit_ids))
    yield _owner("device"), and_(Device.id.in_(brought), ~elsewhere)


def _taken_already(column: Column[Any], to: int) -> Iterator[ColumnElement[bool]]:
    """For each rule of the table that there be one such row a person: the other person has theirs."""
    table = _table(column)
    for rule in table.constraints:
        if isinstance(rule, UniqueConstraint) and column.name in rule.columns:
            theirs = table.alias()
            same = [theirs.c[each.name] == each for each in rule.columns if each is not column]
            yield exists().where(theirs.c[column.name] == to, *same)


def _owner(table: str) -> Column[Any]:
    return Base.metadata.tables[table].c["customer_id"]


def _table(column: Column[Any]) -> Table:
    assert isinstance(column.table, Table)  # noqa: S101 - for the type checker: our columns are in tables
    return column.table


def _key(column: Column[Any]) -> Column[Any]:
    [key] = _table(column).primary_key.columns
    return key
