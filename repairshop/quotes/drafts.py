"""The working draft: saved as often as one likes, read when a version is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from repairshop import clock
from repairshop.database import db
from repairshop.errors import Conflict
from repairshop.promises.queries import get_calendar
from repairshop.quotes.draft_queries import DraftRow
from repairshop.quotes.models import QuoteDraft, QuoteDraftLine
from repairshop.quotes.rules import DRAFT_STAGES, DraftNotNeeded
from repairshop.quotes.terms import (
    MOST_LINES,
    DatesMissing,
    QuoteLine,
    QuoteTerms,
    TooManyLines,
    require_amount,
)
from repairshop.staff.queries import get_shop
from repairshop.staff.rules import Actor
from repairshop.tickets.service import get_ticket_for_change


@dataclass(frozen=True, kw_only=True)
class DraftContent:
    """What somebody typed; `at_most_minor` None means the price itself."""

    lines: Sequence[QuoteLine] = ()
    at_most_minor: int | None = None
    earliest: date | None = None
    latest: date | None = None
    valid_until: date | None = None
    diagnosis_fee_minor: int = 0
    message: str = ""


def save_draft(
    reference: str, content: DraftContent, *, by: Actor, expected_draft_version: int | None = None
) -> None:
    """Keep the draft as it is typed; it need not be complete. Conflict when somebody else saved meanwhile.

    A draft is no act of the repair, so the history says nothing about it and undo stays possible.
    """
    ticket = get_ticket_for_change(reference, by=by)
    if ticket.stage not in DRAFT_STAGES:
        raise DraftNotNeeded
    _require_amounts(content)
    draft = db.session.get(QuoteDraft, ticket.id)
    if expected_draft_version is not None and expected_draft_version != (draft.version if draft else 0):
        raise Conflict("quote draft", reference)
    if draft is None:
        draft = QuoteDraft(ticket_id=ticket.id)
        db.session.add(draft)
    draft.at_most_minor = content.at_most_minor
    draft.earliest, draft.latest = content.earliest, content.latest
    draft.valid_until = content.valid_until
    draft.diagnosis_fee_minor = content.diagnosis_fee_minor
    draft.message = content.message
    draft.changed_at, draft.changed_by_id = clock.now(), by.staff_id
    draft.lines = [_draft_line(line, position) for position, line in enumerate(content.lines)]


def _require_amounts(content: DraftContent) -> None:
    if len(content.lines) > MOST_LINES:
        raise TooManyLines(most=MOST_LINES)
    require_amount(content.diagnosis_fee_minor, field="diagnosis_fee")
    require_amount(content.at_most_minor or 0, field="at_most")
    for position, line in enumerate(content.lines):
        require_amount(line.unit_price_minor, field=f"lines-{position}-unit_price")
        require_amount(line.total_minor, field=f"lines-{position}-unit_price")


def _draft_line(line: QuoteLine, position: int) -> QuoteDraftLine:
    return QuoteDraftLine(
        position=position,
        kind=line.kind,
        description=line.description,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        optional=line.optional,
        origin=line.origin,
        device_will_show=line.device_will_show,
    )


def terms_of(draft: DraftRow, *, shop_id: int, at: datetime) -> QuoteTerms:
    """What the customer would be told if the draft were sent now; DatesMissing without its two dates."""
    if draft.earliest is None or draft.latest is None:
        raise DatesMissing(field="earliest" if draft.earliest is None else "latest")
    shop = get_shop(shop_id)
    today = get_calendar(shop_id).local_day(at)
    return QuoteTerms(
        currency=shop.currency,
        tax_name=shop.tax_name,
        tax_rate_basis_points=shop.tax_rate_basis_points,
        lines=draft.lines,
        at_most_minor=_at_most(draft),
        earliest=draft.earliest,
        latest=draft.latest,
        valid_until=draft.valid_until or today + timedelta(days=shop.quote_valid_days),
        diagnosis_fee_minor=draft.diagnosis_fee_minor,
        message=draft.message,
    )


def _at_most(draft: DraftRow) -> int:
    price = sum(line.total_minor for line in draft.lines)
    return price if draft.at_most_minor is None else draft.at_most_minor


def find_terms(draft: DraftRow, *, shop_id: int, at: datetime) -> QuoteTerms | None:
    """The terms as far as they go, None while the two dates are missing."""
    try:
        return terms_of(draft, shop_id=shop_id, at=at)
    except DatesMissing:
        return None
