"""Money, hash and completeness of what a quote says."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repairshop.money import Money
from repairshop.parts.rules import PartOrigin
from repairshop.quotes.rules import DecisionKind, QuoteState, state_of
from repairshop.quotes.terms import (
    HIGHEST_AMOUNT_MINOR,
    MOST_LINES,
    AmountOutOfRange,
    LineKind,
    LineNeedsWords,
    MaximumBelowPrice,
    QuoteLine,
    QuoteTerms,
    TooManyLines,
    at_most_for,
    canonical,
    end_of_day,
    price_of,
    quote_hash,
    require_terms,
    tax_of,
)

TODAY = date(2026, 3, 3)
LINE = QuoteLine(kind=LineKind.WORK, description="Work", unit_price_minor=3100)
TERMS = QuoteTerms(
    currency="GBP",
    tax_name="VAT",
    tax_rate_basis_points=2000,
    lines=(LINE,),
    at_most_minor=3100,
    earliest=date(2026, 3, 5),
    latest=date(2026, 3, 6),
    valid_until=date(2026, 3, 17),
)

lines = st.builds(
    QuoteLine,
    kind=st.sampled_from(LineKind),
    description=st.text(min_size=1, max_size=40),
    quantity=st.integers(1, 20),
    unit_price_minor=st.integers(0, 500_000),
    optional=st.booleans(),
    origin=st.sampled_from(PartOrigin),
    device_will_show=st.text(max_size=40),
)
terms = st.builds(
    QuoteTerms,
    currency=st.sampled_from(["GBP", "USD", "JPY"]),
    tax_name=st.just("VAT"),
    tax_rate_basis_points=st.integers(0, 3000),
    lines=st.lists(lines, min_size=1, max_size=8).map(tuple),
    at_most_minor=st.integers(0, 90_000_000),
    earliest=st.just(TERMS.earliest),
    latest=st.just(TERMS.latest),
    valid_until=st.just(TERMS.valid_until),
    diagnosis_fee_minor=st.integers(0, 10_000),
    message=st.text(max_size=40),
    option_label=st.just(""),
)


@given(terms)
def test_the_price_is_the_sum_of_the_lines(quote) -> None:
    by_hand = sum(line.quantity * line.unit_price_minor for line in quote.lines)

    assert price_of(quote.lines, currency=quote.currency).minor == quote.price_minor == by_hand


@given(terms)
def test_tax_and_net_make_up_the_document(quote) -> None:
    tax = tax_of(quote.price, rate_basis_points=quote.tax_rate_basis_points)

    net = quote.price - tax
    exact = quote.price_minor * quote.tax_rate_basis_points / (10_000 + quote.tax_rate_basis_points)
    assert net + tax == quote.price
    assert 0 <= tax.minor <= quote.price_minor
    assert abs(tax.minor - exact) <= 0.5 + 1e-6


@given(terms, st.sets(st.integers(0, 7)))
def test_a_part_of_a_quote_costs_no_more_than_its_share(quote, leave_out) -> None:
    quote = replace(quote, at_most_minor=quote.price_minor + 1000)
    chosen = [line for position, line in enumerate(quote.lines) if position not in leave_out]

    price = price_of(chosen, currency=quote.currency)
    most = at_most_for(price, price=quote.price, at_most=quote.at_most)

    assert price <= quote.price
    assert most - price == quote.at_most - quote.price


@given(terms)
def test_leaving_the_extras_out_keeps_the_margin(quote) -> None:
    asked = replace(quote, at_most_minor=quote.price_minor + 500).without_extras()

    assert not any(line.optional for line in asked.lines)
    assert asked.at_most_minor == asked.price_minor + 500


@given(terms, terms, st.integers(1, 5), st.integers(1, 5))
def test_two_quotes_have_one_hash_only_when_they_are_the_same(one, other, version, another) -> None:
    same = (one, version) == (other, another)

    first = quote_hash(one, ticket_code="K7QP3M2X5", version=version)
    second = quote_hash(other, ticket_code="K7QP3M2X5", version=another)

    assert (first == second) is same
    assert canonical(one, ticket_code="A", version=1) != canonical(one, ticket_code="B", version=1)


CHANGES = {
    "currency": "USD",
    "tax_name": "GST",
    "tax_rate_basis_points": 1900,
    "lines": (LINE, LINE),
    "at_most_minor": 9999,
    "earliest": date(2026, 3, 4),
    "latest": date(2026, 3, 7),
    "valid_until": date(2026, 3, 18),
    "diagnosis_fee_minor": 1,
    "message": "Hello",
    "option_label": "Original part",
}
LINE_CHANGES = {
    "kind": LineKind.PART,
    "description": "Other work",
    "quantity": 2,
    "unit_price_minor": 3101,
    "optional": True,
    "origin": PartOrigin.SALVAGED,
    "device_will_show": "Unknown part",
}


@pytest.mark.parametrize("field", [field.name for field in fields(QuoteTerms)])
def test_every_term_enters_the_hash(field) -> None:
    changed = replace(TERMS, **{field: CHANGES[field]})

    assert canonical(changed, ticket_code="A", version=1) != canonical(TERMS, ticket_code="A", version=1)


@pytest.mark.parametrize("field", [field.name for field in fields(QuoteLine)])
def test_every_fact_of_a_line_enters_the_hash(field) -> None:
    changed = replace(TERMS, lines=(replace(LINE, **{field: LINE_CHANGES[field]}),))

    assert canonical(changed, ticket_code="A", version=1) != canonical(TERMS, ticket_code="A", version=1)


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"lines": (replace(LINE, description=""),)}, LineNeedsWords, "lines-0-description"),
        ({"lines": (LINE, replace(LINE, quantity=0))}, AmountOutOfRange, "lines-1-quantity"),
        ({"lines": (replace(LINE, unit_price_minor=-1),)}, AmountOutOfRange, "lines-0-unit_price"),
        (
            {"lines": (replace(LINE, unit_price_minor=HIGHEST_AMOUNT_MINOR, quantity=2),)},
            AmountOutOfRange,
            "lines-0-unit_price",
        ),
        ({"lines": (LINE,) * (MOST_LINES + 1)}, TooManyLines, None),
        ({"diagnosis_fee_minor": -1}, AmountOutOfRange, "diagnosis_fee"),
        ({"at_most_minor": 3099}, MaximumBelowPrice, "at_most"),
    ],
)
def test_terms_that_cannot_be_sent(changes, refusal, field) -> None:
    with pytest.raises(refusal) as caught:
        require_terms(replace(TERMS, **changes), today=TODAY)

    assert caught.value.field == field


def test_terms_are_complete_on_the_last_day_to_answer() -> None:
    require_terms(TERMS, today=TERMS.valid_until)


@pytest.mark.parametrize(
    ("zone", "end"),
    [
        ("Europe/London", datetime(2026, 3, 29, 0, 0, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 3, 29, 4, 0, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2026, 3, 28, 15, 0, tzinfo=UTC)),
    ],
)
def test_a_day_ends_where_the_shop_is(zone, end) -> None:
    assert end_of_day(date(2026, 3, 28), time_zone=zone) == end


EXPIRES = datetime(2026, 3, 18, tzinfo=UTC)
K = DecisionKind


@pytest.mark.parametrize(
    ("decisions", "before", "after"),
    [
        ((), QuoteState.OPEN, QuoteState.EXPIRED),
        ((K.APPROVED,), QuoteState.APPROVED, QuoteState.APPROVED),
        ((K.APPROVED, K.TAKEN_BACK), QuoteState.OPEN, QuoteState.EXPIRED),
        ((K.APPROVED, K.TAKEN_BACK, K.DECLINED), QuoteState.DECLINED, QuoteState.DECLINED),
        ((K.APPROVED, K.REPLACED), QuoteState.REPLACED, QuoteState.REPLACED),
        ((K.WITHDRAWN,), QuoteState.WITHDRAWN, QuoteState.WITHDRAWN),
        ((K.CLOSED_UNANSWERED,), QuoteState.CLOSED, QuoteState.CLOSED),
        ((K.UNSENT,), QuoteState.UNSENT, QuoteState.UNSENT),
    ],
)
def test_the_state_follows_from_decisions_and_time(decisions, before, after) -> None:
    assert state_of(decisions, expires_at=EXPIRES, at=datetime(2026, 3, 17, 23, 59, tzinfo=UTC)) is before
    assert state_of(decisions, expires_at=EXPIRES, at=EXPIRES) is after


def test_amounts_of_two_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="cannot mix"):
        at_most_for(
            Money(minor=1, currency="GBP"),
            price=Money(minor=1, currency="USD"),
            at_most=Money(minor=1, currency="USD"),
        )
