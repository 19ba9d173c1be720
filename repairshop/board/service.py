"""What managers set about the bench."""

from collections.abc import Mapping

from sqlalchemy import select, update

from repairshop.board.models import BoardLimit
from repairshop.board.rules import Column
from repairshop.database import db
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor


def set_limits(limits: Mapping[Column, int | None], *, asks: bool, by: Actor) -> None:
    """Every column's limit at once; a column that is not named has none.

    `asks`: before another job goes into a full column. Otherwise its head is marked, no more.
    """
    # Not through the entity: the shop's version belongs to those who edit its facts.
    db.session.execute(update(Shop).where(Shop.id == by.shop_id).values(asks_when_full=asks))
    # Kept rows, not new ones: a move that waits for one of them must find it again.
    rows = {
        row.board_column: row
        for row in db.session.scalars(select(BoardLimit).where(BoardLimit.shop_id == by.shop_id))
    }
    for column in Column:
        if column not in rows:
            rows[column] = BoardLimit(shop_id=by.shop_id, board_column=column)
            db.session.add(rows[column])
        rows[column].most = limits.get(column)
