"""Drafts and sent quotes for tests."""

from datetime import date
from typing import Any

from repairshop.parts.rules import PartOrigin
from repairshop.quotes import service
from repairshop.quotes.draft_queries import DraftOption
from repairshop.quotes.drafts import DraftContent, save_draft
from repairshop.quotes.queries import get_current_quote
from repairshop.quotes.rows import QuoteRow
from repairshop.quotes.rules import Channel, Evidence
from repairshop.quotes.terms import LineKind, QuoteLine
from repairshop.staff.rules import Actor
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket

SCREEN = QuoteLine(
    kind=LineKind.PART,
    description="Screen",
    unit_price_minor=7400,
    origin=PartOrigin.NEW_ORIGINAL,
    device_will_show="Nothing: the part is known to the maker",
)
WORK = QuoteLine(kind=LineKind.WORK, description="Fitting, 45 minutes", unit_price_minor=3100)
BATTERY = QuoteLine(
    kind=LineKind.PART,
    description="Battery",
    unit_price_minor=2400,
    origin=PartOrigin.AFTERMARKET,
    optional=True,
    device_will_show="Unknown part",
)
CHEAP_SCREEN = QuoteLine(
    kind=LineKind.PART,
    description="Screen",
    unit_price_minor=4200,
    origin=PartOrigin.AFTERMARKET,
    device_will_show="Unknown part",
)
COPYING = QuoteLine(kind=LineKind.WORK, description="Copying your data", unit_price_minor=6000)
AT_THE_COUNTER = Evidence(channel=Channel.COUNTER, consented_by="Carl Cooper")


ORIGINAL = DraftOption(label="Original part", lines=(SCREEN, WORK), at_most_minor=11500)
AFTERMARKET = DraftOption(label="Aftermarket part", lines=(CHEAP_SCREEN, WORK, BATTERY), at_most_minor=9900)
RESCUE = DraftOption(label="Data rescue only", lines=(COPYING,))


def content(**changes: Any) -> DraftContent:
    """One way, of `lines` and `at_most_minor`, unless `options` are given."""
    way = DraftOption(
        lines=tuple(changes.pop("lines", (SCREEN, WORK, BATTERY))),
        at_most_minor=changes.pop("at_most_minor", 13900),
    )
    facts: dict[str, Any] = {
        "options": (way,),
        "earliest": date(2026, 3, 5),
        "latest": date(2026, 3, 6),
        "message": "The glass is broken, the picture below it too.",
    }
    return DraftContent(**{**facts, **changes})


def draft(reference: str, *, by: Actor, **changes: Any) -> None:
    with transaction():
        save_draft(reference, content(**changes), by=by)


def quoted_ticket(by: Actor, **changes: Any) -> str:
    """A ticket whose customer has to decide about version 1."""
    reference = make_ticket(by, stage=Stage.DIAGNOSING)
    draft(reference, by=by, **changes)
    with transaction():
        service.send_quote(reference, by=by)
    return reference


def current(reference: str) -> QuoteRow:
    quote = get_current_quote(get_ticket(reference).id)
    assert quote is not None
    return quote


def approve(reference: str, *, by: Actor, **changes: Any) -> None:
    facts: dict[str, Any] = {"quote_id": current(reference).id, "evidence": AT_THE_COUNTER}
    with transaction():
        service.approve(reference, by=by, **{**facts, **changes})
