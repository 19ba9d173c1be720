"""How many jobs each column of a shop's bench takes at once."""

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.board.rules import Column
from repairshop.database import Base, enum_column


class BoardLimit(Base):
    """One column's limit, as a manager set it; None is none. A shop without rows has the usual limits."""

    __tablename__ = "board_limit"
    __table_args__ = (CheckConstraint("most IS NULL OR most BETWEEN 1 AND 200", name="most"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True)
    board_column: Mapped[Column] = mapped_column(enum_column(Column, name="board_column"), primary_key=True)
    most: Mapped[int | None]
