"""What texts cost: parts times the price of a part in the country of the number. Pure.

Providers name prices with four decimals, so they are kept in hundredths of a minor unit: 4.07 pence is 407.
A price nobody has typed is unknown, not nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

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
