"""What texts cost: parts times the price of a part in the country of the number. Pure.

Providers name prices with four decimals, so they are kept in hundredths of a minor unit: 4.07 pence is 407.
A price nobody has typed is unknown, not nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from babel.numbers import get_currency_precision

from repairshop.money import AmountNotUnderstood
from repairshop.notifications.filling import parts_with_link
from repairshop.notifications.rules import Channel
from repairshop.phone import country_of

HUNDREDTHS = 100


@dataclass(frozen=True, kw_only=True)
class TextCost:
    """`parts` is None for what is no text; `hundredths` are of a minor unit, None where no price is known."""

    parts: int | None = None
    hundredths: int | None = None


def cost_of(channel: Channel, text: str, recipient: str, prices: Mapping[str, int]) -> TextCost:
    """What sending these words to this number costs at most: measured with the longest link."""
    if channel is not Channel.SMS:
        return TextCost()
    parts = parts_with_link(text)
    price = prices.get(country_of(recipient))
    return TextCost(parts=parts, hundredths=None if price is None else parts * price)


# Ten pounds a part: the dearest country costs less than a tenth of it.
_LARGEST = 10_00 * HUNDREDTHS
_SIGNS = re.compile(r"[£€$¥\s]|[A-Za-z]{1,3}")


def parse_part_price(text: str, *, currency: str, field: str) -> int:
    """What a person typed ("0.0407", "0,04 €") in hundredths of a minor unit, rounded up where it is finer.

    AmountNotUnderstood(field=...) for everything else, and for what no text costs.
    """
    digits = _SIGNS.sub("", text).replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,8})?", digits):
        raise AmountNotUnderstood(field=field, text=text)
    exact = Decimal(digits).scaleb(get_currency_precision(currency) + 2)
    hundredths = int(exact.to_integral_value(ROUND_CEILING))
    if hundredths > _LARGEST:
        raise AmountNotUnderstood(field=field, text=text)
    return hundredths


def part_price_text(hundredths: int, *, currency: str) -> str:
    """The price as a field shows it: 407 is "0.0407"."""
    return f"{Decimal(hundredths).scaleb(-get_currency_precision(currency) - 2):f}"
