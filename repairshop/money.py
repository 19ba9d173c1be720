"""Money in integer minor units with its currency, and tax computed on the document."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


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
