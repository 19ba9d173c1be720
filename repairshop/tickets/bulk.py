"""Writing many tickets at once, for imports and the demo: the rows the verbs would write, without events.

Nobody is told anything: no notices, no promises, no listeners. Runs inside the caller's transaction.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, ColumnDefault, Dialect, Table, func, insert, select, text

from repairshop import codes
from repairshop.catalogue.rules import DeviceType
from repairshop.database import Base, db
from repairshop.staff.models import Shop
from repairshop.tickets.models import Custody, HistoryEntry, Ticket, TicketMove
from repairshop.tickets.stages import Verb
from repairshop.tickets.walk import Step, Walk, WalkedEntry, walk


@dataclass(frozen=True, kw_only=True)
class PastTicket:
    """A ticket to write. `values` are further columns of the ticket (texts, amounts, source)."""

    id: int
    number: int
    code: str
    device_id: int
    device_type: DeviceType
    device_label: str
    steps: Sequence[Step]
    visit_id: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class WrittenTicket:
    """A ticket as it was written: its walk and the ids of its moves, for rows that point at them."""

    id: int
    walk: Walk
    move_ids: Sequence[int]

    def find_move_id(self, verb: Verb) -> int | None:
        """The last move by this verb."""
        pairs = zip(self.move_ids, self.walk.moves, strict=True)
        return next((move_id for move_id, move in reversed(list(pairs)) if move.verb is verb), None)


def reserve_ids(model: type[Base], count: int) -> list[int]:
    """Ids nobody else will get, so that rows which point at each other can be written in any number.

    On SQLite the caller's write lock keeps others away; on PostgreSQL the ids come out of the sequence.
    """
    if not count:
        return []
    table = _table(model)
    if db.session.get_bind().dialect.name == "postgresql":
        query = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
        return list(db.session.scalars(query, {"name": table.name, "count": count}))
    highest = db.session.scalar(select(func.max(table.c.id))) or 0
    return list(range(highest + 1, highest + 1 + count))


def insert_rows(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows of one table in one statement; every row names the same columns, defaults fill the others.

    The values go to the driver as the columns' types make them. SQLAlchemy's own handling of parameters,
    row by row, costs several times what writing the rows does.
    """
    if not rows:
        return
    connection = db.session.connection()
    table = _table(model)
    statement = insert(table).compile(dialect=connection.dialect, column_keys=list(rows[0]))
    columns = [_column(table.c[name], rows[0], connection.dialect) for name in statement.params]
    values = ([make(row) for make in columns] for row in rows)
    if statement.positional:
        parameters: list[Any] = [tuple(row) for row in values]
    else:
        parameters = [dict(zip(statement.params, row, strict=True)) for row in values]
    connection.exec_driver_sql(str(statement), parameters)


def _column(
    column: Column[Any], row: Mapping[str, Any], dialect: Dialect
) -> Callable[[Mapping[str, Any]], Any]:
    """What takes the column's value out of a row as the driver wants it, or answers the default."""
    name = column.name
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    if name not in row:
        default = _default(column)
        made = process(default) if process else default
        return lambda _row: made
    if process is None:
        return itemgetter(name)
    return lambda row: process(row[name])


def _default(column: Column[Any]) -> Any:
    default = column.default
    if default is None or not isinstance(default, ColumnDefault):
        raise ValueError(f"{column} has no plain default")
    return default.arg(None) if default.is_callable else default.arg


def free_codes(count: int) -> list[str]:
    """Fresh codes that no ticket has; chance alone would repeat one in every few hundred loads of 100,000."""
    free: dict[str, None] = {}
    while len(free) < count:
        fresh = [codes.new_code() for _ in range(min(count - len(free), 500))]
        taken = set(db.session.scalars(select(Ticket.code).where(Ticket.code.in_(fresh))))
        free.update(dict.fromkeys(code for code in fresh if code not in taken))
    return list(free)


def take_numbers(shop_id: int, count: int) -> range:
    """The shop's next ticket numbers; its row is locked, as when one ticket is opened."""
    query = select(Shop).where(Shop.id == shop_id).with_for_update().execution_options(populate_existing=True)
    shop = db.session.scalars(query).one()
    first = shop.next_ticket_number
    shop.next_ticket_number = first + count
    return range(first, first + count)


def write_tickets(tickets: Sequence[PastTicket], *, shop: Shop) -> list[WrittenTicket]:
    """Walk and write the tickets with their moves, history and custody."""
    walks = [walk(past.code, past.steps, undo_window_seconds=shop.undo_window_seconds) for past in tickets]
    move_ids = iter(reserve_ids(TicketMove, sum(len(walked.moves) for walked in walks)))
    rows: dict[type[Base], list[dict[str, Any]]] = {Ticket: [], TicketMove: [], HistoryEntry: [], Custody: []}
    written = []
    for past, walked in zip(tickets, walks, strict=True):
        own_moves = [next(move_ids) for _ in walked.moves]
        rows[Ticket].append(_ticket_row(past, walked, shop_id=shop.id))
        rows[TicketMove] += _move_rows(past.id, walked, own_moves)
        rows[HistoryEntry] += [_history_row(past.id, entry, own_moves) for entry in walked.entries]
        rows[Custody] += _custody_rows(past.id, walked)
        written.append(WrittenTicket(id=past.id, walk=walked, move_ids=own_moves))
    for model, of_model in rows.items():
        insert_rows(model, of_model)
    return written


def _ticket_row(past: PastTicket, walked: Walk, *, shop_id: int) -> dict[str, Any]:
    return {
        "id": past.id,
        "shop_id": shop_id,
        "number": past.number,
        "code": past.code,
        "visit_id": past.visit_id,
        "device_id": past.device_id,
        "device_type": past.device_type,
        "device_label": past.device_label,
        "stage": walked.stage,
        "stage_since": walked.stage_since,
        "stage_version": walked.stage_version,
        "outcome": walked.outcome,
        "outcome_reason": walked.outcome_reason,
        "opened_at": walked.opened_at,
        "checked_in_at": walked.checked_in_at,
        "closed_at": walked.closed_at,
        "changed_at": walked.changed_at,
        "holder": walked.holder,
        "holder_label": walked.holder_label,
        "holder_since": walked.holder_since,
        "history_seq": len(walked.entries),
        "history_hash": walked.head,
        **past.values,
    }


def _move_rows(ticket_id: int, walked: Walk, ids: Sequence[int]) -> Iterable[dict[str, Any]]:
    for move_id, move in zip(ids, walked.moves, strict=True):
        yield {
            "id": move_id,
            "ticket_id": ticket_id,
            "verb": move.verb,
            "origin": move.origin,
            "target": move.target,
            "at": move.at,
            "actor_kind": move.by.kind,
            "actor_id": move.by.id,
            "history_seq": move.history_seq,
            "undo_until": move.undo_until,
            "previous": dict(move.previous),
        }


def _history_row(ticket_id: int, walked: WalkedEntry, move_ids: Sequence[int]) -> dict[str, Any]:
    return {
        "ticket_id": ticket_id,
        "seq": walked.entry.seq,
        "move_id": None if walked.move is None else move_ids[walked.move],
        "at": walked.entry.at,
        "actor_kind": walked.by.kind,
        "actor_id": walked.by.id,
        "act": walked.entry.act,
        "before": dict(walked.entry.before),
        "after": dict(walked.entry.after),
        "previous_hash": walked.previous_hash,
        "hash": walked.hash,
    }


def _custody_rows(ticket_id: int, walked: Walk) -> Iterable[dict[str, Any]]:
    for step in walked.custody:
        yield {
            "ticket_id": ticket_id,
            "from_holder": step.origin,
            "from_label": step.origin_label,
            "to_holder": step.to,
            "to_label": step.to_label,
            "salt": step.salt,
            "at": step.at,
            "staff_id": step.by.staff_id,
        }


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - every model of ours is one table
    return table
