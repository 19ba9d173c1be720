"""The warranty a hand-over started, and claims on it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, false, true
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.database import Base


class WarrantyTerm(Base):
    """Started once, by the hand-over; its dates never move. `ends_on` is the end of the longest cover."""

    __tablename__ = "warranty_term"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="dates"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), unique=True)
    move_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_move.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class WarrantyCover(Base):
    """Until when one part, or the work, is covered; written with the term and never changed."""

    __tablename__ = "warranty_cover"

    id: Mapped[int] = mapped_column(primary_key=True)
    term_id: Mapped[int] = mapped_column(ForeignKey("warranty_term.id"), index=True)
    part_fitted_id: Mapped[int | None] = mapped_column(ForeignKey("part_fitted.id"))  # None: the work
    name: Mapped[str] = mapped_column(String(120))
    ends_on: Mapped[date]


class WarrantyClaim(Base):
    """A ticket opened because of an earlier one, with the warranty it is measured against."""

    __tablename__ = "warranty_claim"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), unique=True)
    # The first repair: the one whose warranty counts, however many claims follow.
    term_id: Mapped[int] = mapped_column(ForeignKey("warranty_term.id"), index=True)
    claimed_on: Mapped[date]
    # The shop's day on which the device left again, written down by that hand-over.
    left_on: Mapped[date | None]
    same_fault: Mapped[bool] = mapped_column(default=True, server_default=true())
    by_customer: Mapped[bool] = mapped_column(default=False, server_default=false())
    comeback: Mapped[bool]
    covered: Mapped[bool | None]
    # What it turned out to be about: one cover, or none of them. Neither: from before anybody asked.
    cover_id: Mapped[int | None] = mapped_column(ForeignKey("warranty_cover.id"))
    no_cover: Mapped[bool] = mapped_column(default=False, server_default=false())
    decided_because: Mapped[str] = mapped_column(String(300), default="")
    decided_at: Mapped[datetime | None]
