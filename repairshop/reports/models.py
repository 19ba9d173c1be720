"""Issued reports."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.database import Base, enum_column
from repairshop.tickets.stages import Stage


class Report(Base):
    """A report as it was issued: its facts stay what they were, whatever happens to the ticket later.

    Erasing a person empties `facts`; the digest stays, so that a printed copy can still be checked.
    """

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("ticket_id", "digest"),
        CheckConstraint("length(digest) = 64", name="digest"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True)  # random: it stands in a public address
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    stage: Mapped[Stage] = mapped_column(enum_column(Stage, name="stage"))
    digest: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]


class ShopLook(Base):
    """What one shop's papers look like; a shop without a row has plain ones."""

    __tablename__ = "shop_look"
    __table_args__ = (CheckConstraint("length(accent) IN (0, 7)", name="accent"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True)
    accent: Mapped[str] = mapped_column(String(7), default="")  # "#0a5560"; "" is ink
    logo_id: Mapped[int | None] = mapped_column(ForeignKey("media.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
