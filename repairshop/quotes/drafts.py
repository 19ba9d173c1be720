"""The working draft: saved as often as one likes, read when a version is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from repairshop import clock
from repairshop.database import db
from repairshop.errors import Conflict
from repairshop.promises.queries import get_calendar
from repairshop.promises.rules import PromisedDates
from repairshop.quotes.draft_queries import DraftOption, DraftRow, suggest
from repairshop.quotes.models import QuoteDraft, QuoteDraftLine, QuoteDraftOption
from repairshop.quotes.repair_form import (
    NOTHING_SAID,
    FormExtras,
    gives_form,
    require_form_amounts,
    valid_until_by_default,
)
from repairshop.quotes.rules import DRAFT_STAGES, DraftNotNeeded
from repairshop.quotes.terms import (
    DatesBasis,
    DatesMissing,
    OptionTerms,
    QuoteTerms,
    require_amount,
    require_size,
)
from repairshop.staff.queries import get_shop
from repairshop.staff.rules import Actor
from repairshop.tickets.models import Ticket
from repairshop.tickets.queries import get_head
from repairshop.tickets.service import get_ticket_for_change


@dataclass(frozen=True, kw_only=True)
class DraftContent:
    """What somebody typed."""

    options: Sequence[DraftOption] = (DraftOption(),)
    earliest: date | None = None
    latest: date | None = None
    valid_until: date | None = None
    diagnosis_fee_minor: int = 0
    diagnosis_fee_told_at: datetime | None = None
    like_new_minor: int | None = None
    message: str = ""
    form: FormExtras = NOTHING_SAID


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
    write_draft(ticket, content, basis=_basis_of(content, draft, reference, by=by), by=by)


def write_draft(ticket: Ticket, content: DraftContent, *, basis: DatesBasis | None, by: Actor) -> None:
    """Put the whole draft down; whoever has an older one open is told so when they save."""
    draft = db.session.get(QuoteDraft, ticket.id)
    if draft is None:
        draft = QuoteDraft(ticket_id=ticket.id)
        db.session.add(draft)
    draft.dates_basis = basis
    draft.earliest, draft.latest = content.earliest, content.latest
    draft.valid_until = content.valid_until
    draft.diagnosis_fee_minor = content.diagnosis_fee_minor
    draft.diagnosis_fee_told_at = content.diagnosis_fee_told_at
    draft.like_new_minor = content.like_new_minor
    draft.message, draft.form = content.message, content.form.as_json()
    draft.changed_at, draft.changed_by_id = clock.now(), by.staff_id
    draft.options = [
        QuoteDraftOption(position=position, label=option.label, at_most_minor=option.at_most_minor)
        for position, option in enumerate(content.options)
    ]
    draft.lines = _draft_lines(content.options)


def _basis_of(
    content: DraftContent, before: QuoteDraft | None, reference: str, *, by: Actor
) -> DatesBasis | None:
    """Where the typed dates come from; while they stay as they are, so does that."""
    if content.earliest is None or content.latest is None:
        return None
    if before and (before.earliest, before.latest) == (content.earliest, content.latest):
        return before.dates_basis or DatesBasis.BY_HAND
    suggestion = suggest(get_head(reference, shop_id=by.shop_id), at=clock.now())
    typed = PromisedDates(earliest=content.earliest, latest=content.latest)
    return suggestion.basis if suggestion and suggestion.dates == typed else DatesBasis.BY_HAND


def _require_amounts(content: DraftContent) -> None:
    require_size(content.options)
    require_amount(content.diagnosis_fee_minor, field="diagnosis_fee")
    require_amount(content.like_new_minor or 0, field="like_new")
    require_form_amounts(content.form)
    for number, option in enumerate(content.options):
        require_amount(option.at_most_minor or 0, field=f"options-{number}-at_most")
    for position, line in enumerate(line for option in content.options for line in option.lines):
        require_amount(line.unit_price_minor, field=f"lines-{position}-unit_price")
        require_amount(line.total_minor, field=f"lines-{position}-unit_price")


def _draft_lines(options: Sequence[DraftOption]) -> list[QuoteDraftLine]:
    lines = [(number, line) for number, option in enumerate(options) for line in option.lines]
    return [
        QuoteDraftLine(
            option_position=number,
            position=position,
            kind=line.kind,
            description=line.description,
            quantity=line.quantity,
            unit_price_minor=line.unit_price_minor,
            optional=line.optional,
            origin=line.origin,
            device_will_show=line.device_will_show,
            minutes=line.minutes,
            hourly_rate_minor=line.hourly_rate_minor,
            feature_lost=line.feature_lost,
            source=line.source,
            warranty_days=line.warranty_days,
            part_id=line.part_id,
        )
        for position, (number, line) in enumerate(lines)
    ]


def terms_of(draft: DraftRow, *, shop_id: int, at: datetime) -> QuoteTerms:
    """What the customer would be told if the draft were sent now; DatesMissing without its two dates."""
    if draft.earliest is None or draft.latest is None:
        raise DatesMissing(field="earliest" if draft.earliest is None else "latest")
    shop = get_shop(shop_id)
    today = get_calendar(shop_id).local_day(at)
    with_form = gives_form(shop.repair_form, country=shop.country)
    last_day = valid_until_by_default(today, quote_days=shop.quote_valid_days, with_form=with_form)
    return QuoteTerms(
        currency=shop.currency,
        tax_name=shop.tax_name,
        tax_rate_basis_points=shop.tax_rate_basis_points,
        options=tuple(
            OptionTerms(lines=option.lines, label=option.label, at_most_minor=_at_most(option))
            for option in draft.options
        ),
        earliest=draft.earliest,
        latest=draft.latest,
        dates_basis=draft.dates_basis,
        valid_until=draft.valid_until or last_day,
        diagnosis_fee_minor=draft.diagnosis_fee_minor,
        diagnosis_fee_told_at=draft.told_at if draft.diagnosis_fee_minor else None,
        like_new_minor=draft.like_new_minor,
        message=draft.message,
    )


def _at_most(option: DraftOption) -> int:
    price = sum(line.total_minor for line in option.lines)
    return price if option.at_most_minor is None else option.at_most_minor


def find_terms(draft: DraftRow, *, shop_id: int, at: datetime) -> QuoteTerms | None:
    """The terms as far as they go, None while the two dates are missing."""
    try:
        return terms_of(draft, shop_id=shop_id, at=at)
    except DatesMissing:
        return None
