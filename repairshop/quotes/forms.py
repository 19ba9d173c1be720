"""Shape of the quotes' forms."""

import re
from datetime import UTC
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
    SelectMultipleField,
)
from wtforms import Form as PlainForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from repairshop.errors import Refused
from repairshop.money import amount_text, parse_amount
from repairshop.parts.rules import PartOrigin
from repairshop.quotes.draft_queries import DraftRow
from repairshop.quotes.drafts import DraftContent
from repairshop.quotes.queries import QuoteRow
from repairshop.quotes.rules import Channel, DeclineReason, Evidence
from repairshop.quotes.terms import MOST_LINES, LineKind, QuoteLine
from repairshop.web.filters import money
from repairshop.web.forms import DayField, Form, LongTextField, TextField, apply_refusal, choices_in_words

_WORDS = "quotes/_words.html"
_ORIGIN_WORDS = choices_in_words("parts/_words.html", "origin", PartOrigin)
_LINE_FIELD = re.compile(r"lines-(\d+)-(\w+)")


def _origins() -> list[SelectChoice]:
    return [SelectChoice("", _l("Choose")), *_ORIGIN_WORDS()]


class LineFields(PlainForm):  # type: ignore[misc]  # wtforms has no types
    """One line; a part also says where it comes from and what the device will show."""

    kind = HiddenField(default=LineKind.WORK.value)
    description = TextField(_l("What"), longest=200)
    quantity = IntegerField(
        _l("Number"),
        [Optional(), NumberRange(min=1, max=999, message=_l("Enter a whole number from 1 to 999"))],
        default=1,
    )
    unit_price = TextField(_l("Price each"), longest=20)
    optional = BooleanField(_l("The customer may leave it out"))
    origin = SelectField(_l("Where it comes from"), [Optional()], choices=_origins)
    device_will_show = TextField(_l("What the device will show afterwards"), longest=300)

    @property
    def is_part(self) -> bool:
        return bool(self.kind.data == LineKind.PART.value)

    @property
    def is_blank(self) -> bool:
        return not (self.description.data or self.unit_price.data or self.device_will_show.data)

    def line(self, *, currency: str, field: str) -> QuoteLine:
        """AmountNotUnderstood when the price is none."""
        price = self.unit_price.data
        return QuoteLine(
            kind=LineKind.PART if self.is_part else LineKind.WORK,
            description=self.description.data or "",
            quantity=self.quantity.data or 1,
            unit_price_minor=parse_amount(price, currency=currency, field=field) if price else 0,
            optional=self.optional.data,
            origin=PartOrigin(self.origin.data) if self.is_part and self.origin.data else None,
            device_will_show=(self.device_will_show.data or "") if self.is_part else "",
        )


class DraftForm(Form):
    """The next version of the quote; nothing is required until it is sent."""

    draft_version = IntegerField(widget=HiddenInput(), validators=[Optional()])
    lines = FieldList(FormField(LineFields), max_entries=MOST_LINES + 1)
    at_most = TextField(_l("The most it can cost"), longest=20)
    diagnosis_fee = TextField(_l("Fee if the customer says no"), longest=20)
    earliest = DayField(_l("Ready from"), [Optional()])
    latest = DayField(_l("Ready by"), [Optional()])
    valid_until = DayField(_l("The customer can answer until"), [Optional()])
    message = LongTextField(_l("What was found, for the customer"), longest=2000)

    def show(self, draft: DraftRow, *, currency: str) -> None:
        """Fill in what the draft holds."""
        self.draft_version.data = draft.version
        self.at_most.data = _amount(draft.at_most_minor, currency=currency)
        self.diagnosis_fee.data = _amount(draft.diagnosis_fee_minor or None, currency=currency)
        self.earliest.data, self.latest.data = draft.earliest, draft.latest
        self.valid_until.data, self.message.data = draft.valid_until, draft.message
        for line in draft.lines:
            self.add_line(line, currency=currency)

    def add_line(self, line: QuoteLine, *, currency: str) -> None:
        self.lines.append_entry(
            {
                "kind": line.kind.value,
                "description": line.description,
                "quantity": line.quantity,
                "unit_price": _amount(line.unit_price_minor or None, currency=currency),
                "optional": line.optional,
                "origin": line.origin.value if line.origin else "",
                "device_will_show": line.device_will_show,
            }
        )

    def content(self, *, currency: str, without: int | None = None) -> DraftContent:
        """What was typed, blank lines and the line `without` left out."""
        lines = [
            entry.form.line(currency=currency, field=f"lines-{position}-unit_price")
            for position, entry in enumerate(self.lines.entries)
            if position != without and not entry.form.is_blank
        ]
        return DraftContent(
            lines=lines,
            at_most_minor=self._read("at_most", currency=currency),
            diagnosis_fee_minor=self._read("diagnosis_fee", currency=currency) or 0,
            earliest=self.earliest.data,
            latest=self.latest.data,
            valid_until=self.valid_until.data,
            message=self.message.data or "",
        )

    def _read(self, name: str, *, currency: str) -> int | None:
        text = self[name].data
        return parse_amount(text, currency=currency, field=name) if text else None


def _amount(minor: int | None, *, currency: str) -> str:
    return "" if minor is None else amount_text(minor, currency=currency)


def apply_draft_refusal(form: DraftForm, refusal: Refused) -> None:
    """Like apply_refusal, also for a field inside a line."""
    found = _LINE_FIELD.fullmatch(refusal.field or "")
    if found is None or int(found[1]) >= len(form.lines.entries):
        apply_refusal(form, refusal)
        return
    inner = form.lines.entries[int(found[1])].form
    refusal.field = found[2]
    apply_refusal(inner, refusal)
    form.lines.errors = [inner.errors]


class AnswerForm(Form):
    """How we know what the customer said: the fields California asks of an oral consent (16 CCR 2722)."""

    quote_id = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    channel = RadioField(
        _l("How they answered"),
        [InputRequired(_l("Choose how they answered"))],
        choices=choices_in_words(_WORDS, "channel", (Channel.COUNTER, Channel.PHONE)),
    )
    consented_by = TextField(_l("Who answered"), longest=120)
    number_called = TextField(_l("Number you called"), longest=40)
    consented_at = DateTimeLocalField(_l("When, if not now"), [Optional()], format="%Y-%m-%dT%H:%M")
    conditions = LongTextField(_l("Conditions they named"), longest=1000)

    def evidence(self, *, time_zone: str) -> Evidence:
        local = self.consented_at.data
        return Evidence(
            channel=Channel(self.channel.data),
            consented_by=self.consented_by.data or "",
            consented_at=local.replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC) if local else None,
            number_called=self.number_called.data or "",
            conditions=self.conditions.data or "",
        )


class ApproveForm(AnswerForm):
    """A yes to the asked repair and the ticked extras."""

    extras = SelectMultipleField(
        _l("Extras they want too"),
        [Optional()],
        coerce=int,
        choices=[],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def offer(self, quote: QuoteRow | None) -> None:
        self.extras.choices = [
            SelectChoice(line.id, f"{line.description}, {money(line.total)}")
            for line in (quote.lines if quote else ())
            if line.optional
        ]

    def line_ids(self, quote: QuoteRow | None) -> list[int]:
        asked = [line.id for line in (quote.lines if quote else ()) if not line.optional]
        return [*asked, *(self.extras.data or [])]


class DeclineForm(AnswerForm):
    """A no, in the customer's terms."""

    reason = RadioField(
        _l("Why"),
        [InputRequired(_l("Choose a reason, or that they did not say"))],
        choices=choices_in_words(_WORDS, "decline_reason", DeclineReason),
    )
    note = LongTextField(_l("In their words"), longest=1000)


class NoteForm(Form):
    """A verb with a note for the staff."""

    note = LongTextField(_l("Note for the staff"), longest=1000)


class DatesForm(Form):
    """The two dates the customer is told."""

    earliest = DayField(_l("Ready from"), [InputRequired(_l("Enter the first day it may be ready"))])
    latest = DayField(_l("Ready by"), [InputRequired(_l("Enter the day it is ready by"))])
