"""Every document of the family, with the same words in each free text; and what those words may be."""

import dataclasses
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from repairshop.money import Money
from repairshop.reports import documents, facts
from repairshop.reports.documents import Document
from repairshop.reports.form_documents import draw_form
from repairshop.reports.pass_documents import pass_pdf
from repairshop.reports.quote_documents import quote_pdf
from repairshop.reports.rules import PLAIN, LabelSize, Look, Picture
from repairshop.reports.slip_documents import slip_pdf
from repairshop.reports.wipe_documents import wipe_pdf
from tests.reports import samples

# Keys have their words in the templates; they are never a stranger's.
_KEYS = frozenset(
    {
        "country",
        "time_zone",
        "language",
        "device_type",
        "purpose",
        "origin",
        "pairing",
        "role",
        "stage",
        "outcome",
        "code",
        "before",
        "after",
        "day_head_of",
        "sha256",
        "step",
        "barrier",
        "method",
        "check",
        "destination",
        "kind",
        "channel",
        "ticket_number",
    }
)


def filled(value: Any, text: str | None) -> Any:
    """The same facts with every free text replaced; as they are without a text."""
    if text is None or value is None or isinstance(value, Money | Picture | Enum | datetime | date | Decimal):
        return value
    if isinstance(value, str):
        return text
    if isinstance(value, tuple):
        return tuple(filled(item, text) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        if type(value).__name__ == "Detail":
            return value
        return dataclasses.replace(
            value,
            **{
                field.name: filled(getattr(value, field.name), text)
                for field in dataclasses.fields(value)
                if field.name not in _KEYS
            },
        )
    return value


def _in(kind: Any, language: str, text: str | None) -> Any:
    """A sample in a language; the shop stays one, its name included where the text is none."""
    return filled(dataclasses.replace(kind, shop=dataclasses.replace(samples.SHOP, language=language)), text)


def _form(language: str, text: str | None, look: Look) -> Document:
    form = filled(samples.FORM, text)
    shop = filled(dataclasses.replace(samples.SHOP, language=language), text)
    return draw_form(form, shop=shop, look=look, kept=facts.plain({"more": form.more}), at=samples.AT)


FAMILY: dict[str, Callable[[str, str | None, Look], Document]] = {
    **{
        f"label {size}": lambda language, text, _look, size=size: documents.label_pdf(
            _in(samples.label(size), language, text)
        )
        for size in LabelSize
    },
    "codes": lambda language, text, _look: documents.code_sheet_pdf(_in(samples.CODES, language, text)),
    "receipt": lambda language, text, look: documents.receipt_pdf(
        _in(samples.RECEIPT, language, text), link=samples.LINK, look=look
    ),
    "quote": lambda language, text, look: quote_pdf(_in(samples.QUOTE, language, text), look=look),
    "answered quote": lambda language, text, look: quote_pdf(
        _in(
            dataclasses.replace(
                samples.QUOTE, ways=samples.WAYS[:1], answers=(samples.APPROVED,), is_open=False
            ),
            language,
            text,
        ),
        look=look,
    ),
    "repair form": _form,
    "report": lambda language, text, look: documents.report_pdf(
        _in(samples.REPORT, language, text), at=samples.LATER, check_address=samples.CHECK, look=look
    ),
    "report of a claim": lambda language, text, look: documents.report_pdf(
        _in(dataclasses.replace(samples.REPORT, claim=samples.CLAIM), language, text),
        at=samples.LATER,
        check_address=samples.CHECK,
        look=look,
    ),
    "slip": lambda language, text, look: slip_pdf(_in(samples.SLIP, language, text), look=look),
    "slip of a carrier": lambda language, text, look: slip_pdf(
        _in(samples.SENT_SLIP, language, text), look=look
    ),
    "pickup pass": lambda language, text, look: pass_pdf(_in(samples.PASS, language, text), look=look),
    "certificate": lambda language, text, look: wipe_pdf(_in(samples.WIPE, language, text), look=look),
    "loaner's certificate": lambda language, text, look: wipe_pdf(
        _in(samples.LOANERS_WIPE, language, text), look=look
    ),
}


def draw(name: str, *, language: str = "en", text: str | None = None, look: Look = PLAIN) -> Document:
    """A document of the family by its name."""
    return FAMILY[name](language, text, look)
