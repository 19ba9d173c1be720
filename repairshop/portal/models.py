"""The one-time codes that were sent."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.database import Base


class PortalCode(Base):
    """One code, hashed; the newest of a visit that has not ended counts."""

    __tablename__ = "portal_code"
    __table_args__ = (CheckConstraint("tries >= 0", name="tries"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), default="")
    by_mail: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]  # used, or followed by another one
