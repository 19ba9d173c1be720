"""What a quote says: options with lines, price and maximum, dates with their basis. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from repairshop.errors import Refused
from repairshop.money import Money, tax_inside, total
from repairshop.parts.rules import PartOrigin

MOST_LINES = 40  # of all options together
MOST_OPTIONS = 4
MOST_MINUTES = 6000  # of one line of work: a hundred hours
# Far above any repair; a slip of the decimal point, or an attack on the column.
HIGHEST_AMOUNT_MINOR = 100_000_000


class LineKind(StrEnum):
    PART = "part"
    WORK = "work"


class DatesBasis(StrEnum):
    """Where the two dates come from; the customer reads it beside them."""

    PROMISED = "promised"  # they were told before
    LIKE_REPAIRS = "like_repairs"  # half of like repairs are done by the first, 8 in 10 by the second
    USUAL_DAYS = "usual_days"  # the fault's usual days, in days the shop is open
    BY_HAND = "by_hand"  # somebody who knows the device set them


class QuoteEmpty(Refused):
    """A quote names at least one part or piece of work, and so does each of its options."""


class TooManyLines(Refused):
    """Nobody reads that many lines on a phone."""


class TooManyOptions(Refused):
    """More than four do not stand side by side, and nobody weighs them."""


class OptionNeedsName(Refused):
    """Options side by side are told apart by their names."""


class OptionNamedTwice(Refused):
    """Two options of one name cannot be told apart on the phone."""


class AmountOutOfRange(Refused):
    """Below zero, or above what the shop can mean."""


class LineNeedsWords(Refused):
    """A line says what it is for."""


class PartNeedsOrigin(Refused):
    """The customer is told where a part comes from before they agree to it."""


class NoHourlyRate(Refused):
    """Minutes make a price only where the shop has set what an hour costs."""


class MaximumBelowPrice(Refused):
    """The most it can cost is not below the price."""


class NothingAsked(Refused):
    """Every line may be left out, so nothing is left to agree to."""


class DatesMissing(Refused):
    """The customer is told two dates before they agree."""


class ValidUntilOver(Refused):
    """The last day to answer is over."""


class FeeNotTold(Refused):
    """A diagnosis is charged for only if the customer heard the fee beforehand."""


class FeeToldInTheFuture(Refused):
    """Nobody was told later than now."""


class FeeToldTooLate(Refused):
    """The customer heard the fee only after the diagnosis had begun, so it cannot be charged."""


class FeeAboveTold(Refused):
    """More than the customer heard when the device came in."""


class Priced(Protocol):
    """A line as far as money goes."""

    @property
    def quantity(self) -> int: ...

    @property
    def unit_price_minor(self) -> int: ...


class Lined(Protocol):
    """Something that holds lines."""

    @property
    def lines(self) -> Sequence[object]: ...


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
    feature_lost: str = ""  # what no longer works with the part
    source: str = ""  # where both are known from, and as of when
    warranty_days: int = 0  # on the part
    part_id: int | None = None  # of the catalogue, where the line was taken from there
    minutes: int = 0  # of work: how long it takes
    hourly_rate_minor: int | None = None  # of work whose price is its minutes at this rate

    @property
    def total_minor(self) -> int:
        return self.quantity * self.unit_price_minor


def work_price_minor(minutes: int, *, hourly_rate_minor: int) -> int:
    """What so many minutes cost, rounded half up once."""
    return (2 * minutes * hourly_rate_minor + 60) // 120


@dataclass(frozen=True, kw_only=True)
class OptionTerms:
    """One way to do the repair, with its own price and maximum."""

    lines: tuple[QuoteLine, ...]
    at_most_minor: int
    label: str = ""

    @property
    def price_minor(self) -> int:
        return sum(line.total_minor for line in self.lines)

    def without_extras(self) -> "OptionTerms":
        asked = tuple(line for line in self.lines if not line.optional)
        left_out = self.price_minor - sum(line.total_minor for line in asked)
        return replace(self, lines=asked, at_most_minor=self.at_most_minor - left_out)


@dataclass(frozen=True, kw_only=True)
class QuoteTerms:
    """Everything the customer agrees to. Immutable once sent; the hash is made from it."""

    currency: str
    tax_name: str
    tax_rate_basis_points: int
    options: tuple[OptionTerms, ...]
    earliest: date
    latest: date
    valid_until: date
    dates_basis: DatesBasis | None = None
    diagnosis_fee_minor: int = 0
    diagnosis_fee_told_at: datetime | None = None
    like_new_minor: int | None = None  # what another device like it, as new, costs
    message: str = ""

    @property
    def is_choice(self) -> bool:
        """Whether there is more than one way."""
        return len(self.options) > 1

    @property
    def price(self) -> Money | None:
        """What it costs; None while the customer has to choose between options."""
        return None if self.is_choice else self.money(self.options[0].price_minor)

    @property
    def at_most(self) -> Money | None:
        return None if self.is_choice else self.money(self.options[0].at_most_minor)

    def money(self, minor: int) -> Money:
        return Money(minor=minor, currency=self.currency)

    def without_extras(self) -> "QuoteTerms":
        """The asked repair alone: what may be done without asking, within a limit."""
        return replace(self, options=tuple(option.without_extras() for option in self.options))


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


def require_terms(terms: QuoteTerms, *, today: date, at: datetime) -> None:
    """Everything a customer must be told is there; the dates themselves are the promises' business."""
    if not any(option.lines for option in terms.options):
        raise QuoteEmpty
    require_size(terms.options)
    number = 0
    for position, option in enumerate(terms.options):
        _require_option(terms, position=position, first_line=number)
        number += len(option.lines)
    _require_different_names(terms.options)
    _require_fee_told(terms, at=at)
    if terms.valid_until < today:
        raise ValidUntilOver(field="valid_until")


def require_size(options: Sequence[Lined]) -> None:
    if len(options) > MOST_OPTIONS:
        raise TooManyOptions(most=MOST_OPTIONS)
    if sum(len(option.lines) for option in options) > MOST_LINES:
        raise TooManyLines(most=MOST_LINES)


def _require_option(terms: QuoteTerms, *, position: int, first_line: int) -> None:
    option = terms.options[position]
    if terms.is_choice and not option.label:
        raise OptionNeedsName(field=f"options-{position}-label")
    if not option.lines:
        raise QuoteEmpty(field=f"options-{position}-label")
    for number, line in enumerate(option.lines, first_line):
        require_line(line, position=number)
    if all(line.optional for line in option.lines):
        raise NothingAsked
    require_amount(option.at_most_minor, field=f"options-{position}-at_most")
    if option.at_most_minor < option.price_minor:
        raise MaximumBelowPrice(field=f"options-{position}-at_most", price=terms.money(option.price_minor))


def _require_different_names(options: Sequence[OptionTerms]) -> None:
    seen: set[str] = set()
    for position, option in enumerate(options):
        if option.label.casefold() in seen:
            raise OptionNamedTwice(field=f"options-{position}-label", name=option.label)
        seen.add(option.label.casefold())


def _require_fee_told(terms: QuoteTerms, *, at: datetime) -> None:
    require_amount(terms.diagnosis_fee_minor, field="diagnosis_fee")
    require_amount(terms.like_new_minor or 0, field="like_new")
    if not terms.diagnosis_fee_minor:
        return
    if terms.diagnosis_fee_told_at is None:
        raise FeeNotTold(field="diagnosis_fee_told_at")
    if terms.diagnosis_fee_told_at > at + timedelta(minutes=1):
        raise FeeToldInTheFuture(field="diagnosis_fee_told_at")


def require_fee_in_time(terms: QuoteTerms, *, told: Money | None, began_at: datetime | None) -> None:
    """A diagnosis is charged for only as it was told before it began (Directive (EU) 2024/1799, Article 4).

    `told` is the fee named when the device came in, None where none was; `began_at` is None before.
    """
    fee = terms.money(terms.diagnosis_fee_minor)
    if not fee.minor:
        return
    if told is not None and fee.minor > told.minor:
        raise FeeAboveTold(field="diagnosis_fee", told=told)
    told_at = terms.diagnosis_fee_told_at
    if told_at is not None and began_at is not None and told_at > began_at:
        raise FeeToldTooLate(field="diagnosis_fee_told_at", began_at=began_at)


def require_line(line: QuoteLine, *, position: int) -> None:
    """A line that stands in what a customer agrees to; `position` names its fields in the form."""
    if not line.description:
        raise LineNeedsWords(field=f"lines-{position}-description")
    if line.quantity < 1:
        raise AmountOutOfRange(field=f"lines-{position}-quantity")
    if not 0 <= line.minutes <= MOST_MINUTES:
        raise AmountOutOfRange(field=f"lines-{position}-minutes")
    require_amount(line.total_minor, field=f"lines-{position}-unit_price")
    require_amount(line.unit_price_minor, field=f"lines-{position}-unit_price")
    if line.kind is LineKind.PART and line.origin is None:
        raise PartNeedsOrigin(field=f"lines-{position}-origin")


def require_amount(minor: int, *, field: str) -> None:
    if not 0 <= minor <= HIGHEST_AMOUNT_MINOR:
        raise AmountOutOfRange(field=field)


def end_of_day(day: date, *, time_zone: str) -> datetime:
    """The first moment after `day` in the shop's zone: a quote is valid through its last day."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(time_zone))
