"""The numbers of the shop's own people that test texts may go to."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.database import Base


class OwnNumber(Base):
    """One person's mobile number; theirs once they have typed the code that was texted to it."""

    __tablename__ = "own_number"
    __table_args__ = (CheckConstraint("tries >= 0", name="tries"), UniqueConstraint("staff_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    number: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64), default="")
    sent_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    proved_at: Mapped[datetime | None]
