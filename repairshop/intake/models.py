"""Bookings, what a check-in was let off, and texts of a ticket as they stood before a change."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.database import Base, enum_column
from repairshop.intake.rules import GateItem


class Booking(Base):
    """The day a booked repair is brought in."""

    __tablename__ = "booking"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    comes_on: Mapped[date] = mapped_column(index=True)
    time_note: Mapped[str] = mapped_column(String(60), default="")


class CheckInWaiver(Base):
    """ "Not possible because …" for an item of the check-in. The customer reads it."""

    __tablename__ = "check_in_waiver"
    __table_args__ = (UniqueConstraint("ticket_id", "item"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    item: Mapped[GateItem] = mapped_column(enum_column(GateItem, name="item"))
    reason: Mapped[str] = mapped_column(String(500))
    salt: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class FactChange(Base):
    """A text of a ticket as it stood before it was changed; the chain holds its salted digest."""

    __tablename__ = "fact_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    field: Mapped[str] = mapped_column(String(40))
    before: Mapped[str] = mapped_column(String(2000))
    salt: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
