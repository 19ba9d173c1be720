"""The European Repair Information Form (Directive (EU) 2024/1799, Article 4 and Annex I). Pure.

Giving it is the repairer's choice and free of charge; once given, its conditions hold for at least 30 days.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from repairshop.errors import Refused
from repairshop.quotes.terms import OptionTerms, QuoteTerms, require_amount
from repairshop.staff.rules import FORM_COUNTRIES, FormPolicy

LEAST_DAYS = 30


class FormTooShort(Refused):
    """The conditions of the form hold for at least 30 days."""


class ReplacementNotSaid(Refused):
    """The form says whether there is a device to borrow meanwhile, and what it costs."""


class FormHolds(Refused):
    """The conditions of the form that was given still hold; only the customer can agree to others."""


# Further services the form names with what each costs.
SERVICES = ("removal", "installation", "transport")


@dataclass(frozen=True, kw_only=True)
class FormExtras:
    """What the form says and a quote does not.

    Amounts in minor units, tax included; 0 is not charged for, or not done.
    """

    replacement: bool | None = None  # a device to borrow meanwhile; None: not said yet
    replacement_minor: int = 0
    place: str = ""  # where the device is handed over; empty: the shop
    removal_minor: int = 0
    installation_minor: int = 0
    transport_minor: int = 0
    more: str = ""

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "FormExtras":
        return cls(**{name: value for name, value in kept.items() if name in cls.__dataclass_fields__})


NOTHING_SAID = FormExtras()


def gives_form(policy: FormPolicy, *, country: str) -> bool:
    """Whether a quote of this shop comes with the form."""
    return policy is FormPolicy.WITH_QUOTES and country in FORM_COUNTRIES


def valid_until_by_default(today: date, *, quote_days: int, with_form: bool) -> date:
    """The last day to answer when nobody chose one."""
    return today + timedelta(days=max(quote_days, LEAST_DAYS) if with_form else quote_days)


def require_form(extras: FormExtras, terms: QuoteTerms, *, today: date) -> None:
    """Everything the form has to say is there, for as long as it has to hold."""
    if terms.valid_until < today + timedelta(days=LEAST_DAYS):
        raise FormTooShort(field="valid_until", days=LEAST_DAYS, day=today + timedelta(days=LEAST_DAYS))
    if extras.replacement is None:
        raise ReplacementNotSaid(field="form_replacement")
    require_form_amounts(extras)


def require_form_amounts(extras: FormExtras) -> None:
    require_amount(extras.replacement_minor, field="form_replacement_cost")
    for name in SERVICES:
        require_amount(getattr(extras, f"{name}_minor"), field=f"form_{name}")


@dataclass(frozen=True, kw_only=True)
class Repairer:
    """Who repairs, as the form names them."""

    name: str
    street: str
    city: str
    country: str
    phone: str
    email: str
    time_zone: str


@dataclass(frozen=True, kw_only=True)
class Goods:
    """What is to be repaired."""

    label: str
    serial: str
    imei: str
    defect: str


def form_facts(
    terms: QuoteTerms,
    extras: FormExtras,
    *,
    repairer: Repairer,
    goods: Goods,
    language: str,
    version: int,
    quote_hash: str,
    today: date,
) -> dict[str, Any]:
    """The whole form in JSON's own types; with its conditions nothing of it changes either."""
    return {
        "language": language,
        "issued_on": today.isoformat(),
        "valid_until": terms.valid_until.isoformat(),
        "quote": [version, quote_hash],
        "repairer": {name: getattr(repairer, name) for name in repairer.__dataclass_fields__},
        "goods": {name: getattr(goods, name) for name in goods.__dataclass_fields__},
        "currency": terms.currency,
        "tax": [terms.tax_name, terms.tax_rate_basis_points],
        "options": [_option(option) for option in terms.options],
        "diagnosis_fee_minor": terms.diagnosis_fee_minor,
        "time": [terms.earliest.isoformat(), terms.latest.isoformat()],
        "extras": extras.as_json(),
    }


def _option(option: OptionTerms) -> dict[str, Any]:
    return {
        "label": option.label,
        "price_minor": option.price_minor,
        "at_most_minor": option.at_most_minor,
        "lines": [
            {
                "kind": line.kind.value,
                "description": line.description,
                "quantity": line.quantity,
                "total_minor": line.total_minor,
                "optional": line.optional,
                "minutes": line.minutes,
                "hourly_rate_minor": line.hourly_rate_minor,
            }
            for line in option.lines
        ],
    }


def form_hash(facts: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical text: sorted keys, no spaces, UTF-8."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def require_form_free(valid_until: date | None, *, today: date, agreed: bool) -> None:
    """Other conditions, or none, while a form holds: only where the customer agreed to that."""
    if valid_until is not None and today <= valid_until and not agreed:
        raise FormHolds(field="consented_by", day=valid_until)
