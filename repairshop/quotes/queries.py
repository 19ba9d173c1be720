"""Reads about quotes."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from repairshop import clock
from repairshop.database import db
from repairshop.money import Money
from repairshop.parts.rules import PartOrigin
from repairshop.quotes.models import (
    Quote,
    QuoteDecision,
    QuoteDecisionLine,
    QuoteOption,
    SentLine,
)
from repairshop.quotes.rules import Channel, DecisionKind, DeclineReason, QuoteKind, QuoteState, state_of
from repairshop.quotes.terms import LineKind, at_most_for, price_of, tax_of
from repairshop.staff.models import Staff
from repairshop.staff.rules import ActorKind


@dataclass(frozen=True, kw_only=True)
class LineRow:
    """A line of a sent quote."""

    id: int
    option_id: int
    kind: LineKind
    description: str
    quantity: int
    unit_price: Money
    optional: bool
    origin: PartOrigin | None
    device_will_show: str

    @property
    def total(self) -> Money:
        return Money(minor=self.quantity * self.unit_price.minor, currency=self.unit_price.currency)

    @property
    def unit_price_minor(self) -> int:
        return self.unit_price.minor


@dataclass(frozen=True, kw_only=True)
class OptionRow:
    """One way to do the repair."""

    id: int
    label: str
    price: Money
    at_most: Money


@dataclass(frozen=True, kw_only=True)
class DecisionRow:
    """What was decided, by whom and how we know. `taken_by` is the staff member who wrote it down."""

    id: int
    kind: DecisionKind
    decided_at: datetime
    actor_kind: ActorKind
    taken_by: str | None
    channel: Channel | None
    consented_by: str
    consented_at: datetime | None
    number_called: str
    conditions: str
    price: Money | None
    at_most: Money | None
    decline_reason: DeclineReason | None
    note: str
    line_ids: frozenset[int]


@dataclass(frozen=True, kw_only=True)
class QuoteRow:
    """A sent version with everything the customer was told, and what became of it."""

    id: int
    ticket_id: int
    version: int
    kind: QuoteKind
    state: QuoteState
    sent_at: datetime
    sent_by: str | None
    currency: str
    tax_name: str
    tax_rate_basis_points: int
    earliest: date
    latest: date
    valid_until: date
    expires_at: datetime
    diagnosis_fee: Money
    message: str
    hash: str
    options: tuple[OptionRow, ...]
    lines: tuple[LineRow, ...]
    decisions: tuple[DecisionRow, ...]

    @property
    def price(self) -> Money:
        return self.options[0].price

    @property
    def at_most(self) -> Money:
        return self.options[0].at_most

    @property
    def tax(self) -> Money:
        return tax_of(self.price, rate_basis_points=self.tax_rate_basis_points)

    @property
    def approval(self) -> DecisionRow | None:
        """The approval in force, also while a newer version is asked about."""
        approved = [row for row in self.decisions if row.kind is DecisionKind.APPROVED]
        taken_back = [row for row in self.decisions if row.kind is DecisionKind.TAKEN_BACK]
        if not approved or (taken_back and taken_back[-1].id > approved[-1].id):
            return None
        return approved[-1]

    @property
    def approved_lines(self) -> tuple[LineRow, ...]:
        chosen = self.approval.line_ids if self.approval else frozenset()
        return tuple(line for line in self.lines if line.id in chosen)

    @property
    def has_extras(self) -> bool:
        return any(line.optional for line in self.lines)


def get_current_quote(ticket_id: int) -> QuoteRow | None:
    """The newest version that really went out, whatever its state; None before the first."""
    sent = [quote for quote in list_quotes(ticket_id) if quote.state is not QuoteState.UNSENT]
    return sent[0] if sent else None


def list_quotes(ticket_id: int) -> list[QuoteRow]:
    """Every version, newest first, those whose sending was undone too; five queries however many."""
    quotes = db.session.execute(
        select(Quote, Staff.first_name)
        .outerjoin(Staff, Staff.id == Quote.sent_by_id)
        .where(Quote.ticket_id == ticket_id)
        .order_by(Quote.version.desc())
    ).all()
    if not quotes:
        return []
    currencies = {quote.id: quote.currency for quote, _ in quotes}
    options = _list_options(currencies)
    lines = _list_lines(currencies)
    decisions = _list_decisions(currencies)
    at = clock.now()
    return [
        _quote_row(
            quote,
            sent_by,
            options=options[quote.id],
            lines=lines[quote.id],
            decisions=decisions[quote.id],
            at=at,
        )
        for quote, sent_by in quotes
    ]


def _quote_row(
    quote: Quote,
    sent_by: str | None,
    *,
    options: list[OptionRow],
    lines: list[LineRow],
    decisions: list[DecisionRow],
    at: datetime,
) -> QuoteRow:
    return QuoteRow(
        id=quote.id,
        ticket_id=quote.ticket_id,
        version=quote.version,
        kind=quote.kind,
        state=state_of([row.kind for row in decisions], expires_at=quote.expires_at, at=at),
        sent_at=quote.sent_at,
        sent_by=sent_by,
        currency=quote.currency,
        tax_name=quote.tax_name,
        tax_rate_basis_points=quote.tax_rate_basis_points,
        earliest=quote.earliest,
        latest=quote.latest,
        valid_until=quote.valid_until,
        expires_at=quote.expires_at,
        diagnosis_fee=Money(minor=quote.diagnosis_fee_minor, currency=quote.currency),
        message=quote.message,
        hash=quote.hash,
        options=tuple(options),
        lines=tuple(lines),
        decisions=tuple(decisions),
    )


def _list_options(currencies: dict[int, str]) -> dict[int, list[OptionRow]]:
    """By quote."""
    found: dict[int, list[OptionRow]] = defaultdict(list)
    query = select(QuoteOption).where(QuoteOption.quote_id.in_(currencies)).order_by(QuoteOption.position)
    for option in db.session.scalars(query):
        currency = currencies[option.quote_id]
        found[option.quote_id].append(
            OptionRow(
                id=option.id,
                label=option.label,
                price=Money(minor=option.price_minor, currency=currency),
                at_most=Money(minor=option.at_most_minor, currency=currency),
            )
        )
    return found


def _list_lines(currencies: dict[int, str]) -> dict[int, list[LineRow]]:
    """By quote, in the order of their options."""
    found: dict[int, list[LineRow]] = defaultdict(list)
    query = (
        select(SentLine, QuoteOption.quote_id)
        .join(QuoteOption, QuoteOption.id == SentLine.option_id)
        .where(QuoteOption.quote_id.in_(currencies))
        .order_by(QuoteOption.position, SentLine.position)
    )
    for line, quote_id in db.session.execute(query):
        found[quote_id].append(
            LineRow(
                id=line.id,
                option_id=line.option_id,
                kind=line.kind,
                description=line.description,
                quantity=line.quantity,
                unit_price=Money(minor=line.unit_price_minor, currency=currencies[quote_id]),
                optional=line.optional,
                origin=line.origin,
                device_will_show=line.device_will_show,
            )
        )
    return found


def _list_decisions(currencies: dict[int, str]) -> dict[int, list[DecisionRow]]:
    """By quote, oldest first, only those that were not undone."""
    chosen: dict[int, set[int]] = defaultdict(set)
    lines = (
        select(QuoteDecisionLine)
        .join(QuoteDecision, QuoteDecision.id == QuoteDecisionLine.decision_id)
        .where(QuoteDecision.quote_id.in_(currencies))
    )
    for row in db.session.scalars(lines):
        chosen[row.decision_id].add(row.line_id)
    found: dict[int, list[DecisionRow]] = defaultdict(list)
    query = (
        select(QuoteDecision, Staff.first_name)
        .outerjoin(
            Staff, (QuoteDecision.actor_kind == ActorKind.STAFF) & (QuoteDecision.actor_id == Staff.id)
        )
        .where(QuoteDecision.quote_id.in_(currencies), QuoteDecision.undone_at.is_(None))
        .order_by(QuoteDecision.id)
    )
    for decision, taken_by in db.session.execute(query):
        found[decision.quote_id].append(
            _decision_row(
                decision,
                taken_by,
                currency=currencies[decision.quote_id],
                line_ids=frozenset(chosen[decision.id]),
            )
        )
    return found


def _decision_row(
    decision: QuoteDecision, taken_by: str | None, *, currency: str, line_ids: frozenset[int]
) -> DecisionRow:
    return DecisionRow(
        id=decision.id,
        kind=decision.kind,
        decided_at=decision.decided_at,
        actor_kind=decision.actor_kind,
        taken_by=taken_by,
        channel=decision.channel,
        consented_by=decision.consented_by,
        consented_at=decision.consented_at,
        number_called=decision.number_called,
        conditions=decision.conditions,
        price=_money(decision.price_minor, currency),
        at_most=_money(decision.at_most_minor, currency),
        decline_reason=decision.decline_reason,
        note=decision.note,
        line_ids=line_ids,
    )


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor=minor, currency=currency)


@dataclass(frozen=True, kw_only=True)
class Share:
    """What the chosen lines of a quote come to."""

    price: Money
    at_most: Money


def find_share(quote: QuoteRow | None, line_ids: Collection[int]) -> Share | None:
    if quote is None:
        return None
    price = price_of((line for line in quote.lines if line.id in line_ids), currency=quote.currency)
    return Share(price=price, at_most=at_most_for(price, price=quote.price, at_most=quote.at_most))
