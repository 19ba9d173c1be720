"""How a sent version and a decision are written down."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select

from repairshop import clock
from repairshop.database import db
from repairshop.promises.queries import get_calendar, get_promises
from repairshop.promises.rules import Calendar, PromisedDates, PromiseReason, require_promise
from repairshop.promises.service import make_promise
from repairshop.quotes.fees import find_diagnosis_began, find_fee_told
from repairshop.quotes.fingerprint import quote_hash
from repairshop.quotes.form_records import make_form
from repairshop.quotes.models import Quote, QuoteDecision, QuoteDecisionLine, QuoteOption, SentLine
from repairshop.quotes.queries import get_current_quote
from repairshop.quotes.repair_form import FormExtras
from repairshop.quotes.rules import DecisionKind, DeclineReason, Evidence, QuoteKind, QuoteState
from repairshop.quotes.terms import OptionTerms, QuoteTerms, end_of_day, require_fee_in_time, require_terms
from repairshop.staff.rules import Actor
from repairshop.tickets.models import Ticket
from repairshop.tickets.rules import MoveFacts
from repairshop.tickets.service import move_ticket
from repairshop.tickets.stages import Verb

_REPLACEABLE = frozenset({QuoteState.OPEN, QuoteState.EXPIRED, QuoteState.APPROVED})
_PROMISES = {
    QuoteKind.QUOTE: PromiseReason.QUOTE,
    QuoteKind.FIXED_PRICE: PromiseReason.FIXED_PRICE,
    QuoteKind.WITHIN_LIMIT: PromiseReason.WITHIN_LIMIT,
}


def write_version(
    ticket: Ticket,
    verb: Verb,
    terms: QuoteTerms,
    *,
    kind: QuoteKind,
    by: Actor,
    extras: FormExtras | None = None,
    consent: Evidence | None = None,
) -> Quote:
    """Move the ticket and write the version down: from here on it does not change.

    `extras` are what the repair form says beyond the quote, where the shop gives the form; `consent` is how
    the customer agreed that a form that still holds is replaced.
    """
    at, calendar = clock.now(), get_calendar(ticket.shop_id)
    _require_sendable(ticket, terms, calendar=calendar, at=at)
    previous = get_current_quote(ticket.id)
    version = 1 + (db.session.scalar(select(func.max(Quote.version)).filter_by(ticket_id=ticket.id)) or 0)
    digest = quote_hash(terms, ticket_code=ticket.code, version=version)
    form = make_form(ticket, terms, extras, version=version, digest=digest) if extras else None
    move = move_ticket(
        ticket,
        verb,
        by=by,
        facts=facts_of(terms),
        details={
            "quote": version,
            "hash": digest,
            **_prices(terms),
            **({"repair_form": form.hash} if form else {}),
        },
    )
    if previous is not None and previous.state in _REPLACEABLE:
        write_decision(previous.id, DecisionKind.REPLACED, move_id=move.id, by=by, evidence=consent)
    quote = Quote(
        ticket_id=ticket.id,
        version=version,
        kind=kind,
        move_id=move.id,
        sent_at=at,
        sent_by_id=by.staff_id,
        currency=terms.currency,
        tax_name=terms.tax_name,
        tax_rate_basis_points=terms.tax_rate_basis_points,
        earliest=terms.earliest,
        latest=terms.latest,
        dates_basis=terms.dates_basis,
        valid_until=terms.valid_until,
        expires_at=end_of_day(terms.valid_until, time_zone=calendar.zone.key),
        diagnosis_fee_minor=terms.diagnosis_fee_minor,
        diagnosis_fee_told_at=terms.diagnosis_fee_told_at,
        like_new_minor=terms.like_new_minor,
        message=terms.message,
        hash=digest,
        options=[_option(option, position) for position, option in enumerate(terms.options)],
    )
    db.session.add(quote)
    db.session.flush()  # decisions and the form point at the quote and its lines
    if form is not None:
        form.quote_id = quote.id
        db.session.add(form)
    promise_unless_told(ticket, dates_of(terms), reason=_PROMISES[kind], move_id=move.id, by=by)
    return quote


def _require_sendable(ticket: Ticket, terms: QuoteTerms, *, calendar: Calendar, at: datetime) -> None:
    require_terms(terms, today=calendar.local_day(at), at=at)
    require_promise(dates_of(terms), calendar=calendar, at=at)
    told = find_fee_told(ticket.id)
    require_fee_in_time(terms, told=told.fee if told else None, began_at=find_diagnosis_began(ticket.id))


def _prices(terms: QuoteTerms) -> dict[str, object]:
    """For the history: of one way its price, of several each one's."""
    first = terms.options[0]
    if not terms.is_choice:
        return {"price": first.price_minor, "at_most": first.at_most_minor}
    return {"options": [[one.price_minor, one.at_most_minor] for one in terms.options]}


def _option(option: OptionTerms, at: int) -> QuoteOption:
    lines = [
        SentLine(
            position=position,
            kind=line.kind,
            description=line.description,
            quantity=line.quantity,
            unit_price_minor=line.unit_price_minor,
            optional=line.optional,
            origin=line.origin,
            device_will_show=line.device_will_show,
            minutes=line.minutes,
            hourly_rate_minor=line.hourly_rate_minor,
            feature_lost=line.feature_lost,
            source=line.source,
            warranty_days=line.warranty_days,
            part_id=line.part_id,
        )
        for position, line in enumerate(option.lines)
    ]
    return QuoteOption(
        position=at,
        label=option.label,
        price_minor=option.price_minor,
        at_most_minor=option.at_most_minor,
        lines=lines,
    )


def dates_of(terms: QuoteTerms) -> PromisedDates:
    return PromisedDates(earliest=terms.earliest, latest=terms.latest)


def facts_of(terms: QuoteTerms) -> MoveFacts:
    return MoveFacts(
        price=terms.price,
        price_at_most=terms.at_most,
        promised_from=terms.earliest,
        promised_to=terms.latest,
        answer_by=terms.valid_until,
    )


def promise_unless_told(
    ticket: Ticket, dates: PromisedDates, *, reason: PromiseReason, move_id: int, by: Actor
) -> None:
    """Dates the customer knows already are not promised a second time."""
    promises = get_promises(ticket.id)
    if promises and promises.current.dates == dates:
        return
    make_promise(ticket, earliest=dates.earliest, latest=dates.latest, by=by, reason=reason, move_id=move_id)


def write_decision(
    quote_id: int,
    kind: DecisionKind,
    *,
    move_id: int | None,
    by: Actor,
    evidence: Evidence | None = None,
    price_minor: int | None = None,
    at_most_minor: int | None = None,
    line_ids: Collection[int] = (),
    reason: DeclineReason | None = None,
    note: str = "",
) -> None:
    """Add what was decided; the evidence lies beside it."""
    at = clock.now()
    decision = QuoteDecision(
        quote_id=quote_id,
        kind=kind,
        move_id=move_id,
        decided_at=at,
        actor_kind=by.kind,
        actor_id=by.id,
        channel=evidence.channel if evidence else None,
        consented_by=evidence.consented_by if evidence else "",
        consented_at=(evidence.consented_at or at) if evidence else None,
        number_called=evidence.number_called if evidence else "",
        conditions=evidence.conditions if evidence else "",
        price_minor=price_minor,
        at_most_minor=at_most_minor,
        decline_reason=reason,
        note=note,
    )
    db.session.add(decision)
    db.session.flush()  # the chosen lines point at the decision
    for line_id in line_ids:
        db.session.add(QuoteDecisionLine(decision_id=decision.id, line_id=line_id))
