"""The table of pictures; the bytes lie in the store."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.database import Base, enum_column
from repairshop.media.rules import MediaKind


class Media(Base):
    """One kept picture. Erased at once for readers; the sweep then removes its files."""

    __tablename__ = "media"
    __table_args__ = (
        CheckConstraint("width > 0 AND height > 0 AND size_bytes > 0", name="positive"),
        CheckConstraint("length(sha256) = 64 AND length(original_sha256) = 64", name="digests"),
        Index("ix_media_erased_at_removed_at", "erased_at", "removed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)  # random; names the files
    kind: Mapped[MediaKind] = mapped_column(enum_column(MediaKind, name="kind"))
    content_type: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]
    height: Mapped[int]
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    original_sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
