"""What the pages and the job read of answers and calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from repairshop.customers.models import Customer
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.feedback.models import Feedback, FeedbackSetting, FollowUp, SurveyAsked
from repairshop.feedback.rules import (
    SURVEY_AFTER,
    SURVEY_APART,
    SURVEY_UNTIL,
    USUAL_STAGES,
    Kind,
)
from repairshop.staff.models import Shop, Staff
from repairshop.staff.rules import ActorKind, ShopId
from repairshop.tickets.models import Ticket, TicketMove, Visit
from repairshop.tickets.queries import TicketHead, as_head, head_select
from repairshop.tickets.stages import Stage

_LIST_MAX = 60


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a shop asks."""

    stages: tuple[Stage, ...]
    surveys: bool


@dataclass(frozen=True, kw_only=True)
class Said:
    """An answer that was given."""

    kind: Kind
    score: int
    why: str


@dataclass(frozen=True, kw_only=True)
class FollowUpRow:
    """A customer to call back."""

    id: int
    head: TicketHead
    kind: Kind
    score: int
    why: str
    said_at: datetime
    due_at: datetime
    staff_id: int | None
    staff_name: str
    is_closed: bool


@dataclass(frozen=True, kw_only=True)
class AnswerRow:
    """One answer, as the manager reads it."""

    reference: str
    number: str
    kind: Kind
    stage: Stage
    score: int
    why: str
    at: datetime
    staff_name: str


def get_settings(shop_id: int) -> Settings:
    row = db.session.get(FeedbackSetting, shop_id)
    if row is None:
        return Settings(stages=USUAL_STAGES, surveys=True)
    return Settings(stages=tuple(Stage(name) for name in row.stages), surveys=row.surveys)


def find_said(ticket_id: int, kind: Kind, stage: Stage) -> Said | None:
    row = db.session.scalars(
        select(Feedback).where(
            Feedback.ticket_id == ticket_id, Feedback.kind == kind, Feedback.stage == stage.value
        )
    ).one_or_none()
    return None if row is None else Said(kind=row.kind, score=row.score, why=row.why)


def find_worker(ticket_id: int) -> int | None:
    """Who ended the work last, else whose job it is: a staff id."""
    ended = db.session.scalars(
        select(TicketMove.actor_id)
        .where(
            TicketMove.ticket_id == ticket_id,
            TicketMove.target == Stage.FINAL_CHECKS,
            TicketMove.actor_kind == ActorKind.STAFF,
            TicketMove.undone_at.is_(None),
        )
        .order_by(TicketMove.id.desc())
        .limit(1)
    ).first()
    return ended or db.session.scalar(select(Ticket.assignee_id).where(Ticket.id == ticket_id))


def count_open(shop_id: int) -> int:
    """Customers nobody has called back."""
    query = (
        select(func.count())
        .select_from(FollowUp)
        .where(FollowUp.shop_id == shop_id, FollowUp.closed_at.is_(None))
    )
    return db.session.scalar(query) or 0


def list_open(shop_id: ShopId) -> list[FollowUpRow]:
    """The most pressing first."""
    return _follow_ups(shop_id)


def get_open(follow_up_id: int, *, shop_id: ShopId) -> FollowUpRow:
    """NotFound for another shop's, and for one that is closed."""
    found = _follow_ups(shop_id, follow_up_id=follow_up_id)
    if not found:
        raise NotFound
    return found[0]


def get_follow_up(follow_up_id: int, *, shop_id: ShopId) -> FollowUpRow:
    """Closed or not; NotFound for another shop's."""
    found = _follow_ups(shop_id, follow_up_id=follow_up_id, closed_too=True)
    if not found:
        raise NotFound
    return found[0]


def _follow_ups(
    shop_id: ShopId, *, follow_up_id: int | None = None, closed_too: bool = False
) -> list[FollowUpRow]:
    query = (
        head_select()
        .add_columns(FollowUp, Feedback, Staff.first_name.label("staff_name"))
        .join(Feedback, Feedback.ticket_id == Ticket.id)
        .join(FollowUp, FollowUp.feedback_id == Feedback.id)
        .outerjoin(Staff, Staff.id == FollowUp.staff_id)
        .where(FollowUp.shop_id == shop_id)
        .order_by(FollowUp.due_at, FollowUp.id)
        .limit(_LIST_MAX)
    )
    if not closed_too:
        query = query.where(FollowUp.closed_at.is_(None))
    if follow_up_id is not None:
        query = query.where(FollowUp.id == follow_up_id)
    return [
        FollowUpRow(
            id=row.FollowUp.id,
            head=as_head(row),
            kind=row.Feedback.kind,
            score=row.Feedback.score,
            why=row.Feedback.why,
            said_at=row.Feedback.at,
            due_at=row.FollowUp.due_at,
            staff_id=row.FollowUp.staff_id,
            staff_name=row.staff_name or "",
            is_closed=row.FollowUp.closed_at is not None,
        )
        for row in db.session.execute(query)
    ]


def list_survey_scores(shop_id: int, *, since: datetime) -> list[int]:
    """Every answer to the survey since then."""
    query = select(Feedback.score).where(
        Feedback.shop_id == shop_id, Feedback.kind == Kind.SURVEY, Feedback.at >= since
    )
    return list(db.session.scalars(query))


def list_answers(shop_id: int) -> list[AnswerRow]:
    """Newest first."""
    rows = db.session.execute(
        select(
            Feedback,
            Ticket.code,
            Ticket.number,
            Shop.number_prefix,
            func.coalesce(Staff.first_name, "").label("staff_name"),
        )
        .join(Ticket, Ticket.id == Feedback.ticket_id)
        .join(Shop, Shop.id == Feedback.shop_id)
        .outerjoin(Staff, Staff.id == Feedback.staff_id)
        .where(Feedback.shop_id == shop_id)
        .order_by(Feedback.at.desc(), Feedback.id.desc())
        .limit(_LIST_MAX)
    )
    return [
        AnswerRow(
            reference=row.code,
            number=f"{row.number_prefix}{row.number}",
            kind=row.Feedback.kind,
            stage=Stage(row.Feedback.stage),
            score=row.Feedback.score,
            why=row.Feedback.why,
            at=row.Feedback.at,
            staff_name=row.staff_name,
        )
        for row in rows
    ]


def list_to_survey(*, at: datetime, limit: int = 200) -> Sequence[int]:
    """Tickets, one a visit, that were handed over long enough ago, of people who were not asked lately.

    The rule itself is rules.may_survey; this finds the few it has to look at.
    """
    asked = (
        select(SurveyAsked.visit_id)
        .where(
            or_(
                SurveyAsked.visit_id == Visit.id,
                and_(SurveyAsked.customer_id == Visit.customer_id, SurveyAsked.at > at - SURVEY_APART),
            )
        )
        .exists()
    )
    query = (
        select(func.min(Ticket.id))
        .join(Visit, Visit.id == Ticket.visit_id)
        .join(Customer, Customer.id == Visit.customer_id)
        .outerjoin(FeedbackSetting, FeedbackSetting.shop_id == Ticket.shop_id)
        .where(
            Ticket.stage == Stage.HANDED_OVER,
            Ticket.stage_since <= at - SURVEY_AFTER,
            Ticket.stage_since >= at - SURVEY_UNTIL,
            Ticket.source.is_(None),
            Customer.erased_at.is_(None),
            or_(FeedbackSetting.shop_id.is_(None), FeedbackSetting.surveys.is_(True)),
            ~asked,
        )
        .group_by(Ticket.visit_id)
        .order_by(func.min(Ticket.id))
        .limit(limit)
    )
    return list(db.session.scalars(query))


def find_last_asked(customer_id: int) -> datetime | None:
    return db.session.scalar(select(func.max(SurveyAsked.at)).where(SurveyAsked.customer_id == customer_id))
