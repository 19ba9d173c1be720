"""The tables of the guided photos; the photos themselves are those of the ticket."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.database import Base, enum_column
from repairshop.shots.rules import Shot


class GuidedShot(Base):
    """How one of a ticket's shots stands: its newest photo, or why there is none."""

    __tablename__ = "guided_shot"
    __table_args__ = (
        UniqueConstraint("ticket_id", "shot"),
        CheckConstraint("(photo_id IS NULL) <> (reason = '')", name="photo_or_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    shot: Mapped[Shot] = mapped_column(enum_column(Shot, name="shot"))
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_photo.id"), index=True)
    reason: Mapped[str] = mapped_column(String(300), default="")
    salt: Mapped[str] = mapped_column(String(32), default="")
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class PhotoLink(Base):
    """A phone's leave to add photos to one ticket for ten minutes; its key is made from the id."""

    __tablename__ = "photo_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    photos: Mapped[int] = mapped_column(default=0)
    size_bytes: Mapped[int] = mapped_column(default=0)
