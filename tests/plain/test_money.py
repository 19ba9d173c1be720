import pytest
from hypothesis import given
from hypothesis import strategies as st

from repairshop.money import AmountNotUnderstood, Money, amount_text, parse_amount, tax_inside, total


def pounds(minor: int) -> Money:
    return Money(minor=minor, currency="GBP")


@pytest.mark.parametrize(
    ("gross", "rate", "tax"),
    [(12900, 2000, 2150), (100, 2000, 17), (3, 2000, 1), (2, 2000, 0), (0, 2000, 0), (11900, 1900, 1900)],
)
def test_the_tax_inside_a_price_is_rounded_once(gross, rate, tax):
    assert tax_inside(pounds(gross), rate_basis_points=rate) == pounds(tax)


@given(st.integers(0, 10**9), st.integers(0, 10_000))
def test_net_and_tax_add_up_to_the_price(gross, rate):
    tax = tax_inside(pounds(gross), rate_basis_points=rate)

    assert 0 <= tax.minor <= gross
    assert abs((gross - tax.minor) * rate / 10_000 - tax.minor) <= 1


def test_currencies_do_not_mix():
    with pytest.raises(ValueError, match="cannot mix"):
        pounds(1) + Money(minor=1, currency="EUR")


def test_the_total_of_nothing_is_zero():
    assert total([], currency="GBP") == pounds(0)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("120", "GBP", 12000),
        ("89.50", "GBP", 8950),
        ("89,5", "EUR", 8950),
        ("£85", "GBP", 8500),
        ("85 €", "EUR", 8500),
        ("1,299.50", "GBP", 129950),
        ("1.299,50", "EUR", 129950),
        ("1,299", "GBP", 129900),
        ("1 299", "GBP", 129900),
        ("0", "GBP", 0),
        ("12000", "JPY", 12000),
        ("12,000", "JPY", 12000),
    ],
)
def test_typed_amounts_are_read(text, currency, minor):
    assert parse_amount(text, currency=currency) == minor


@pytest.mark.parametrize(
    "text", ["", "abc", "-5", "1.2.3", "12,34,56", "1e9", "99999999999", "5 pounds 20", "٣", "<b>1</b>"]
)
def test_other_texts_are_no_amount(text):
    with pytest.raises(AmountNotUnderstood):
        parse_amount(text, currency="GBP")


@pytest.mark.parametrize("minor", [0, 5, 8950, 12000, 129905])
def test_an_amount_shown_in_a_field_is_read_back(minor):
    assert parse_amount(amount_text(minor, currency="GBP"), currency="GBP") == minor
