"""Every promise that was made, what like repairs said then, and what they say now."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.database import Base, enum_column
from repairshop.promises.estimates import Likeness
from repairshop.promises.rules import PromiseReason
from repairshop.staff.rules import ActorKind
from repairshop.tickets.stages import Stage


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


class PromiseEstimate(Base):
    """What like repairs said when a promise was made, kept so that both can be scored."""

    __tablename__ = "promise_estimate"

    promise_id: Mapped[int] = mapped_column(ForeignKey("promise.id"), primary_key=True, autoincrement=False)
    stage: Mapped[Stage] = mapped_column(enum_column(Stage, name="stage"))
    likeness: Mapped[Likeness] = mapped_column(enum_column(Likeness, name="likeness"))
    like_count: Mapped[int]
    half_at: Mapped[datetime]
    most_at: Mapped[datetime]
    is_told: Mapped[bool]  # the customer was told these very days


class PromiseOwed(Base):
    """No date could be told yet: when the customer is told one at the latest."""

    __tablename__ = "promise_owed"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    by_at: Mapped[datetime]
    made_at: Mapped[datetime]


class PromiseRisk(Base):
    """An open ticket whose promise is more likely broken than kept; a job keeps the rows."""

    __tablename__ = "promise_risk"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    since: Mapped[datetime]


class LearntCell(Base):
    """What a group of repairs told about one stage, up to last night. All hours are open hours."""

    __tablename__ = "promise_cell"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True)
    stage: Mapped[Stage] = mapped_column(enum_column(Stage, name="stage"), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)  # estimates.CellKey
    like_count: Mapped[int]
    half_hours: Mapped[float]
    most_hours: Mapped[float]
    samples: Mapped[list[Any]]  # [hours spent in the stage, hours until ready], oldest first


class LearntFactors(Base):
    """How far the quantiles of a stage were off lately."""

    __tablename__ = "promise_factor"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True)
    stage: Mapped[Stage] = mapped_column(enum_column(Stage, name="stage"), primary_key=True)
    half: Mapped[float]
    most: Mapped[float]
