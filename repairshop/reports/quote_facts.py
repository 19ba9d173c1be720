"""Gathers the facts of one version of a quote. Reads only."""

from repairshop.errors import NotFound
from repairshop.quotes.queries import list_quotes
from repairshop.quotes.rows import DecisionRow, LineRow, QuoteRow
from repairshop.quotes.rules import QuoteState
from repairshop.reports.queries import get_subject
from repairshop.reports.quote_rules import QuoteAnswer, QuoteData, QuoteLine, QuoteWay


def get_quote_facts(reference: str, version: int, *, shop_id: int) -> QuoteData:
    """NotFound for another shop's, and for a version that was never sent or whose sending was undone."""
    subject = get_subject(reference, shop_id=shop_id)
    quote = next((row for row in list_quotes(subject.ticket.id) if row.version == version), None)
    if quote is None or quote.state is QuoteState.UNSENT:
        raise NotFound
    return QuoteData(
        shop=subject.letterhead,
        number=subject.number,
        code=subject.ticket.code,
        device=subject.identity,
        customer=subject.customer.name if subject.customer else "",
        version=quote.version,
        sent_at=quote.sent_at,
        message=quote.message,
        earliest=quote.earliest,
        latest=quote.latest,
        valid_until=quote.valid_until,
        diagnosis_fee=quote.diagnosis_fee,
        diagnosis_fee_told_at=quote.diagnosis_fee_told_at,
        tax_name=quote.tax_name if quote.tax_rate_basis_points else "",
        ways=tuple(
            QuoteWay(
                label=option.label,
                price=option.price,
                at_most=option.at_most,
                tax=option.tax,
                lines=tuple(_line(line) for line in option.lines),
            )
            for option in quote.options
        ),
        answers=tuple(_answer(quote, decision) for decision in quote.decisions),
        is_open=quote.state is QuoteState.OPEN,
        hash=quote.hash,
    )


def _line(line: LineRow) -> QuoteLine:
    return QuoteLine(
        description=line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
        total=line.total,
        optional=line.optional,
        origin=line.origin.value if line.origin else "",
        minutes=line.minutes,
        hourly_rate=line.hourly_rate,
        warranty_days=line.warranty_days,
        device_will_show=line.device_will_show,
        feature_lost=line.feature_lost,
        source=line.source,
        part_id=line.part_id,
    )


def _answer(quote: QuoteRow, decision: DecisionRow) -> QuoteAnswer:
    """Lines that a yes left out of its own option are named; other options were simply not chosen."""
    chosen = decision.line_ids
    agreed = [option for option in quote.options if any(line.id in chosen for line in option.lines)]
    return QuoteAnswer(
        kind=decision.kind.value,
        at=decision.decided_at,
        channel=decision.channel.value if decision.channel else "",
        price=decision.price,
        at_most=decision.at_most,
        left_out=tuple(
            line.description for option in agreed for line in option.lines if line.id not in chosen
        ),
    )
