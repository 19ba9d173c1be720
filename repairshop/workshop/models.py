"""Who worked on which job, from when to when."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.database import Base, enum_column
from repairshop.workshop.rules import StopReason


class WorkSpan(Base):
    """One person's work on one job without a break. Credited on the day it began.

    The move ids name the moves that began and ended it, so that undoing a move restores it.
    """

    __tablename__ = "work_span"
    __table_args__ = (
        # Two hands, one job: a second one that is begun parks the first.
        Index(
            "uq_work_span_running_staff",
            "staff_id",
            unique=True,
            sqlite_where=text("stopped_at IS NULL"),
            postgresql_where=text("stopped_at IS NULL"),
        ),
        Index("ix_work_span_ticket_id", "ticket_id", "id"),
        CheckConstraint("minutes IS NULL OR minutes BETWEEN 0 AND 1440", name="minutes"),
        CheckConstraint("(stopped_at IS NULL) = (minutes IS NULL)", name="stopped"),
        CheckConstraint("corrected_at IS NULL OR corrected_because <> ''", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    started_at: Mapped[datetime]
    started_move_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_move.id"), index=True)
    stopped_at: Mapped[datetime | None]
    stopped_because: Mapped[StopReason | None] = mapped_column(enum_column(StopReason, name="stop_reason"))
    stopped_move_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_move.id"), index=True)
    minutes: Mapped[int | None]  # what counts: measured, or corrected
    corrected_because: Mapped[str] = mapped_column(String(200), default="")
    corrected_at: Mapped[datetime | None]
    corrected_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
