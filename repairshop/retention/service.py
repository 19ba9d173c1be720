"""Empty a person's values on request, and those that are over their period."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, select, update

from repairshop import clock
from repairshop.database import db
from repairshop.personal import Eraser, Holding, Kind, Person, all_erasers, all_holdings
from repairshop.retention import emptying, erased_list, queries
from repairshop.retention.models import Removal, RetentionPeriod
from repairshop.retention.rules import Because, Cause, over_before, require_allowed
from repairshop.staff.rules import Actor, ShopId
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Ticket

BATCH = 500


def erase_customer(customer_id: int, *, by: Actor, because: Because = Because.ASKED) -> dict[Kind, int]:
    """Anonymise a person and everybody merged into them; rows, figures and chains stay. Counts by kind.

    CustomerHasOpenTicket or DeviceStillHere while they are not done with the shop.
    """
    person = queries.get_person(customer_id, shop_id=by.shop_id)
    queries.require_erasable(person)
    _record(person, "customer_erased", by=by, after={"because": because.value})
    for eraser in all_erasers():
        if eraser.before_erasing is not None:
            eraser.before_erasing(person)
    _redraw(Ticket.id.in_(person.ticket_ids))
    emptied: dict[Kind, int] = {}
    for holding in all_holdings():
        rows = emptying.owned_by(holding, person.ids(holding.whose))
        emptied[holding.kind] = emptied.get(holding.kind, 0) + _empty(holding, rows)
    for eraser in all_erasers():
        if eraser.after_emptying is not None:
            eraser.after_emptying()
    for kind, count in emptied.items():
        _note(by.shop_id, kind, count, cause=Cause.REQUEST, by=by)
    erased_list.note_after_commit(queries.list_rows_of(person))
    db.session.expire_all()  # the statements went past the entities
    return emptied


def note_export(customer_id: int, *, by: Actor) -> None:
    """Each chain says that everything about its customer was given out, and by whom."""
    _record(queries.get_person(customer_id, shop_id=by.shop_id), "customer_exported", by=by)


def _record(person: Person, act: str, *, by: Actor, after: Mapping[str, Any] | None = None) -> None:
    for ticket in queries.lock_tickets(person):
        record_history(ticket, act, by=by, after=after)


def empty_batch(holding: Holding, *, shop_id: ShopId, days: int) -> int:
    """The next rows of a declaration that are over their period; how many, 0 when none is left."""
    moment = over_before(days, at=clock.now())
    table = emptying.table_of(holding)
    key = next(iter(table.primary_key.columns))
    due = (
        select(key)
        .where(emptying.owned_by(holding, queries.over(holding.whose, shop_id=shop_id, before=moment)))
        .where(emptying.not_yet_empty(holding))
        .limit(BATCH)
    )
    ids = list(db.session.scalars(due))
    count = 0
    if ids:
        _redraw(emptying.tickets_of(holding, key.in_(ids)))  # before the rows forget whose they are
        count = _empty(holding, key.in_(ids))
        for eraser in all_erasers():
            if eraser.after_emptying is not None and holding in eraser.holdings:
                eraser.after_emptying()
    _note(shop_id, holding.kind, count, cause=Cause.PERIOD)
    return count


def remove_strays(eraser: Eraser, *, shop_id: ShopId, days: int) -> int:
    """The next rows that hang on nobody, by their own age; how many, 0 when none is left."""
    if eraser.remove_strays is None:
        return 0
    count = eraser.remove_strays(shop_id, over_before(days, at=clock.now()), BATCH)
    _note(shop_id, eraser.strays_kind, count, cause=Cause.PERIOD)
    return count


def _empty(holding: Holding, rows: ColumnElement[bool]) -> int:
    statement = emptying.empty(holding, rows & emptying.not_yet_empty(holding))
    result: CursorResult[Any] = db.session.execute(statement)  # type: ignore[assignment]
    return result.rowcount


def _redraw(tickets: ColumnElement[bool]) -> None:
    """Pages are kept by a ticket's version: what was drawn before is shown to nobody any more."""
    raised = update(Ticket).where(tickets).values(version=Ticket.version + 1)
    db.session.execute(raised.execution_options(synchronize_session=False))


def _note(shop_id: int, kind: Kind, count: int, *, cause: Cause, by: Actor | None = None) -> None:
    if count:
        staff_id = by.staff_id if by else None
        row = Removal(shop_id=shop_id, at=clock.now(), kind=kind, cause=cause, count=count, staff_id=staff_id)
        db.session.add(row)


def change_periods(periods: Mapping[Kind, int], *, by: Actor) -> None:
    """How long the shop keeps each kind of data from now on; the nightly job follows."""
    require_allowed(periods)
    for kind, days in periods.items():
        db.session.merge(RetentionPeriod(shop_id=by.shop_id, kind=kind, days=days))
