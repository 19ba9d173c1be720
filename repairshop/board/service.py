"""What managers set about the bench."""

from collections.abc import Mapping

from sqlalchemy import delete

from repairshop.board.models import BoardLimit
from repairshop.board.rules import Column
from repairshop.database import db
from repairshop.staff.rules import Actor


def set_limits(limits: Mapping[Column, int | None], *, by: Actor) -> None:
    """Every column's limit at once; a column that is not named has none."""
    db.session.execute(delete(BoardLimit).where(BoardLimit.shop_id == by.shop_id))
    db.session.add_all(
        BoardLimit(shop_id=by.shop_id, board_column=column, most=limits.get(column)) for column in Column
    )
