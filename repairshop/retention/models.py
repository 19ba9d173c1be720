"""A shop's own periods, and what was removed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.database import Base, enum_column
from repairshop.personal import Kind
from repairshop.retention.rules import Cause

# Without a CHECK: a new kind of data is no change of the tables.
_KIND = Enum(
    Kind,
    native_enum=False,
    create_constraint=False,
    values_callable=lambda members: [member.value for member in members],
    length=40,
)


class RetentionPeriod(Base):
    """How many days a shop keeps a kind of data; without a row the default counts."""

    __tablename__ = "retention_period"
    __table_args__ = (CheckConstraint("days BETWEEN 0 AND 3650", name="days"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True)
    kind: Mapped[Kind] = mapped_column(_KIND, primary_key=True)
    days: Mapped[int]


class Removal(Base):
    """One batch that was emptied: when, which kind, how many rows and why; never whose."""

    __tablename__ = "removal"
    __table_args__ = (Index("ix_removal_shop_id_at", "shop_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    at: Mapped[datetime]
    kind: Mapped[Kind] = mapped_column(_KIND)
    cause: Mapped[Cause] = mapped_column(enum_column(Cause, name="cause"))
    count: Mapped[int]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # who was asked; None for the job
