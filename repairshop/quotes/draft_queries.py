"""Reads about a quote that is not sent yet."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from repairshop.catalogue.queries import list_fault_presets
from repairshop.database import db
from repairshop.money import Money
from repairshop.promises.estimates import Kind
from repairshop.promises.learnt import find_estimate
from repairshop.promises.queries import get_promises, suggest_dates
from repairshop.promises.rules import PromisedDates
from repairshop.quotes.models import QuoteDraft
from repairshop.quotes.queries import LineRow
from repairshop.quotes.terms import LineKind, QuoteLine, QuoteTerms, tax_of
from repairshop.staff.models import Shop, Staff
from repairshop.staff.rules import ShopId
from repairshop.tickets.models import Ticket
from repairshop.tickets.queries import TicketHead
from repairshop.tickets.stages import Stage


@dataclass(frozen=True, kw_only=True)
class DraftRow:
    """The working draft; `version` 0 while nothing was saved."""

    lines: tuple[QuoteLine, ...] = ()
    at_most_minor: int | None = None
    earliest: date | None = None
    latest: date | None = None
    valid_until: date | None = None
    diagnosis_fee_minor: int = 0
    message: str = ""
    changed_at: datetime | None = None
    changed_by: str | None = None
    version: int = 0


def get_draft(ticket_id: int) -> DraftRow:
    """What the next version will say; an empty draft before the first line."""
    row = db.session.execute(
        select(QuoteDraft, Staff.first_name)
        .outerjoin(Staff, Staff.id == QuoteDraft.changed_by_id)
        .where(QuoteDraft.ticket_id == ticket_id)
    ).one_or_none()
    if row is None:
        return DraftRow()
    draft, changed_by = row
    return DraftRow(
        lines=tuple(
            QuoteLine(
                kind=line.kind,
                description=line.description,
                quantity=line.quantity,
                unit_price_minor=line.unit_price_minor,
                optional=line.optional,
                origin=line.origin,
                device_will_show=line.device_will_show,
            )
            for line in draft.lines
        ),
        at_most_minor=draft.at_most_minor,
        earliest=draft.earliest,
        latest=draft.latest,
        valid_until=draft.valid_until,
        diagnosis_fee_minor=draft.diagnosis_fee_minor,
        message=draft.message,
        changed_at=draft.changed_at,
        changed_by=changed_by,
        version=draft.version,
    )


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What a quote would look like if it were sent now; the same names as QuoteRow."""

    price: Money
    at_most: Money
    tax: Money
    tax_name: str
    lines: tuple[LineRow, ...]
    earliest: date
    latest: date
    valid_until: date
    message: str
    diagnosis_fee: Money


def sheet_of(terms: QuoteTerms) -> Sheet:
    return Sheet(
        price=terms.price,
        at_most=terms.at_most,
        tax=tax_of(terms.price, rate_basis_points=terms.tax_rate_basis_points),
        tax_name=terms.tax_name,
        lines=tuple(
            LineRow(
                id=0,
                option_id=0,
                kind=line.kind,
                description=line.description,
                quantity=line.quantity,
                unit_price=Money(minor=line.unit_price_minor, currency=terms.currency),
                optional=line.optional,
                origin=line.origin,
                device_will_show=line.device_will_show,
            )
            for line in terms.lines
        ),
        earliest=terms.earliest,
        latest=terms.latest,
        valid_until=terms.valid_until,
        message=terms.message,
        diagnosis_fee=Money(minor=terms.diagnosis_fee_minor, currency=terms.currency),
    )


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """What was agreed with the customer when the device came in."""

    spend_limit: Money | None
    fixed_price: Money | None


def get_agreement(ticket_id: int) -> Agreement:
    row = db.session.execute(
        select(Ticket.spend_limit_minor, Ticket.fixed_price_minor, Shop.currency)
        .join(Shop, Shop.id == Ticket.shop_id)
        .where(Ticket.id == ticket_id)
    ).one()
    return Agreement(
        spend_limit=_amount(row.spend_limit_minor, row.currency),
        fixed_price=_amount(row.fixed_price_minor, row.currency),
    )


def first_draft(head: TicketHead, *, at: datetime) -> DraftRow:
    """Where a quote may start: the usual price and days of the ticket's fault, dates already promised."""
    shop_id = ShopId(head.shop_id)
    presets = list_fault_presets(head.device_type, shop_id=shop_id, currency=head.currency)
    preset = next((row for row in presets if row.key == head.fault_key), None)
    promises = get_promises(head.id)
    if promises is not None:
        dates: PromisedDates | None = promises.current.dates
    elif estimate := find_estimate(
        head.shop_id, Kind(device_type=head.device_type, fault_key=head.fault_key), Stage.APPROVED, at=at
    ):
        dates = estimate.dates  # of the work: counted as if the answer came today
    elif preset is not None:
        dates = suggest_dates(shop_id, days_from=preset.days_from, days_to=preset.days_to, at=at)
    else:
        dates = None
    line = QuoteLine(
        kind=LineKind.WORK,
        description=head.fault_label,
        unit_price_minor=preset.prices.starts_at.minor if preset and preset.prices else 0,
    )
    return DraftRow(
        lines=(line,) if head.fault_label else (),
        at_most_minor=preset.prices.at_most.minor if preset and preset.prices else None,
        earliest=dates.earliest if dates else None,
        latest=dates.latest if dates else None,
    )


def _amount(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor=minor, currency=currency)
