"""Answers of customers, whom they were asked of, and the calls they led to."""

from datetime import datetime
from typing import Any

from sqlalchemy import Enum, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.database import Base
from repairshop.feedback.rules import FollowUpEnding, Kind


def _words(kind: type[Kind | FollowUpEnding]) -> Enum:
    """A column of words without a CHECK: one word more is no change of the table."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        values_callable=lambda members: [member.value for member in members],
        length=20,
    )


class FeedbackSetting(Base):
    """What a shop asks; no row is the usual."""

    __tablename__ = "feedback_setting"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True)
    stages: Mapped[list[Any]] = mapped_column(default=list)  # values of Stage
    surveys: Mapped[bool] = mapped_column(default=True)


class Feedback(Base):
    """What one customer said once. Saying it again changes the row."""

    __tablename__ = "feedback"
    __table_args__ = (
        UniqueConstraint("ticket_id", "kind", "stage"),
        Index("ix_feedback_shop_id_kind_at", "shop_id", "kind", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[Kind] = mapped_column(_words(Kind))
    stage: Mapped[str] = mapped_column(String(20))  # at which stage it was said
    score: Mapped[int]
    why: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    # Who did the work when it was said, so that a later change of hands credits nobody else.
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class FollowUp(Base):
    """Somebody calls back: one for each low answer."""

    __tablename__ = "follow_up"
    __table_args__ = (Index("ix_follow_up_shop_id_closed_at", "shop_id", "closed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    feedback_id: Mapped[int] = mapped_column(ForeignKey("feedback.id"), unique=True)
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    ending: Mapped[FollowUpEnding | None] = mapped_column(_words(FollowUpEnding))
    note: Mapped[str] = mapped_column(Text, default="")


class SurveyAsked(Base):
    """A customer was asked about a visit; the row is written first, so that it is asked once."""

    __tablename__ = "survey_asked"
    __table_args__ = (Index("ix_survey_asked_customer_id_at", "customer_id", "at"),)

    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    at: Mapped[datetime]
