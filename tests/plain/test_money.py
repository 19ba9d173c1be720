import pytest
from hypothesis import given
from hypothesis import strategies as st

from repairshop.money import Money, tax_inside, total


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
