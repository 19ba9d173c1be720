"""Money in integer minor units with its currency, and tax computed on the document."""

import re
import string
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from babel.numbers import get_currency_precision

from repairshop.errors import Refused

LARGEST_MINOR = 10_000_000_00
_CURRENCY_SIGNS = "£€$¥₹₩₺₽" + string.ascii_letters


class AmountNotUnderstood(Refused):
    """The text is no amount of money, or one that no repair costs."""


@dataclass(frozen=True, kw_only=True, order=True)
class Money:
    """An amount in minor units (pence, cents); `currency` is an ISO 4217 code such as "GBP"."""

    minor: int
    currency: str

    def __add__(self, other: Self) -> "Money":
        self._require_same_currency(other)
        return Money(minor=self.minor + other.minor, currency=self.currency)

    def __sub__(self, other: Self) -> "Money":
        self._require_same_currency(other)
        return Money(minor=self.minor - other.minor, currency=self.currency)

    def _require_same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")


def total(amounts: Iterable[Money], *, currency: str) -> Money:
    """The sum; zero in `currency` when there are none."""
    result = Money(minor=0, currency=currency)
    for amount in amounts:
        result += amount
    return result


def tax_inside(gross: Money, *, rate_basis_points: int) -> Money:
    """The tax contained in a gross amount, rounded half up once, on the document's total.

    `rate_basis_points` is hundredths of a per cent: 20 % is 2000.
    """
    numerator = gross.minor * rate_basis_points
    denominator = 10_000 + rate_basis_points
    return Money(minor=(2 * numerator + denominator) // (2 * denominator), currency=gross.currency)


def parse_amount(text: str, *, currency: str, field: str | None = None) -> int:
    """What a person typed ("120", "1,299.50", "£85", "85,5 €") in minor units of the currency.

    The last point or comma splits off the minor part when as many digits follow as the currency has, or one;
    any other separates thousands. AmountNotUnderstood(field=...) for everything else.
    """
    precision = get_currency_precision(currency)
    digits = "".join(text.split()).strip(_CURRENCY_SIGNS)
    match = re.fullmatch(r"([0-9.,]+?)(?:[.,]([0-9]{1,2}))?" if precision else r"([0-9.,]+)()", digits)
    if match is None or not re.fullmatch(r"[0-9]+|[0-9]{1,3}(?:[.,][0-9]{3})+", match[1]):
        raise AmountNotUnderstood(field=field, text=text)
    minor = int(re.sub(r"[.,]", "", match[1]) + (match[2] or "").ljust(precision, "0"))
    if minor > LARGEST_MINOR:
        raise AmountNotUnderstood(field=field, text=text)
    return minor


def amount_text(minor: int, *, currency: str) -> str:
    """The amount as a field shows it: 12950 is "129.50", 12900 is "129"."""
    precision = get_currency_precision(currency)
    whole, rest = divmod(minor, 10**precision)
    return f"{whole}.{rest:0{precision}}" if rest else str(whole)
