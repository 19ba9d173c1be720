"""What a quote says: lines, price and maximum, dates; and the hash that proves it never changed. Pure."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from repairshop.errors import Refused
from repairshop.money import Money, tax_inside, total
from repairshop.parts.rules import PartOrigin

MOST_LINES = 40
# Far above any repair; a slip of the decimal point, or an attack on the column.
HIGHEST_AMOUNT_MINOR = 100_000_000


class LineKind(StrEnum):
    PART = "part"
    WORK = "work"


class QuoteEmpty(Refused):
    """A quote names at least one part or piece of work."""


class TooManyLines(Refused):
    """Nobody reads that many lines on a phone."""


class AmountOutOfRange(Refused):
    """Below zero, or above what the shop can mean."""


class LineNeedsWords(Refused):
    """A line says what it is for."""


class PartNeedsOrigin(Refused):
    """The customer is told where a part comes from before they agree to it."""


class MaximumBelowPrice(Refused):
    """The most it can cost is not below the price."""


class NothingAsked(Refused):
    """Every line may be left out, so nothing is left to agree to."""


class DatesMissing(Refused):
    """The customer is told two dates before they agree."""


class ValidUntilOver(Refused):
    """The last day to answer is over."""


class Priced(Protocol):
    """A line as far as money goes."""

    @property
    def quantity(self) -> int: ...

    @property
    def unit_price_minor(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class QuoteLine:
    """A part or a piece of work; amounts in minor units of the shop's currency, tax included."""

    kind: LineKind
    description: str
    quantity: int = 1
    unit_price_minor: int = 0
    optional: bool = False  # the customer may leave it out
    origin: PartOrigin | None = None  # of a part
    device_will_show: str = ""  # what the maker's software will say about the part

    @property
    def total_minor(self) -> int:
        return self.quantity * self.unit_price_minor


@dataclass(frozen=True, kw_only=True)
class QuoteTerms:
    """Everything the customer agrees to. Immutable once sent; the hash is made from it."""

    currency: str
    tax_name: str
    tax_rate_basis_points: int
    lines: tuple[QuoteLine, ...]
    at_most_minor: int
    earliest: date
    latest: date
    valid_until: date
    diagnosis_fee_minor: int = 0
    message: str = ""
    option_label: str = ""

    @property
    def price_minor(self) -> int:
        return sum(line.total_minor for line in self.lines)

    @property
    def price(self) -> Money:
        return Money(minor=self.price_minor, currency=self.currency)

    @property
    def at_most(self) -> Money:
        return Money(minor=self.at_most_minor, currency=self.currency)

    def without_extras(self) -> "QuoteTerms":
        """The asked repair alone: what may be done without asking, within a limit."""
        asked = tuple(line for line in self.lines if not line.optional)
        left_out = self.price_minor - sum(line.total_minor for line in asked)
        return replace(self, lines=asked, at_most_minor=self.at_most_minor - left_out)


def price_of(lines: Iterable[Priced], *, currency: str) -> Money:
    """The sum of the lines: the only way a price comes about."""
    amounts = (Money(minor=line.quantity * line.unit_price_minor, currency=currency) for line in lines)
    return total(amounts, currency=currency)


def tax_of(price: Money, *, rate_basis_points: int) -> Money:
    """The tax inside the document's total, rounded once."""
    return tax_inside(price, rate_basis_points=rate_basis_points)


def at_most_for(chosen: Money, *, price: Money, at_most: Money) -> Money:
    """The most a chosen part of the quote can cost: the quote's own margin stays as it is."""
    return chosen + (at_most - price)


def require_terms(terms: QuoteTerms, *, today: date) -> None:
    """Everything a customer must be told is there; the dates themselves are the promises' business."""
    if not terms.lines:
        raise QuoteEmpty
    if len(terms.lines) > MOST_LINES:
        raise TooManyLines(most=MOST_LINES)
    for position, line in enumerate(terms.lines):
        _require_line(line, position=position)
    if all(line.optional for line in terms.lines):
        raise NothingAsked
    require_amount(terms.diagnosis_fee_minor, field="diagnosis_fee")
    require_amount(terms.at_most_minor, field="at_most")
    if terms.at_most_minor < terms.price_minor:
        raise MaximumBelowPrice(field="at_most", price=terms.price)
    if terms.valid_until < today:
        raise ValidUntilOver(field="valid_until")


def _require_line(line: QuoteLine, *, position: int) -> None:
    if not line.description:
        raise LineNeedsWords(field=f"lines-{position}-description")
    if line.quantity < 1:
        raise AmountOutOfRange(field=f"lines-{position}-quantity")
    require_amount(line.total_minor, field=f"lines-{position}-unit_price")
    require_amount(line.unit_price_minor, field=f"lines-{position}-unit_price")
    if line.kind is LineKind.PART and line.origin is None:
        raise PartNeedsOrigin(field=f"lines-{position}-origin")


def require_amount(minor: int, *, field: str) -> None:
    if not 0 <= minor <= HIGHEST_AMOUNT_MINOR:
        raise AmountOutOfRange(field=field)


def canonical(terms: QuoteTerms, *, ticket_code: str, version: int) -> str:
    """The quote as text that is the same wherever it is made: sorted keys, no spaces, UTF-8."""
    facts: dict[str, Any] = {
        "ticket": ticket_code,
        "version": version,
        "currency": terms.currency,
        "tax": [terms.tax_name, terms.tax_rate_basis_points],
        "option": terms.option_label,
        "lines": [
            [
                line.kind.value,
                line.description,
                line.quantity,
                line.unit_price_minor,
                line.optional,
                line.origin.value if line.origin else None,
                line.device_will_show,
            ]
            for line in terms.lines
        ],
        "price": terms.price_minor,
        "at_most": terms.at_most_minor,
        "dates": [terms.earliest.isoformat(), terms.latest.isoformat()],
        "valid_until": terms.valid_until.isoformat(),
        "diagnosis_fee": terms.diagnosis_fee_minor,
        "message": terms.message,
    }
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def quote_hash(terms: QuoteTerms, *, ticket_code: str, version: int) -> str:
    """SHA-256 of the canonical text: what the customer saw is what they agreed to."""
    return hashlib.sha256(canonical(terms, ticket_code=ticket_code, version=version).encode()).hexdigest()


def end_of_day(day: date, *, time_zone: str) -> datetime:
    """The first moment after `day` in the shop's zone: a quote is valid through its last day."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(time_zone))
