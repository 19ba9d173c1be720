"""What a text costs: parts times the price of its country, and unknown where nobody typed a price."""

import pytest

from repairshop.money import AmountNotUnderstood
from repairshop.notifications.costs import TextCost, cost_of, parse_part_price, part_price_text
from repairshop.notifications.rules import Channel
from repairshop.phone import country_of

PRICES = {"GB": 407, "US": 83, "ES": 0}


@pytest.mark.parametrize(
    ("number", "text", "expected"),
    [
        ("+447700900123", "a {link}", TextCost(parts=1, hundredths=407)),
        ("+447700900123", "a" * 200, TextCost(parts=2, hundredths=814)),
        ("+447700900123", "ж" * 71, TextCost(parts=2, hundredths=814)),
        ("+34612345678", "a", TextCost(parts=1, hundredths=0)),
        ("+4915112345678", "a", TextCost(parts=1, hundredths=None)),
        ("", "a", TextCost(parts=1, hundredths=None)),
    ],
)
def test_a_text_costs_its_parts_at_the_price_of_its_country(
    number: str, text: str, expected: TextCost
) -> None:
    assert cost_of(Channel.SMS, text, number, PRICES) == expected


def test_a_mail_and_a_call_cost_nothing_that_is_counted() -> None:
    assert cost_of(Channel.EMAIL, "a", "carl@example.com", PRICES) == TextCost()
    assert cost_of(Channel.CALL, "a", "+447700900123", PRICES) == TextCost()


@pytest.mark.parametrize(
    ("text", "currency", "hundredths"),
    [
        ("0.0407", "GBP", 407),
        ("£0.0407", "GBP", 407),
        ("0,0407 €", "EUR", 407),
        ("0.04071", "GBP", 408),
        ("0", "GBP", 0),
        ("12.5", "JPY", 1250),
        ("USD 0.0083", "USD", 83),
    ],
)
def test_a_price_is_read_as_people_and_providers_write_it(text: str, currency: str, hundredths: int) -> None:
    assert parse_part_price(text, currency=currency, field="price") == hundredths


@pytest.mark.parametrize("text", ["-1", "free", "1e9", "0.04.07", "99999", "11", "NaN", "٣", "1,000,000"])
def test_what_no_text_costs_is_refused_at_its_field(text: str) -> None:
    with pytest.raises(AmountNotUnderstood) as refused:
        parse_part_price(text, currency="GBP", field="price_GB")

    assert refused.value.field == "price_GB"


@pytest.mark.parametrize("hundredths", [0, 1, 407, 1250, 10_0000])
def test_a_price_shown_is_the_price_read(hundredths: int) -> None:
    shown = part_price_text(hundredths, currency="GBP")

    assert parse_part_price(shown, currency="GBP", field="price") == hundredths


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+447700900123", "GB"),
        ("+12025550123", "US"),
        ("+34612345678", "ES"),
        ("+80012345678", ""),
        ("", ""),
        ("x", ""),
    ],
)
def test_the_country_of_a_number(number: str, country: str) -> None:
    assert country_of(number) == country
