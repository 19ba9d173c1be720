"""From a feature's declaration to statements: which rows, and what becomes of their columns."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Select,
    String,
    Table,
    Update,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    update,
)

from repairshop import clock
from repairshop.database import Base
from repairshop.personal import Holding, Stamp, Whose
from repairshop.tickets.models import Ticket, Visit

Ids = Sequence[int] | Select[Any]


def table_of(holding: Holding) -> Table:
    return Base.metadata.tables[holding.table]


def owned_by(holding: Holding, ids: Ids) -> ColumnElement[bool]:
    """The rows that hang on these tickets, visits, devices or customers."""
    column = table_of(holding).c[holding.by]
    if holding.via is None:
        return column.in_(ids)
    name, shared, owner = holding.via
    between = Base.metadata.tables[name]
    return column.in_(select(between.c[shared]).where(between.c[owner].in_(ids)))


def not_yet_empty(holding: Holding) -> ColumnElement[bool]:
    table = table_of(holding)
    return or_(*(_differs(table, name, value) for name, value in holding.becomes.items()))


def empty(holding: Holding, rows: ColumnElement[bool]) -> Update:
    table = table_of(holding)
    values = {name: _value(table, name, value) for name, value in holding.becomes.items()}
    return update(table).where(rows).values(values).execution_options(synchronize_session=False)


def rows_of(holding: Holding, ids: Ids) -> Select[Any]:
    """What an export tells: every column but the secret ones."""
    table = table_of(holding)
    columns = [column for column in table.c if column.name not in holding.secret]
    return select(*columns).where(owned_by(holding, ids)).order_by(*table.primary_key.columns)


def tickets_of(holding: Holding, rows: ColumnElement[bool]) -> ColumnElement[bool]:
    """The tickets that show these rows."""
    owners = select(table_of(holding).c[holding.by]).where(rows)
    if holding.via is not None:
        name, shared, owner = holding.via
        between = Base.metadata.tables[name]
        owners = select(between.c[owner]).where(between.c[shared].in_(owners))
    if holding.whose is Whose.CUSTOMER:
        return Ticket.visit_id.in_(select(Visit.id).where(Visit.customer_id.in_(owners)))
    column = {Whose.TICKET: Ticket.id, Whose.VISIT: Ticket.visit_id, Whose.DEVICE: Ticket.device_id}
    return column[holding.whose].in_(owners)


def _differs(table: Table, name: str, value: Any) -> ColumnElement[bool]:
    column = table.c[name]
    if value is Stamp.NOW:
        return column.is_(None)
    if value is Stamp.NOTHING:
        return column.is_not(None)
    if value is Stamp.OWN:
        return column != _own(table)
    if isinstance(column.type, JSON):  # PostgreSQL compares no two values of type json
        return cast(column, String) != json.dumps(value)
    return column.is_distinct_from(value)


def _value(table: Table, name: str, value: Any) -> Any:
    if value is Stamp.NOW:
        return func.coalesce(table.c[name], literal(clock.now(), table.c[name].type))
    if value is Stamp.NOTHING:
        return null()
    return _own(table) if value is Stamp.OWN else value


def _own(table: Table) -> ColumnElement[str]:
    return literal("erased-") + cast(table.c.id, String)
