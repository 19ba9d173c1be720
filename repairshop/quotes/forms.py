"""Shape of the form that writes a quote."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
)
from wtforms import Form as PlainForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import HiddenInput

from repairshop.errors import Refused
from repairshop.money import amount_text, parse_amount
from repairshop.parts.rules import PartOrigin
from repairshop.quotes.draft_queries import DraftOption, DraftRow
from repairshop.quotes.drafts import DraftContent
from repairshop.quotes.repair_form import SERVICES, FormExtras
from repairshop.quotes.terms import (
    MOST_LINES,
    MOST_MINUTES,
    MOST_OPTIONS,
    LineKind,
    NoHourlyRate,
    QuoteLine,
    work_price_minor,
)
from repairshop.web.forms import DayField, Form, LongTextField, TextField, apply_refusal, choices_in_words

_ORIGIN_WORDS = choices_in_words("parts/_words.html", "origin", PartOrigin)
_HIGHEST_ID = 2**31
_INNER_FIELD = re.compile(r"(lines|options)-(\d+)-(\w+)")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What typed amounts and times mean in this shop."""

    currency: str
    hourly_rate_minor: int | None
    time_zone: str


def _origins() -> list[SelectChoice]:
    return [SelectChoice("", _l("Choose")), *_ORIGIN_WORDS()]


class LineFields(PlainForm):  # type: ignore[misc]  # wtforms has no types
    """One line; a part also says where it comes from and what the device will show."""

    kind = HiddenField(default=LineKind.WORK.value)
    option = IntegerField(default=0, widget=HiddenInput(), validators=[Optional()])
    description = TextField(_l("What"), longest=200)
    quantity = IntegerField(
        _l("Number"),
        [Optional(), NumberRange(min=1, max=999, message=_l("Enter a whole number from 1 to 999"))],
        default=1,
    )
    minutes = IntegerField(
        _l("Minutes"),
        [
            Optional(),
            NumberRange(0, MOST_MINUTES, _l("Enter a whole number from 0 to %(most)d", most=MOST_MINUTES)),
        ],
    )
    unit_price = TextField(_l("Price each"), longest=20)
    optional = BooleanField(_l("The customer may leave it out"))
    origin = SelectField(_l("Where it comes from"), [Optional()], choices=_origins)
    device_will_show = TextField(_l("What the device will show afterwards"), longest=300)
    feature_lost = TextField(_l("What no longer works"), longest=300)
    source = TextField(_l("How we know"), longest=300)
    warranty_days = IntegerField(
        _l("Days of warranty on the part"),
        [Optional(), NumberRange(0, 3650, _l("Enter a whole number from 0 to %(most)d", most=3650))],
    )
    part_id = IntegerField(widget=HiddenInput(), validators=[Optional()])

    @property
    def is_part(self) -> bool:
        return bool(self.kind.data == LineKind.PART.value)

    @property
    def is_blank(self) -> bool:
        typed = (self.description, self.unit_price, self.device_will_show, self.minutes)
        return not any(field.data for field in typed)

    def line(self, reading: Reading, *, number: int) -> QuoteLine:
        """AmountNotUnderstood when the price is none; NoHourlyRate when minutes alone make no price."""
        minutes = 0 if self.is_part else self.minutes.data or 0
        price, rate = self._price(reading, minutes, number=number)
        return QuoteLine(
            kind=LineKind.PART if self.is_part else LineKind.WORK,
            description=self.description.data or "",
            quantity=(self.quantity.data or 1) if self.is_part else 1,
            unit_price_minor=price,
            optional=self.optional.data,
            origin=PartOrigin(self.origin.data) if self.is_part and self.origin.data else None,
            device_will_show=(self.device_will_show.data or "") if self.is_part else "",
            feature_lost=(self.feature_lost.data or "") if self.is_part else "",
            source=(self.source.data or "") if self.is_part else "",
            warranty_days=(self.warranty_days.data or 0) if self.is_part else 0,
            part_id=self._part_id,
            minutes=minutes,
            hourly_rate_minor=rate,
        )

    @property
    def _part_id(self) -> int | None:
        number = self.part_id.data if self.is_part else None
        return number if isinstance(number, int) and 0 < number < _HIGHEST_ID else None

    def _price(self, reading: Reading, minutes: int, *, number: int) -> tuple[int, int | None]:
        """The price, and the hourly rate where it is the minutes that make it."""
        text, rate = self.unit_price.data, reading.hourly_rate_minor
        if text:
            field = f"lines-{number}-unit_price"
            return parse_amount(text, currency=reading.currency, field=field), None
        if not minutes:
            return 0, None
        if rate is None:
            raise NoHourlyRate(field=f"lines-{number}-minutes")
        return work_price_minor(minutes, hourly_rate_minor=rate), rate


class OptionFields(PlainForm):  # type: ignore[misc]
    """One way to do the repair: its name, where there are several, and its maximum."""

    label = TextField(_l("Name of this option"), longest=120)
    at_most = TextField(_l("The most it can cost"), longest=20)


class DraftForm(Form):
    """The next version of the quote; nothing is required until it is sent."""

    draft_version = IntegerField(widget=HiddenInput(), validators=[Optional()])
    options = FieldList(FormField(OptionFields), max_entries=MOST_OPTIONS + 1)
    lines = FieldList(FormField(LineFields), max_entries=MOST_LINES + MOST_OPTIONS)
    diagnosis_fee = TextField(_l("Fee if the customer says no"), longest=20)
    diagnosis_fee_told_at = DateTimeLocalField(
        _l("When the customer was told the fee"), [Optional()], format="%Y-%m-%dT%H:%M"
    )
    like_new = TextField(_l("What a like new device costs"), longest=20)
    earliest = DayField(_l("Ready from"), [Optional()])
    latest = DayField(_l("Ready by"), [Optional()])
    valid_until = DayField(_l("The customer can answer until"), [Optional()])
    message = LongTextField(_l("What was found, for the customer"), longest=2000)
    form_replacement = RadioField(
        _l("Is there a device to borrow meanwhile?"),
        [Optional()],
        choices=[SelectChoice("yes", _l("Yes")), SelectChoice("no", _l("No"))],
    )
    form_replacement_cost = TextField(_l("What borrowing it costs"), longest=20)
    form_place = TextField(_l("Where to hand the device over"), longest=200)
    form_removal = TextField(_l("Removal"), longest=20)
    form_installation = TextField(_l("Installation"), longest=20)
    form_transport = TextField(_l("Transport"), longest=20)
    form_more = LongTextField(_l("More to know"), longest=1000)

    def show(self, draft: DraftRow, *, currency: str, time_zone: str) -> None:
        """Fill in what the draft holds."""
        self.draft_version.data = draft.version
        self.diagnosis_fee.data = _amount(draft.diagnosis_fee_minor or None, currency=currency)
        self.diagnosis_fee_told_at.data = _local(draft.diagnosis_fee_told_at, time_zone=time_zone)
        self.like_new.data = _amount(draft.like_new_minor, currency=currency)
        self.earliest.data, self.latest.data = draft.earliest, draft.latest
        self.valid_until.data, self.message.data = draft.valid_until, draft.message
        self._show_extras(draft.form, currency=currency)
        for number, option in enumerate(draft.options):
            self.options.append_entry(
                {"label": option.label, "at_most": _amount(option.at_most_minor, currency=currency)}
            )
            for line in option.lines:
                self.add_line(line, option=number, currency=currency)

    def _show_extras(self, extras: FormExtras, *, currency: str) -> None:
        if extras.replacement is not None:
            self.form_replacement.data = "yes" if extras.replacement else "no"
        self.form_replacement_cost.data = _amount(extras.replacement_minor or None, currency=currency)
        self.form_place.data, self.form_more.data = extras.place, extras.more
        for name in SERVICES:
            minor = getattr(extras, f"{name}_minor") or None
            self[f"form_{name}"].data = _amount(minor, currency=currency)

    def _extras(self, reading: Reading) -> FormExtras:
        said = self.form_replacement.data
        costs = {
            f"{name}_minor": self._read(self[f"form_{name}"].data, f"form_{name}", reading) or 0
            for name in SERVICES
        }
        cost = self._read(self.form_replacement_cost.data, "form_replacement_cost", reading)
        return FormExtras(
            replacement=said == "yes" if said in {"yes", "no"} else None,
            replacement_minor=cost or 0,
            place=self.form_place.data or "",
            more=self.form_more.data or "",
            **costs,
        )

    def add_line(self, line: QuoteLine, *, option: int, currency: str) -> None:
        self.lines.append_entry(line_entry(line, option=option, currency=currency))

    @property
    def option_numbers(self) -> range:
        """There is always one."""
        return range(min(max(len(self.options.entries), 1), MOST_OPTIONS))

    def lines_of(self, option: int) -> list[tuple[int, FormField]]:
        """Each line of the option with its number in the form; a stray one belongs to the first."""
        known = self.option_numbers
        return [
            (number, entry)
            for number, entry in enumerate(self.lines.entries)
            if (entry.form.option.data if entry.form.option.data in known else 0) == option
        ]

    def content(self, reading: Reading, *, without: int | None = None) -> DraftContent:
        """What was typed, blank lines and the line `without` left out."""
        return DraftContent(
            options=[self._option(number, reading, without=without) for number in self.option_numbers],
            diagnosis_fee_minor=self._read(self.diagnosis_fee.data, "diagnosis_fee", reading) or 0,
            diagnosis_fee_told_at=_moment(self.diagnosis_fee_told_at.data, time_zone=reading.time_zone),
            like_new_minor=self._read(self.like_new.data, "like_new", reading),
            earliest=self.earliest.data,
            latest=self.latest.data,
            valid_until=self.valid_until.data,
            message=self.message.data or "",
            form=self._extras(reading),
        )

    def _option(self, number: int, reading: Reading, *, without: int | None) -> DraftOption:
        lines = _read_lines(self.lines_of(number), reading, without=without)
        if number >= len(self.options.entries):
            return DraftOption(lines=lines)
        typed = self.options.entries[number].form
        return DraftOption(
            lines=lines,
            label=typed.label.data or "",
            at_most_minor=self._read(typed.at_most.data, f"options-{number}-at_most", reading),
        )

    def _read(self, text: str | None, name: str, reading: Reading) -> int | None:
        return parse_amount(text, currency=reading.currency, field=name) if text else None


def _read_lines(
    entries: Iterable[tuple[int, FormField]], reading: Reading, *, without: int | None
) -> tuple[QuoteLine, ...]:
    return tuple(
        entry.form.line(reading, number=number)
        for number, entry in entries
        if number != without and not entry.form.is_blank
    )


def line_entry(line: QuoteLine, *, option: int, currency: str) -> dict[str, object]:
    """What LineFields shows of a line."""
    by_time = line.hourly_rate_minor is not None
    return {
        "kind": line.kind.value,
        "option": option,
        "description": line.description,
        "quantity": line.quantity,
        "minutes": line.minutes or None,
        "unit_price": "" if by_time else _amount(line.unit_price_minor or None, currency=currency),
        "optional": line.optional,
        "origin": line.origin.value if line.origin else "",
        "device_will_show": line.device_will_show,
        "feature_lost": line.feature_lost,
        "source": line.source,
        "warranty_days": line.warranty_days or None,
        "part_id": line.part_id,
    }


def _local(moment: datetime | None, *, time_zone: str) -> datetime | None:
    return moment.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None) if moment else None


def _moment(local: datetime | None, *, time_zone: str) -> datetime | None:
    return local.replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC) if local else None


def _amount(minor: int | None, *, currency: str) -> str:
    return "" if minor is None else amount_text(minor, currency=currency)


def apply_draft_refusal(form: DraftForm, refusal: Refused) -> None:
    """Like apply_refusal, also for a field inside a line or an option."""
    found = _INNER_FIELD.fullmatch(refusal.field or "")
    if found is None or int(found[2]) >= len(form[found[1]].entries):
        apply_refusal(form, refusal)
        return
    rows = form[found[1]]
    inner = rows.entries[int(found[2])].form
    refusal.field = found[3]
    apply_refusal(inner, refusal)
    rows.errors = [inner.errors]
