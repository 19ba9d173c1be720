"""The hash that proves a sent quote never changed. Pure."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from repairshop.quotes.terms import OptionTerms, QuoteLine, QuoteTerms


def canonical(terms: QuoteTerms, *, ticket_code: str, version: int) -> str:
    """The quote as text that is the same wherever it is made: sorted keys, no spaces, UTF-8.

    What a quote does not say is not in its text, so that facts added to quotes later leave the hashes of
    those already sent as they are.
    """
    first, *others = terms.options
    facts: dict[str, Any] = {
        "ticket": ticket_code,
        "version": version,
        "currency": terms.currency,
        "tax": [terms.tax_name, terms.tax_rate_basis_points],
        "option": first.label,
        "lines": _lines(first),
        "price": first.price_minor,
        "at_most": first.at_most_minor,
        "dates": [terms.earliest.isoformat(), terms.latest.isoformat()],
        "valid_until": terms.valid_until.isoformat(),
        "diagnosis_fee": terms.diagnosis_fee_minor,
        "message": terms.message,
    }
    if others:
        facts["others"] = [
            [option.label, _lines(option), option.price_minor, option.at_most_minor] for option in others
        ]
    told_at = terms.diagnosis_fee_told_at
    facts |= _said(
        dates_basis=terms.dates_basis.value if terms.dates_basis else None,
        diagnosis_fee_told_at=told_at.astimezone(UTC).isoformat() if told_at else None,
        like_new=terms.like_new_minor,
    )
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _lines(option: OptionTerms) -> list[list[Any]]:
    return [_line(line) for line in option.lines]


def _line(line: QuoteLine) -> list[Any]:
    later = _said(
        minutes=line.minutes or None,
        hourly_rate=line.hourly_rate_minor,
        feature_lost=line.feature_lost,
        source=line.source,
        warranty_days=line.warranty_days or None,
        part=line.part_id,
    )
    return [
        line.kind.value,
        line.description,
        line.quantity,
        line.unit_price_minor,
        line.optional,
        line.origin.value if line.origin else None,
        line.device_will_show,
        *([later] if later else []),
    ]


def _said(**facts: Any) -> dict[str, Any]:
    """Without what is empty; a rate of nothing is a fact, no rate is none."""
    return {name: value for name, value in facts.items() if value is not None and value != ""}


def quote_hash(terms: QuoteTerms, *, ticket_code: str, version: int) -> str:
    """SHA-256 of the canonical text: what the customer saw is what they agreed to."""
    return hashlib.sha256(canonical(terms, ticket_code=ticket_code, version=version).encode()).hexdigest()


def addition_hash(lines: Sequence[QuoteLine], *, ticket_code: str, reason: str, quote_hash: str) -> str:
    """SHA-256 over an addition and the quote it was added to."""
    facts = {
        "ticket": ticket_code,
        "quote": quote_hash,
        "reason": reason,
        "lines": [_line(line) for line in lines],
    }
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
