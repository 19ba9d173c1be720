"""Reads about additions that were added inside the spend limit."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, func, select

from repairshop.database import db
from repairshop.errors import Refused
from repairshop.money import Money
from repairshop.quotes.addition_rules import require_addition_undoable
from repairshop.quotes.models import Quote, QuoteAddition, QuoteAdditionLine, QuoteDecision
from repairshop.quotes.rows import AdditionRow, LineRow, QuoteRow
from repairshop.quotes.rules import DecisionKind
from repairshop.staff.models import Shop, Staff
from repairshop.staff.rules import Actor
from repairshop.tickets.models import Ticket


@dataclass(frozen=True, kw_only=True)
class Room:
    """The most the customer agreed to pay, additions included, and up to what they need not be asked."""

    agreed_at_most: Money | None  # None where no price is agreed
    limit: Money | None


def get_room(ticket_id: int) -> Room:
    """One query; the agreement is that of the newest version with an approval in force."""
    rows = db.session.execute(
        select(
            Ticket.spend_limit_minor,
            Shop.currency,
            QuoteDecision.quote_id,
            QuoteDecision.kind,
            (QuoteDecision.at_most_minor + additions_of_decision()).label("at_most_minor"),
        )
        .select_from(Ticket)
        .join(Shop, Shop.id == Ticket.shop_id)
        .outerjoin(Quote, Quote.ticket_id == Ticket.id)
        .outerjoin(
            QuoteDecision,
            (QuoteDecision.quote_id == Quote.id)
            & QuoteDecision.undone_at.is_(None)
            & QuoteDecision.kind.in_([DecisionKind.APPROVED, DecisionKind.TAKEN_BACK]),
        )
        .where(Ticket.id == ticket_id)
        .order_by(Quote.version.desc(), QuoteDecision.id.desc())
    ).all()
    newest = {row.quote_id: row for row in reversed(rows) if row.kind is not None}
    in_force = [row for row in newest.values() if row.kind is DecisionKind.APPROVED]
    agreed, first = in_force[-1].at_most_minor if in_force else None, rows[0]
    return Room(
        agreed_at_most=_money(agreed, first.currency),
        limit=_money(first.spend_limit_minor, first.currency),
    )


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor=minor, currency=currency)


def list_additions(
    decision_ids: Collection[int], currencies: Mapping[int, str]
) -> dict[int, list[AdditionRow]]:
    """By quote, oldest first, without those that were undone; one query."""
    query = (
        select(QuoteAddition, QuoteAdditionLine, QuoteDecision.quote_id, Staff.first_name)
        .join(QuoteAdditionLine, QuoteAdditionLine.addition_id == QuoteAddition.id)
        .join(QuoteDecision, QuoteDecision.id == QuoteAddition.decision_id)
        .outerjoin(Staff, Staff.id == QuoteAddition.added_by_id)
        .where(QuoteAddition.decision_id.in_(decision_ids), QuoteAddition.undone_at.is_(None))
        .order_by(QuoteAddition.id, QuoteAdditionLine.position)
    )
    lines: dict[int, list[LineRow]] = defaultdict(list)
    found: dict[int, tuple[QuoteAddition, int, str | None]] = {}
    for addition, line, quote_id, added_by in db.session.execute(query):
        lines[addition.id].append(_line(line, currency=currencies[quote_id]))
        found[addition.id] = (addition, quote_id, added_by)
    additions: dict[int, list[AdditionRow]] = defaultdict(list)
    for addition, quote_id, name in found.values():
        row = _row(addition, name, currency=currencies[quote_id], lines=tuple(lines[addition.id]))
        additions[quote_id].append(row)
    return additions


def additions_of_decision() -> ScalarSelect[int]:
    """For a statement with QuoteDecision: what the additions added to the decision come to, 0 without any."""
    return (
        select(func.coalesce(func.sum(QuoteAddition.price_minor), 0))
        .where(QuoteAddition.decision_id == QuoteDecision.id, QuoteAddition.undone_at.is_(None))
        .correlate(QuoteDecision)
        .scalar_subquery()
    )


def find_undoable(
    quotes: Sequence[QuoteRow], ticket_id: int, *, by: Actor, at: datetime
) -> AdditionRow | None:
    """The addition this person may still take back."""
    made = [one for quote in quotes for one in quote.additions]
    last = max(made, key=lambda one: one.history_seq, default=None)
    if last is None or at >= last.undo_until:
        return None
    seq = db.session.scalars(select(Ticket.history_seq).where(Ticket.id == ticket_id)).one()
    try:
        require_addition_undoable(
            added_by_id=last.added_by_id,
            undo_until=last.undo_until,
            undone=False,
            overtaken=seq != last.history_seq,
            by=by,
            at=at,
        )
    except Refused:
        return None
    return last


def _row(
    addition: QuoteAddition, added_by: str | None, *, currency: str, lines: tuple[LineRow, ...]
) -> AdditionRow:
    return AdditionRow(
        id=addition.id,
        decision_id=addition.decision_id,
        history_seq=addition.history_seq,
        added_at=addition.added_at,
        added_by=added_by,
        added_by_id=addition.added_by_id,
        undo_until=addition.undo_until,
        reason=addition.reason,
        limit=Money(minor=addition.limit_minor, currency=currency),
        agreed_before=Money(minor=addition.agreed_minor, currency=currency),
        price=Money(minor=addition.price_minor, currency=currency),
        hash=addition.hash,
        lines=lines,
    )


def _line(line: QuoteAdditionLine, *, currency: str) -> LineRow:
    rate = line.hourly_rate_minor
    return LineRow(
        id=line.id,
        option_id=0,
        kind=line.kind,
        description=line.description,
        quantity=line.quantity,
        unit_price=Money(minor=line.unit_price_minor, currency=currency),
        optional=False,
        origin=line.origin,
        device_will_show=line.device_will_show,
        minutes=line.minutes,
        hourly_rate=None if rate is None else Money(minor=rate, currency=currency),
        feature_lost=line.feature_lost,
        source=line.source,
        warranty_days=line.warranty_days,
        part_id=line.part_id,
    )
