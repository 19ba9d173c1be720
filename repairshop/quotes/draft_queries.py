"""Reads about a quote that is not sent yet."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from repairshop.catalogue.queries import PresetRow, list_fault_presets
from repairshop.database import db
from repairshop.money import Money
from repairshop.promises.estimates import Kind
from repairshop.promises.learnt import find_estimate
from repairshop.promises.queries import get_promises, suggest_dates
from repairshop.promises.rules import PromisedDates
from repairshop.quotes.fees import FeeToldRow
from repairshop.quotes.models import FeeTold, QuoteDraft
from repairshop.quotes.repair_form import NOTHING_SAID, FormExtras
from repairshop.quotes.rows import LineRow, OptionRow
from repairshop.quotes.terms import DatesBasis, LineKind, OptionTerms, QuoteLine, QuoteTerms, tax_of
from repairshop.staff.models import Shop, Staff
from repairshop.staff.rules import ShopId
from repairshop.tickets.models import Ticket
from repairshop.tickets.queries import TicketHead
from repairshop.tickets.stages import Stage


@dataclass(frozen=True, kw_only=True)
class DraftOption:
    """One way to do the repair while it is written; `at_most_minor` None means the price itself."""

    lines: tuple[QuoteLine, ...] = ()
    label: str = ""
    at_most_minor: int | None = None


@dataclass(frozen=True, kw_only=True)
class DraftRow:
    """The working draft; `version` 0 while nothing was saved."""

    options: tuple[DraftOption, ...] = (DraftOption(),)
    earliest: date | None = None
    latest: date | None = None
    dates_basis: DatesBasis | None = None
    valid_until: date | None = None
    diagnosis_fee_minor: int = 0
    diagnosis_fee_told_at: datetime | None = None
    like_new_minor: int | None = None
    message: str = ""
    form: FormExtras = NOTHING_SAID
    changed_at: datetime | None = None
    changed_by: str | None = None
    version: int = 0
    fee_told: FeeToldRow | None = None  # when the device came in

    @property
    def told_at(self) -> datetime | None:
        """When the customer heard of the fee; what was written down at the hand-in comes first."""
        return self.fee_told.at if self.fee_told else self.diagnosis_fee_told_at

    @property
    def has_lines(self) -> bool:
        return any(option.lines for option in self.options)


def get_draft(ticket_id: int) -> DraftRow:
    """What the next version will say; an empty draft before the first line."""
    teller = aliased(Staff)
    row = db.session.execute(
        select(
            QuoteDraft,
            Staff.first_name.label("changed_by"),
            FeeTold.fee_minor,
            FeeTold.told_at,
            teller.first_name.label("told_by"),
            Shop.currency,
        )
        .select_from(Ticket)
        .join(Shop, Shop.id == Ticket.shop_id)
        .outerjoin(QuoteDraft, QuoteDraft.ticket_id == Ticket.id)
        .outerjoin(Staff, Staff.id == QuoteDraft.changed_by_id)
        .outerjoin(FeeTold, FeeTold.ticket_id == Ticket.id)
        .outerjoin(teller, teller.id == FeeTold.told_by_id)
        .where(Ticket.id == ticket_id)
    ).one()
    fee = _amount(row.fee_minor, row.currency)
    told = FeeToldRow(fee=fee, at=row.told_at, by=row.told_by) if fee else None
    draft, changed_by = row.QuoteDraft, row.changed_by
    if draft is None:
        return DraftRow(fee_told=told)
    return DraftRow(
        options=_options(draft),
        earliest=draft.earliest,
        latest=draft.latest,
        dates_basis=draft.dates_basis,
        valid_until=draft.valid_until,
        diagnosis_fee_minor=draft.diagnosis_fee_minor,
        diagnosis_fee_told_at=draft.diagnosis_fee_told_at,
        like_new_minor=draft.like_new_minor,
        message=draft.message,
        form=FormExtras.from_json(draft.form),
        changed_at=draft.changed_at,
        changed_by=changed_by,
        version=draft.version,
        fee_told=told,
    )


def _options(draft: QuoteDraft) -> tuple[DraftOption, ...]:
    lines: dict[int, list[QuoteLine]] = defaultdict(list)
    for line in draft.lines:
        lines[line.option_position].append(
            QuoteLine(
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
        )
    return tuple(
        DraftOption(lines=tuple(lines[row.position]), label=row.label, at_most_minor=row.at_most_minor)
        for row in draft.options
    )


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What a quote would look like if it were sent now; the same names as QuoteRow."""

    options: tuple[OptionRow, ...]
    tax_name: str
    earliest: date
    latest: date
    dates_basis: DatesBasis | None
    valid_until: date
    message: str
    diagnosis_fee: Money
    diagnosis_fee_told_at: datetime | None

    @property
    def is_choice(self) -> bool:
        return len(self.options) > 1


def sheet_of(terms: QuoteTerms) -> Sheet:
    return Sheet(
        options=tuple(_sheet_option(option, terms) for option in terms.options),
        tax_name=terms.tax_name,
        earliest=terms.earliest,
        latest=terms.latest,
        dates_basis=terms.dates_basis,
        valid_until=terms.valid_until,
        message=terms.message,
        diagnosis_fee=terms.money(terms.diagnosis_fee_minor),
        diagnosis_fee_told_at=terms.diagnosis_fee_told_at,
    )


def _sheet_option(option: OptionTerms, terms: QuoteTerms) -> OptionRow:
    price = terms.money(option.price_minor)
    return OptionRow(
        id=0,
        label=option.label,
        price=price,
        at_most=terms.money(option.at_most_minor),
        tax=tax_of(price, rate_basis_points=terms.tax_rate_basis_points),
        lines=tuple(
            LineRow(
                id=0,
                option_id=0,
                kind=line.kind,
                description=line.description,
                quantity=line.quantity,
                unit_price=terms.money(line.unit_price_minor),
                optional=line.optional,
                origin=line.origin,
                device_will_show=line.device_will_show,
                minutes=line.minutes,
                hourly_rate=_amount(line.hourly_rate_minor, terms.currency),
                feature_lost=line.feature_lost,
                source=line.source,
                warranty_days=line.warranty_days,
                part_id=line.part_id,
            )
            for line in option.lines
        ),
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


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """Dates a quote may start from, and where they come from."""

    dates: PromisedDates
    basis: DatesBasis


def suggest(head: TicketHead, *, at: datetime) -> Suggestion | None:
    """Where the dates of a quote may start."""
    return _suggest(head, lambda: _find_preset(head), at=at)


def _suggest(
    head: TicketHead, find_preset: Callable[[], PresetRow | None], *, at: datetime
) -> Suggestion | None:
    """The dates promised that can be kept, else those of like repairs, else the usual days of the fault."""
    promises = get_promises(head.id)
    if promises is not None and promises.current.due_at > at:
        return Suggestion(dates=promises.current.dates, basis=DatesBasis.PROMISED)
    kind = Kind(device_type=head.device_type, fault_key=head.fault_key)
    estimate = find_estimate(head.shop_id, kind, Stage.APPROVED, at=at)
    if estimate is not None:  # of the work: counted as if the answer came today
        return Suggestion(dates=estimate.dates, basis=DatesBasis.LIKE_REPAIRS)
    preset = find_preset()
    if preset is None:
        return None
    shop_id = ShopId(head.shop_id)
    dates = suggest_dates(shop_id, days_from=preset.days_from, days_to=preset.days_to, at=at)
    return Suggestion(dates=dates, basis=DatesBasis.USUAL_DAYS)


def _find_preset(head: TicketHead) -> PresetRow | None:
    presets = list_fault_presets(head.device_type, shop_id=ShopId(head.shop_id), currency=head.currency)
    return next((row for row in presets if row.key == head.fault_key), None)


def first_draft(head: TicketHead, *, at: datetime, told: FeeToldRow | None = None) -> DraftRow:
    """Where a quote may start: the usual price and days of the ticket's fault, dates already promised."""
    preset = _find_preset(head)
    suggestion = _suggest(head, lambda: preset, at=at)
    line = QuoteLine(
        kind=LineKind.WORK,
        description=head.fault_label,
        unit_price_minor=preset.prices.starts_at.minor if preset and preset.prices else 0,
    )
    option = DraftOption(
        lines=(line,) if head.fault_label else (),
        at_most_minor=preset.prices.at_most.minor if preset and preset.prices else None,
    )
    return DraftRow(
        options=(option,),
        diagnosis_fee_minor=told.fee.minor if told else 0,
        fee_told=told,
        earliest=suggestion.dates.earliest if suggestion else None,
        latest=suggestion.dates.latest if suggestion else None,
        dates_basis=suggestion.basis if suggestion else None,
    )


def _amount(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor=minor, currency=currency)
