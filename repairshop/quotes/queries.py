"""Reads about quotes."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from repairshop import clock
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.money import Money
from repairshop.promises.queries import get_calendar
from repairshop.quotes.addition_queries import list_additions
from repairshop.quotes.models import (
    Quote,
    QuoteDecision,
    QuoteDecisionLine,
    QuoteOption,
    RepairForm,
    SentLine,
)
from repairshop.quotes.rows import (
    AdditionRow,
    DecisionRow,
    FormRow,
    LineRow,
    OptionRow,
    QuoteRow,
    RepairFormKey,
)
from repairshop.quotes.rules import DecisionKind, QuoteState, state_of
from repairshop.quotes.terms import tax_of
from repairshop.staff.models import Staff
from repairshop.staff.rules import ActorKind


def get_current_quote(ticket_id: int) -> QuoteRow | None:
    """The newest version that really went out, whatever its state; None before the first."""
    sent = [quote for quote in list_quotes(ticket_id) if quote.state is not QuoteState.UNSENT]
    return sent[0] if sent else None


def find_agreed_quote(ticket_id: int) -> QuoteRow | None:
    """The newest version with an approval in force."""
    return next((quote for quote in list_quotes(ticket_id) if quote.approval is not None), None)


def list_quotes(ticket_id: int) -> list[QuoteRow]:
    """Every version, newest first, those whose sending was undone too; six queries however many."""
    quotes = db.session.execute(
        select(Quote, Staff.first_name, RepairForm)
        .outerjoin(Staff, Staff.id == Quote.sent_by_id)
        .outerjoin(RepairForm, RepairForm.quote_id == Quote.id)
        .where(Quote.ticket_id == ticket_id)
        .order_by(Quote.version.desc())
    ).all()
    if not quotes:
        return []
    currencies = {quote.id: quote.currency for quote, _, _ in quotes}
    rates = {quote.id: quote.tax_rate_basis_points for quote, _, _ in quotes}
    options = _list_options(currencies, rates)
    decisions = _list_decisions(currencies)
    approved = [row.id for rows in decisions.values() for row in rows if row.kind is DecisionKind.APPROVED]
    additions = list_additions(approved, currencies) if approved else {}
    at = clock.now()
    return [
        _quote_row(
            quote,
            sent_by,
            form=_form(form),
            options=options[quote.id],
            decisions=decisions[quote.id],
            additions=additions.get(quote.id, []),
            at=at,
        )
        for quote, sent_by, form in quotes
    ]


def _quote_row(
    quote: Quote,
    sent_by: str | None,
    *,
    form: FormRow | None,
    options: list[OptionRow],
    decisions: list[DecisionRow],
    additions: list[AdditionRow],
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
        dates_basis=quote.dates_basis,
        valid_until=quote.valid_until,
        expires_at=quote.expires_at,
        diagnosis_fee=Money(minor=quote.diagnosis_fee_minor, currency=quote.currency),
        diagnosis_fee_told_at=quote.diagnosis_fee_told_at,
        like_new=_money(quote.like_new_minor, quote.currency),
        message=quote.message,
        hash=quote.hash,
        form=form,
        options=tuple(options),
        decisions=tuple(decisions),
        additions_made=tuple(additions),
    )


def _form(row: RepairForm | None) -> FormRow | None:
    if row is None:
        return None
    return FormRow(valid_until=row.valid_until, hash=row.hash, is_readable=row.facts is not None)


def find_form_day(ticket_id: int, *, shop_id: int) -> date | None:
    """Until when the repair form of the newest quote holds; None where none does."""
    quote = get_current_quote(ticket_id)
    if quote is None or quote.form is None:
        return None
    today = get_calendar(shop_id).local_day(clock.now())
    return quote.form.valid_until if today <= quote.form.valid_until else None


def get_form_facts(ticket_id: int, version: int) -> tuple[dict[str, Any], RepairFormKey]:
    """The form as it was given; NotFound where there is none, or none any more."""
    row = db.session.execute(
        select(RepairForm.facts, RepairForm.hash, RepairForm.issued_at)
        .join(Quote, Quote.id == RepairForm.quote_id)
        .where(Quote.ticket_id == ticket_id, Quote.version == version)
    ).one_or_none()
    if row is None or row.facts is None:
        raise NotFound
    return row.facts, RepairFormKey(hash=row.hash, issued_at=row.issued_at)


def _list_options(currencies: dict[int, str], rates: dict[int, int]) -> dict[int, list[OptionRow]]:
    """By quote."""
    found: dict[int, list[OptionRow]] = defaultdict(list)
    lines = _list_lines(currencies)
    query = select(QuoteOption).where(QuoteOption.quote_id.in_(currencies)).order_by(QuoteOption.position)
    for option in db.session.scalars(query):
        currency = currencies[option.quote_id]
        price = Money(minor=option.price_minor, currency=currency)
        found[option.quote_id].append(
            OptionRow(
                id=option.id,
                label=option.label,
                price=price,
                at_most=Money(minor=option.at_most_minor, currency=currency),
                tax=tax_of(price, rate_basis_points=rates[option.quote_id]),
                lines=tuple(lines[option.id]),
            )
        )
    return found


def _list_lines(currencies: dict[int, str]) -> dict[int, list[LineRow]]:
    """By option."""
    found: dict[int, list[LineRow]] = defaultdict(list)
    query = (
        select(SentLine, QuoteOption.quote_id)
        .join(QuoteOption, QuoteOption.id == SentLine.option_id)
        .where(QuoteOption.quote_id.in_(currencies))
        .order_by(SentLine.option_id, SentLine.position)
    )
    for line, quote_id in db.session.execute(query):
        currency = currencies[quote_id]
        found[line.option_id].append(
            LineRow(
                id=line.id,
                option_id=line.option_id,
                kind=line.kind,
                description=line.description,
                quantity=line.quantity,
                unit_price=Money(minor=line.unit_price_minor, currency=currency),
                optional=line.optional,
                origin=line.origin,
                device_will_show=line.device_will_show,
                minutes=line.minutes,
                hourly_rate=_money(line.hourly_rate_minor, currency),
                feature_lost=line.feature_lost,
                source=line.source,
                warranty_days=line.warranty_days,
                part_id=line.part_id,
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
