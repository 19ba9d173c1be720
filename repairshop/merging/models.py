"""What a merge moved and changed, so that it can be undone exactly."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.database import Base

# Marks a column that names a person and goes on naming them when they are merged.
STAYS = {"stays_when_merged": True}


class CustomerMerge(Base):
    """`gone` turned out to be `kept`. Undone ones stay, as a trace."""

    __tablename__ = "customer_merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    kept_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True, info=STAYS)
    gone_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True, info=STAYS)
    moved: Mapped[dict[str, Any]]  # "table.column" -> ids of the rows that named the one who went
    # [{table, id, before, after}, …]; before is None for a row that the merge itself added
    changed: Mapped[list[Any]]
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
