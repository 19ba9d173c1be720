"""Quotes that wait for an answer: whom to remind, and which the shop's policy closes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from repairshop.database import db
from repairshop.quotes.models import Quote, QuoteDecision
from repairshop.quotes.rules import DecisionKind, is_abandoned, reminder_due
from repairshop.staff.models import Shop
from repairshop.tickets.models import Question, Ticket
from repairshop.tickets.stages import Stage


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A quote nobody has answered. `waiting_since` is when the customer could first answer it this time."""

    reference: str
    shop_id: int
    quote_id: int
    waiting_since: datetime
    expires_at: datetime
    close_after_days: int | None


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """The reminder that is due for a quote, counted from 1."""

    waiting: Waiting
    number: int

    @property
    def event_key(self) -> str:
        return f"quote:{self.waiting.quote_id}:reminder:{self.number}"


def list_reminders_due(*, at: datetime) -> list[Reminder]:
    """One statement however many wait; the caller skips those that went before."""
    reminders = (
        (waiting, reminder_due(waiting_since=waiting.waiting_since, expires_at=waiting.expires_at, at=at))
        for waiting in _list_waiting()
    )
    return [Reminder(waiting=waiting, number=number) for waiting, number in reminders if number is not None]


def list_abandoned(*, at: datetime) -> list[Waiting]:
    """Those that each shop's own policy closes now."""
    return [
        waiting
        for waiting in _list_waiting()
        if is_abandoned(expires_at=waiting.expires_at, at=at, after_days=waiting.close_after_days)
    ]


def _list_waiting() -> Iterator[Waiting]:
    """Without those whose customer waits for us: an open question is answered first."""
    decision = aliased(QuoteDecision)
    latest = (
        select(func.max(decision.id))
        .where(decision.quote_id == Quote.id, decision.undone_at.is_(None))
        .correlate(Quote)
        .scalar_subquery()
    )
    asked = select(Question.id).where(Question.ticket_id == Ticket.id, Question.answered_at.is_(None))
    query = (
        select(
            Ticket.code,
            Ticket.shop_id,
            Ticket.stage_since,
            Quote.id,
            Quote.sent_at,
            Quote.expires_at,
            Shop.quote_close_after_days,
        )
        .join(Quote, Quote.ticket_id == Ticket.id)
        .join(Shop, Shop.id == Ticket.shop_id)
        .outerjoin(QuoteDecision, QuoteDecision.id == latest)
        .where(
            Ticket.stage == Stage.AWAITING_APPROVAL,
            QuoteDecision.id.is_(None) | (QuoteDecision.kind == DecisionKind.TAKEN_BACK),
            ~asked.exists(),
        )
        .order_by(Quote.expires_at)
    )
    for row in db.session.execute(query):
        yield Waiting(
            reference=row.code,
            shop_id=row.shop_id,
            quote_id=row.id,
            waiting_since=max(row.sent_at, row.stage_since),
            expires_at=row.expires_at,
            close_after_days=row.quote_close_after_days,
        )
