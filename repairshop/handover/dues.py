"""What is to pay when a device leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, select

from repairshop.database import db
from repairshop.handover.payment_rules import amount_due
from repairshop.handover.rules import work_was_done
from repairshop.money import Money
from repairshop.quotes.addition_queries import additions_of_decision
from repairshop.quotes.models import Quote, QuoteDecision
from repairshop.quotes.rules import DecisionKind
from repairshop.staff.models import Shop
from repairshop.tickets.models import Ticket


@dataclass(frozen=True, kw_only=True)
class Due:
    """`at_most` is what the customer agreed to pay at the most; never less than `amount`."""

    amount: Money
    at_most: Money


def list_due(ticket_ids: Sequence[int]) -> dict[int, Due]:
    """What each job costs its customer as it stands now; one query however many."""
    rows = db.session.execute(
        select(
            Ticket.id,
            Ticket.outcome,
            Shop.currency,
            _agreed(QuoteDecision.price_minor + additions_of_decision()).label("price"),
            _agreed(QuoteDecision.at_most_minor + additions_of_decision()).label("at_most"),
            _last_fee().label("fee"),
        )
        .join(Shop, Shop.id == Ticket.shop_id)
        .where(Ticket.id.in_(ticket_ids))
    )
    return {row.id: _due(row) for row in rows}


def _due(row: Any) -> Due:
    amount = amount_due(row.outcome, agreed_minor=row.price, fee_minor=row.fee)
    at_most = max(amount, row.at_most or 0) if work_was_done(row.outcome) else amount
    return Due(
        amount=Money(minor=amount, currency=row.currency),
        at_most=Money(minor=at_most, currency=row.currency),
    )


def get_due(ticket_id: int) -> Due:
    return list_due([ticket_id])[ticket_id]


def _agreed(column: ColumnElement[Any]) -> ScalarSelect[int | None]:
    """Of the approval in force: the newest decision that stands, when that one is an approval."""
    newest = (
        select(QuoteDecision.id)
        .join(Quote, Quote.id == QuoteDecision.quote_id)
        .where(
            Quote.ticket_id == Ticket.id,
            QuoteDecision.kind.in_([DecisionKind.APPROVED, DecisionKind.TAKEN_BACK]),
            QuoteDecision.undone_at.is_(None),
        )
        .correlate(Ticket)
        .order_by(QuoteDecision.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(column)
        .where(QuoteDecision.id == newest, QuoteDecision.kind == DecisionKind.APPROVED)
        .correlate(Ticket)
        .scalar_subquery()
    )


def _last_fee() -> ScalarSelect[int | None]:
    """What the customer was told a "no" to the last quote costs."""
    return (
        select(Quote.diagnosis_fee_minor)
        .where(Quote.ticket_id == Ticket.id)
        .correlate(Ticket)
        .order_by(Quote.version.desc())
        .limit(1)
        .scalar_subquery()
    )
