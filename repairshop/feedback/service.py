"""Verbs of feedback: say, ask, call back, choose what is asked."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from repairshop import clock
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.feedback import queries
from repairshop.feedback.alerts import mail_low_score
from repairshop.feedback.models import Feedback, FeedbackSetting, FollowUp, SurveyAsked
from repairshop.feedback.rules import (
    ANSWER_WITHIN,
    LONGEST_WHY,
    STAGES,
    CallNotNoted,
    FollowUpClosed,
    FollowUpEnding,
    Kind,
    NothingToRate,
    is_low,
    kind_asked,
    may_survey,
    require_score,
)
from repairshop.notifications.composition import find_customer
from repairshop.notifications.rules import Notice
from repairshop.notifications.service import queue_notice
from repairshop.staff.models import Shop, Staff
from repairshop.staff.rules import Actor
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Ticket, Visit
from repairshop.tickets.service import get_ticket_for_change, mark_changed
from repairshop.tickets.stages import Stage


def say(reference: str, score: int | None, why: str, *, by: Actor) -> None:
    """What the customer says about the stage the repair is at, or about all of it once it is handed over.

    With no score it adds the reason to what was said before. A low score opens a call that somebody of the
    shop makes within a day; a better one, said later, leaves the call open: it is still worth asking.
    """
    ticket = get_ticket_for_change(reference, by=by)
    settings = queries.get_settings(ticket.shop_id)
    kind = kind_asked(ticket.stage, asked_stages=settings.stages)
    if kind is None:
        raise NothingToRate
    said = _get(ticket, kind)
    if said is None:
        if score is None:
            raise NothingToRate
        said = Feedback(
            shop_id=ticket.shop_id,
            ticket_id=ticket.id,
            kind=kind,
            stage=ticket.stage.value,
            staff_id=queries.find_worker(ticket.id),
        )
        db.session.add(said)
    if score is not None:
        require_score(kind, score)
        said.score, said.at = score, clock.now()
    said.why = (why or said.why or "")[:LONGEST_WHY]
    mark_changed(ticket)
    db.session.flush()
    if is_low(kind, said.score):
        _open_follow_up(said, ticket)


def _get(ticket: Ticket, kind: Kind) -> Feedback | None:
    query = select(Feedback).where(
        Feedback.ticket_id == ticket.id, Feedback.kind == kind, Feedback.stage == ticket.stage.value
    )
    return db.session.scalars(query).one_or_none()


def _open_follow_up(said: Feedback, ticket: Ticket) -> None:
    query = select(FollowUp.id).where(FollowUp.feedback_id == said.id)
    if db.session.scalars(query).first() is not None:
        return
    at = clock.now()
    db.session.add(
        FollowUp(
            shop_id=said.shop_id,
            feedback_id=said.id,
            opened_at=at,
            due_at=at + ANSWER_WITHIN,
            staff_id=said.staff_id,
        )
    )
    mail_low_score(ticket, said.staff_id, event_key=f"low_score:{said.id}", at=at)


def close_follow_up(follow_up_id: int, ending: FollowUpEnding, note: str, *, by: Actor) -> None:
    """Somebody has called back: what came of it is kept with who did it."""
    follow_up = db.session.get(FollowUp, follow_up_id, with_for_update=True, populate_existing=True)
    if follow_up is None or follow_up.shop_id != by.shop_id:
        raise NotFound
    if follow_up.closed_at is not None:
        name = db.session.scalar(select(Staff.first_name).where(Staff.id == follow_up.closed_by_id))
        raise FollowUpClosed(name=name or "")
    if not note:
        raise CallNotNoted(field="note")
    follow_up.closed_at, follow_up.closed_by_id = clock.now(), by.staff_id
    follow_up.ending, follow_up.note = ending, note
    said = db.session.get_one(Feedback, follow_up.feedback_id)
    ticket = db.session.get_one(Ticket, said.ticket_id)
    record_history(ticket, "called_back", by=by, after={"ending": ending.value})


def ask_survey(ticket_id: int) -> bool:
    """Send one visit's survey, if it is due; False where it is not, or another worker was first."""
    ticket = db.session.get_one(Ticket, ticket_id, with_for_update=True, populate_existing=True)
    customer = find_customer(ticket)
    if customer is None or ticket.visit_id is None or ticket.stage is not Stage.HANDED_OVER:
        return False
    # The visit's row holds back a second worker and a second device of the same visit.
    db.session.execute(select(Visit.id).where(Visit.id == ticket.visit_id).with_for_update())
    at = clock.now()
    if db.session.get(SurveyAsked, ticket.visit_id) is not None or not may_survey(
        handed_over_at=ticket.stage_since, last_asked_at=queries.find_last_asked(customer.id), at=at
    ):
        return False
    db.session.add(SurveyAsked(visit_id=ticket.visit_id, customer_id=customer.id, at=at))
    queue_notice(Notice.SURVEY, ticket, event_key=f"survey:{ticket.visit_id}")
    return True


def choose(stages: Sequence[Stage], *, surveys: bool, by: Actor) -> None:
    """What this shop asks its customers."""
    row = db.session.get(FeedbackSetting, by.shop_id, with_for_update=True)
    if row is None:
        row = FeedbackSetting(shop_id=by.shop_id)
        db.session.add(row)
    row.stages = [stage.value for stage in STAGES if stage in set(stages)]
    row.surveys = surveys
    # Customers' browsers keep pages by the shop's version.
    flag_modified(db.session.get_one(Shop, by.shop_id), "name")
