"""What a shop shows to everybody, and what was asked before a visit."""

from datetime import datetime

from sqlalchemy import Enum, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.database import Base
from repairshop.dropoff.rules import Backup

_BACKUP = Enum(
    Backup,
    native_enum=False,
    create_constraint=False,
    values_callable=lambda members: [member.value for member in members],
    length=10,
)


class ShopFront(Base):
    """Which of a shop's public pages are switched on; no row is none of them."""

    __tablename__ = "shop_front"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True)
    shows_prices: Mapped[bool] = mapped_column(default=False)
    takes_requests: Mapped[bool] = mapped_column(default=False)


class DropOffRequest(Base):
    """A booking that the customer wrote. Until somebody of the shop confirms it, nothing is sent about it."""

    __tablename__ = "drop_off_request"
    __table_args__ = (Index("ix_drop_off_request_shop_id_settled_at", "shop_id", "settled_at"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    backup: Mapped[Backup] = mapped_column(_BACKUP, default=Backup.UNKNOWN)
    asked_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]  # confirmed, checked in or cancelled
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
