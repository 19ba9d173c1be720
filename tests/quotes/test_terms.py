"""Money, hash and completeness of what a quote says."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repairshop.money import Money
from repairshop.parts.rules import PartOrigin
from repairshop.quotes.fingerprint import canonical, quote_hash
from repairshop.quotes.rules import DecisionKind, QuoteState, state_of
from repairshop.quotes.terms import (
    HIGHEST_AMOUNT_MINOR,
    MOST_LINES,
    MOST_MINUTES,
    AmountOutOfRange,
    DatesBasis,
    FeeNotTold,
    FeeToldInTheFuture,
    LineKind,
    LineNeedsWords,
    MaximumBelowPrice,
    NothingAsked,
    OptionNamedTwice,
    OptionNeedsName,
    OptionTerms,
    QuoteEmpty,
    QuoteLine,
    QuoteTerms,
    TooManyLines,
    TooManyOptions,
    at_most_for,
    end_of_day,
    price_of,
    require_terms,
    tax_of,
    work_price_minor,
)

TODAY = date(2026, 3, 3)
NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
LINE = QuoteLine(kind=LineKind.WORK, description="Work", unit_price_minor=3100)
OPTION = OptionTerms(lines=(LINE,), at_most_minor=3100)
TERMS = QuoteTerms(
    currency="GBP",
    tax_name="VAT",
    tax_rate_basis_points=2000,
    options=(OPTION,),
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
    minutes=st.integers(0, 600),
    hourly_rate_minor=st.none() | st.integers(0, 20_000),
    feature_lost=st.text(max_size=8),
    source=st.text(max_size=8),
    warranty_days=st.integers(0, 400),
    part_id=st.none() | st.integers(1, 9),
)
options = st.builds(
    OptionTerms,
    label=st.text(max_size=12),
    lines=st.lists(lines, min_size=1, max_size=6).map(tuple),
    at_most_minor=st.integers(0, 90_000_000),
)
terms = st.builds(
    QuoteTerms,
    currency=st.sampled_from(["GBP", "USD", "JPY"]),
    tax_name=st.just("VAT"),
    tax_rate_basis_points=st.integers(0, 3000),
    options=st.lists(options, min_size=1, max_size=4).map(tuple),
    dates_basis=st.none() | st.sampled_from(DatesBasis),
    earliest=st.just(TERMS.earliest),
    latest=st.just(TERMS.latest),
    valid_until=st.just(TERMS.valid_until),
    diagnosis_fee_minor=st.integers(0, 10_000),
    diagnosis_fee_told_at=st.none() | st.just(NOW),
    like_new_minor=st.none() | st.integers(0, 90_000),
    message=st.text(max_size=40),
)


def pounds(minor: int) -> Money:
    return Money(minor=minor, currency="GBP")


@given(options)
def test_the_price_is_the_sum_of_the_lines(option) -> None:
    by_hand = sum(line.quantity * line.unit_price_minor for line in option.lines)

    assert price_of(option.lines, currency="GBP").minor == option.price_minor == by_hand


@given(terms)
def test_a_quote_has_one_price_only_where_there_is_one_way(quote) -> None:
    assert (quote.price is None) == (quote.at_most is None) == quote.is_choice == (len(quote.options) > 1)
    if quote.price is not None:
        assert quote.price == quote.money(quote.options[0].price_minor)


@given(options, st.integers(0, 3000))
def test_tax_and_net_make_up_the_document(option, rate) -> None:
    price = pounds(option.price_minor)

    tax = tax_of(price, rate_basis_points=rate)

    net = price - tax
    exact = price.minor * rate / (10_000 + rate)
    assert net + tax == price
    assert 0 <= tax.minor <= price.minor
    assert abs(tax.minor - exact) <= 0.5 + 1e-6


@given(options, st.sets(st.integers(0, 7)))
def test_a_part_of_a_quote_costs_no_more_than_its_share(option, leave_out) -> None:
    whole, at_most = pounds(option.price_minor), pounds(option.price_minor + 1000)
    chosen = [line for position, line in enumerate(option.lines) if position not in leave_out]

    price = price_of(chosen, currency="GBP")
    most = at_most_for(price, price=whole, at_most=at_most)

    assert price <= whole
    assert most - price == at_most - whole


@given(options)
def test_leaving_the_extras_out_keeps_the_margin(option) -> None:
    asked = replace(option, at_most_minor=option.price_minor + 500).without_extras()

    assert not any(line.optional for line in asked.lines)
    assert asked.at_most_minor == asked.price_minor + 500


@pytest.mark.parametrize(
    ("minutes", "rate", "price"),
    [
        (0, 4500, 0),
        (45, 4500, 3375),
        (1, 4500, 75),
        (20, 4001, 1334),
        (10, 4003, 667),
        (30, 1, 1),
        (60, 0, 0),
    ],
)
def test_minutes_cost_their_share_of_an_hour_rounded_once(minutes, rate, price) -> None:
    assert work_price_minor(minutes, hourly_rate_minor=rate) == price


@given(st.integers(0, MOST_MINUTES), st.integers(0, 100_000))
def test_minutes_are_never_off_by_more_than_half_a_minor_unit(minutes, rate) -> None:
    exact = minutes * rate / 60

    assert abs(work_price_minor(minutes, hourly_rate_minor=rate) - exact) <= 0.5


@given(terms, terms, st.integers(1, 5), st.integers(1, 5))
def test_two_quotes_have_one_hash_only_when_they_are_the_same(one, other, version, another) -> None:
    same = (one, version) == (other, another)

    first = quote_hash(one, ticket_code="K7QP3M2X5", version=version)
    second = quote_hash(other, ticket_code="K7QP3M2X5", version=another)

    assert (first == second) is same
    assert canonical(one, ticket_code="A", version=1) != canonical(one, ticket_code="B", version=1)


def test_a_quote_sent_before_there_were_options_keeps_its_hash() -> None:
    screen = QuoteLine(
        kind=LineKind.PART,
        description="Screen",
        unit_price_minor=7400,
        origin=PartOrigin.NEW_ORIGINAL,
        device_will_show="Nothing",
    )
    sent = replace(
        TERMS,
        options=(OptionTerms(lines=(screen,), at_most_minor=9000),),
        diagnosis_fee_minor=2500,
        message="Broken",
    )

    made_then = "11db341296b2cd252d8ffce4bfc8c67f131c0de22167be5076c59c30e57537b3"
    assert quote_hash(sent, ticket_code="K7QP3M2X5", version=1) == made_then


CHANGES = {
    "currency": "USD",
    "tax_name": "GST",
    "tax_rate_basis_points": 1900,
    "options": (OPTION, OPTION),
    "earliest": date(2026, 3, 4),
    "latest": date(2026, 3, 7),
    "dates_basis": DatesBasis.BY_HAND,
    "valid_until": date(2026, 3, 18),
    "diagnosis_fee_minor": 1,
    "diagnosis_fee_told_at": NOW,
    "like_new_minor": 40000,
    "message": "Hello",
}
OPTION_CHANGES = {"label": "Original part", "lines": (LINE, LINE), "at_most_minor": 9999}
LINE_CHANGES = {
    "kind": LineKind.PART,
    "description": "Other work",
    "quantity": 2,
    "unit_price_minor": 3101,
    "optional": True,
    "origin": PartOrigin.SALVAGED,
    "device_will_show": "Unknown part",
    "minutes": 45,
    "hourly_rate_minor": 0,
    "feature_lost": "Face unlock",
    "source": "The maker's support page",
    "warranty_days": 90,
    "part_id": 7,
}


def _texts_differ(one: QuoteTerms, other: QuoteTerms) -> bool:
    return canonical(one, ticket_code="A", version=1) != canonical(other, ticket_code="A", version=1)


@pytest.mark.parametrize("field", [field.name for field in fields(QuoteTerms)])
def test_every_term_enters_the_hash(field) -> None:
    assert _texts_differ(replace(TERMS, **{field: CHANGES[field]}), TERMS)


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize("field", [field.name for field in fields(OptionTerms)])
def test_every_fact_of_each_option_enters_the_hash(field, position) -> None:
    two, changed = [OPTION, OPTION], [OPTION, OPTION]
    changed[position] = replace(OPTION, **{field: OPTION_CHANGES[field]})

    assert _texts_differ(replace(TERMS, options=tuple(changed)), replace(TERMS, options=tuple(two)))


@pytest.mark.parametrize("field", [field.name for field in fields(QuoteLine)])
def test_every_fact_of_a_line_enters_the_hash(field) -> None:
    changed = replace(OPTION, lines=(replace(LINE, **{field: LINE_CHANGES[field]}),))

    assert _texts_differ(replace(TERMS, options=(changed,)), TERMS)


def one_way(*lines: QuoteLine, at_most_minor: int = HIGHEST_AMOUNT_MINOR, label: str = "") -> OptionTerms:
    return OptionTerms(lines=lines, at_most_minor=at_most_minor, label=label)


FIRST, SECOND = one_way(LINE, label="Original part"), one_way(LINE, LINE, label="Aftermarket part")


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"options": (one_way(replace(LINE, description="")),)}, LineNeedsWords, "lines-0-description"),
        ({"options": (one_way(LINE, replace(LINE, quantity=0)),)}, AmountOutOfRange, "lines-1-quantity"),
        ({"options": (one_way(replace(LINE, unit_price_minor=-1)),)}, AmountOutOfRange, "lines-0-unit_price"),
        ({"options": (one_way(replace(LINE, minutes=-1)),)}, AmountOutOfRange, "lines-0-minutes"),
        (
            {"options": (one_way(replace(LINE, unit_price_minor=HIGHEST_AMOUNT_MINOR, quantity=2)),)},
            AmountOutOfRange,
            "lines-0-unit_price",
        ),
        ({"options": (one_way(*[LINE] * (MOST_LINES + 1)),)}, TooManyLines, None),
        ({"options": (FIRST, one_way(*[LINE] * MOST_LINES, label="Two"))}, TooManyLines, None),
        ({"options": (one_way(),)}, QuoteEmpty, None),
        ({"options": (FIRST, one_way(label="Two"))}, QuoteEmpty, "options-1-label"),
        ({"options": (FIRST, one_way(LINE))}, OptionNeedsName, "options-1-label"),
        (
            {"options": (FIRST, one_way(LINE, label="ORIGINAL PART"))},
            OptionNamedTwice,
            "options-1-label",
        ),
        (
            {"options": tuple(one_way(LINE, label=f"Way {number}") for number in range(5))},
            TooManyOptions,
            None,
        ),
        (
            {"options": (SECOND, one_way(replace(LINE, description=""), label="Two"))},
            LineNeedsWords,
            "lines-2-description",
        ),
        ({"options": (FIRST, one_way(replace(LINE, optional=True), label="Two"))}, NothingAsked, None),
        ({"options": (one_way(LINE, at_most_minor=3099),)}, MaximumBelowPrice, "options-0-at_most"),
        (
            {"options": (FIRST, one_way(LINE, at_most_minor=3099, label="Two"))},
            MaximumBelowPrice,
            "options-1-at_most",
        ),
        ({"diagnosis_fee_minor": -1}, AmountOutOfRange, "diagnosis_fee"),
        ({"diagnosis_fee_minor": 2500}, FeeNotTold, "diagnosis_fee_told_at"),
        (
            {"diagnosis_fee_minor": 2500, "diagnosis_fee_told_at": NOW + timedelta(minutes=2)},
            FeeToldInTheFuture,
            "diagnosis_fee_told_at",
        ),
    ],
)
def test_terms_that_cannot_be_sent(changes, refusal, field) -> None:
    with pytest.raises(refusal) as caught:
        require_terms(replace(TERMS, **changes), today=TODAY, at=NOW)

    assert caught.value.field == field


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"options": (FIRST, SECOND)},
        {"options": tuple(one_way(LINE, label=f"Way {number}") for number in range(4))},
        {"diagnosis_fee_minor": 2500, "diagnosis_fee_told_at": NOW},
    ],
)
def test_terms_are_complete_on_the_last_day_to_answer(changes) -> None:
    require_terms(replace(TERMS, **changes), today=TERMS.valid_until, at=NOW)


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
