"""Additions in the working draft: a next version starts from everything that is agreed."""

from collections.abc import Sequence
from dataclasses import replace

from repairshop.quotes.draft_queries import DraftOption, DraftRow, get_draft
from repairshop.quotes.drafts import DraftContent, write_draft
from repairshop.quotes.rows import QuoteRow
from repairshop.quotes.terms import QuoteLine
from repairshop.staff.rules import Actor
from repairshop.tickets.models import Ticket


def add_to_draft(ticket: Ticket, quote: QuoteRow, lines: Sequence[QuoteLine], *, by: Actor) -> None:
    """Each option gains the lines; where nothing was drafted (a fixed price), the agreed lines come first."""
    draft = get_draft(ticket.id)
    if not draft.version:
        draft = _from_agreed(quote)
    _write(ticket, draft, [_with(option, lines) for option in draft.options], by=by)


def take_from_draft(ticket: Ticket, lines: Sequence[QuoteLine], *, by: Actor) -> None:
    draft = get_draft(ticket.id)
    if draft.version:
        _write(ticket, draft, [_without(option, lines) for option in draft.options], by=by)


def _from_agreed(quote: QuoteRow) -> DraftRow:
    agreed = quote.agreed
    option = DraftOption(
        lines=tuple(
            QuoteLine(
                kind=line.kind,
                description=line.description,
                quantity=line.quantity,
                unit_price_minor=line.unit_price_minor,
                origin=line.origin,
                device_will_show=line.device_will_show,
                minutes=line.minutes,
                hourly_rate_minor=line.hourly_rate.minor if line.hourly_rate else None,
                feature_lost=line.feature_lost,
                source=line.source,
                warranty_days=line.warranty_days,
                part_id=line.part_id,
            )
            for line in quote.agreed_lines
        ),
        at_most_minor=agreed.at_most.minor if agreed and agreed.at_most != agreed.price else None,
    )
    return DraftRow(
        options=(option,), earliest=quote.earliest, latest=quote.latest, dates_basis=quote.dates_basis
    )


def _with(option: DraftOption, lines: Sequence[QuoteLine]) -> DraftOption:
    """Without lines that somebody has typed there already."""
    return _changed(option, [line for line in lines if line not in option.lines], sign=1)


def _without(option: DraftOption, lines: Sequence[QuoteLine]) -> DraftOption:
    return _changed(option, [line for line in lines if line in option.lines], sign=-1)


def _changed(option: DraftOption, lines: Sequence[QuoteLine], *, sign: int) -> DraftOption:
    kept = [line for line in option.lines if sign > 0 or line not in lines]
    most = option.at_most_minor
    change = sign * sum(line.total_minor for line in lines)
    return replace(
        option,
        lines=(*kept, *lines) if sign > 0 else tuple(kept),
        at_most_minor=None if most is None else max(0, most + change),
    )


def _write(ticket: Ticket, draft: DraftRow, options: Sequence[DraftOption], *, by: Actor) -> None:
    content = DraftContent(
        options=options,
        earliest=draft.earliest,
        latest=draft.latest,
        valid_until=draft.valid_until,
        diagnosis_fee_minor=draft.diagnosis_fee_minor,
        diagnosis_fee_told_at=draft.diagnosis_fee_told_at,
        like_new_minor=draft.like_new_minor,
        message=draft.message,
        form=draft.form,
    )
    write_draft(ticket, content, basis=draft.dates_basis, by=by)
