"""Every promise that was made."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.database import Base, enum_column
from repairshop.promises.rules import PromiseReason
from repairshop.staff.rules import ActorKind


class Promise(Base):
    """Two dates told to a customer. Never changed but for `withdrawn_at`, when its move is undone."""

    __tablename__ = "promise"
    __table_args__ = (
        CheckConstraint("latest >= earliest", name="dates"),
        Index("ix_promise_ticket_id", "ticket_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    earliest: Mapped[date]
    latest: Mapped[date]
    due_at: Mapped[datetime]  # when the shop closed on `latest`, by the hours of that time
    made_at: Mapped[datetime]
    actor_kind: Mapped[ActorKind] = mapped_column(enum_column(ActorKind, name="actor_kind"))
    actor_id: Mapped[int | None]
    reason: Mapped[PromiseReason] = mapped_column(enum_column(PromiseReason, name="reason"))
    note: Mapped[str] = mapped_column(String(300), default="")
    move_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_move.id"), index=True)
    withdrawn_at: Mapped[datetime | None]
