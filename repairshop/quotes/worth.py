"""Repair or replace, as sums over open assumptions; the customer draws the conclusion. Pure."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from repairshop.money import Money

# Where nobody says otherwise; each is shown and can be changed.
YEARS_AFTER_REPAIR = Decimal(2)
YEARS_OF_NEW = Decimal(4)


@dataclass(frozen=True, kw_only=True)
class Footprint:
    """Of making one device: estimates by type, not of this device."""

    weight_kg: Decimal
    co2e_kg: Decimal


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What the sums rest on; None: not said."""

    years_after_repair: Decimal = YEARS_AFTER_REPAIR
    years_of_new: Decimal = YEARS_OF_NEW
    like_new: Money | None = None
    age_years: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class RepairSum:
    """One option spread over the years it is assumed to give."""

    label: str
    price: Money
    per_year: Money


@dataclass(frozen=True, kw_only=True)
class Worth:
    """Both ways side by side, without a verdict."""

    assumed: Assumptions
    repairs: tuple[RepairSum, ...]
    new_per_year: Money | None  # None while nobody has named a price
    age_at_the_end: Decimal | None
    footprint: Footprint | None  # None for a type without figures
    new_co2e_per_year: Decimal | None


def per_year(amount: Money, years: Decimal) -> Money:
    """The amount spread over the years, to the nearest minor unit."""
    minor = (Decimal(amount.minor) / years).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return Money(minor=int(minor), currency=amount.currency)


def weigh(options: tuple[tuple[str, Money], ...], assumed: Assumptions, footprint: Footprint | None) -> Worth:
    """`options` are labels and the price of what was asked for, without extras."""
    after, new = assumed.years_after_repair, assumed.years_of_new
    return Worth(
        assumed=assumed,
        repairs=tuple(
            RepairSum(label=label, price=price, per_year=per_year(price, after)) for label, price in options
        ),
        new_per_year=per_year(assumed.like_new, new) if assumed.like_new else None,
        age_at_the_end=None if assumed.age_years is None else assumed.age_years + after,
        footprint=footprint,
        new_co2e_per_year=(footprint.co2e_kg / new).quantize(Decimal("0.1")) if footprint else None,
    )
