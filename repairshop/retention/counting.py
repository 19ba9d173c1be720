"""How many entries an erasing or the next run would empty: one statement, however many features declare."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from repairshop.database import Base, db
from repairshop.personal import Holding, Kind, Person, Whose, all_erasers, all_holdings
from repairshop.retention import emptying, queries
from repairshop.retention.rules import over_before


def count_of(person: Person) -> dict[Kind, int]:
    """What erasing them would empty, by kind."""
    return _count((holding, person.ids(holding.whose)) for holding in all_holdings())


def count_due(shop_id: int, *, at: datetime) -> dict[Kind, int]:
    """What the nightly job would empty now, by kind."""
    moments = {kind: over_before(days, at=at) for kind, days in queries.periods_of(shop_id).items()}

    @cache  # forty declarations, a dozen different questions: building them takes longer than asking
    def over(whose: Whose, before: datetime) -> Select[Any]:
        return queries.over(whose, shop_id=shop_id, before=before)

    counts = _count((holding, over(holding.whose, moments[holding.kind])) for holding in all_holdings())
    for eraser in all_erasers():
        if eraser.count_strays is not None:
            counts[eraser.strays_kind] += eraser.count_strays(shop_id, moments[eraser.strays_kind])
    return counts


def _count(wanted: Iterable[tuple[Holding, emptying.Ids]]) -> dict[Kind, int]:
    """A row that two declarations reach counts once."""
    places: dict[tuple[Kind, str], list[ColumnElement[bool]]] = {}
    for holding, ids in wanted:
        rows = emptying.owned_by(holding, ids) & emptying.not_yet_empty(holding)
        places.setdefault((holding.kind, holding.table), []).append(rows)
    numbers = db.session.execute(
        select(
            *(
                select(func.count())
                .select_from(Base.metadata.tables[table])
                .where(or_(*rows))
                .scalar_subquery()
                .label(f"of_{kind.value}_{table}")
                for (kind, table), rows in places.items()
            )
        )
    ).one()
    counts = dict.fromkeys(Kind, 0)
    for (kind, _), number in zip(places, numbers, strict=True):
        counts[kind] += number
    return counts
