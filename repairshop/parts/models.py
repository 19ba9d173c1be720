"""Parts on order for a ticket and parts fitted into its device."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.database import Base, enum_column
from repairshop.parts.rules import OldPart, Pairing, PartOrigin


class PartOrder(Base):
    """One part ordered for one ticket; ended by arriving or by being cancelled.

    The move ids name the moves that ordered and ended it, so that undoing a move restores the order.
    """

    __tablename__ = "part_order"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    order_move_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_move.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    supplier: Mapped[str] = mapped_column(String(120), default="")
    expected_on: Mapped[date | None]
    ordered_at: Mapped[datetime]
    ordered_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    arrived_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    end_move_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_move.id"), index=True)


class PartFitted(Base):
    """One part in a device, with where it came from and what the device will say about it."""

    __tablename__ = "part_fitted"
    __table_args__ = (
        # A serial that was fitted is never on hand again, not even after it was taken out.
        Index("uq_part_fitted_shop_id_serial", "shop_id", "serial", unique=True),
        CheckConstraint("warranty_days >= 0", name="warranty_days"),
        CheckConstraint("origin <> 'salvaged' OR donor <> ''", name="donor"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    origin: Mapped[PartOrigin] = mapped_column(enum_column(PartOrigin, name="part_origin"))
    supplier: Mapped[str] = mapped_column(String(120), default="")
    serial: Mapped[str | None] = mapped_column(String(60))
    donor: Mapped[str] = mapped_column(String(120), default="")
    pairing: Mapped[Pairing] = mapped_column(enum_column(Pairing, name="pairing"))
    device_will_show: Mapped[str] = mapped_column(String(300), default="")
    warranty_days: Mapped[int] = mapped_column(default=0)
    old_part: Mapped[OldPart] = mapped_column(enum_column(OldPart, name="old_part"))
    fitted_at: Mapped[datetime]
    fitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    removed_at: Mapped[datetime | None]
    removed_because: Mapped[str] = mapped_column(String(200), default="")
