"""Shape of the forms that answer and end a quote."""

from datetime import UTC
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, IntegerField, RadioField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from repairshop.quotes.rows import OptionRow, QuoteRow
from repairshop.quotes.rules import Channel, DeclineReason, Evidence
from repairshop.web.filters import money, translated
from repairshop.web.forms import DayField, Form, LongTextField, TextField, choices_in_words

_WORDS = "quotes/_words.html"


def _number(value: object) -> int | None:
    """A row's id; None for nothing chosen."""
    return int(str(value)) if value not in (None, "", "None") else None


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
    """A yes to one option: the asked repair and the ticked extras."""

    option = RadioField(
        _l("Which way"), [InputRequired(_l("Choose one of the options"))], coerce=_number, choices=[]
    )
    extras = SelectMultipleField(
        _l("Extras they want too"),
        [Optional()],
        coerce=int,
        choices=[],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def offer(self, quote: QuoteRow | None) -> None:
        """What can be chosen; without a choice of options nobody is asked for one."""
        options = quote.options if quote else ()
        several = len(options) > 1
        self.option.choices = [
            SelectChoice(option.id, f"{option.label}, {money(option.asked.price)}") for option in options
        ]
        if not several:
            self.option.validators = [Optional()]
        self.extras.choices = [
            SelectChoice(line.id, f"{prefix}{translated(line.description)}, {money(line.total)}")
            for option in options
            for prefix in [f"{option.label}: " if several else ""]
            for line in option.lines
            if line.optional
        ]

    def chosen_option(self, quote: QuoteRow | None) -> OptionRow | None:
        return quote.find_option(self.option.data) if quote else None

    def line_ids(self, quote: QuoteRow | None) -> list[int]:
        option = self.chosen_option(quote)
        asked = [line.id for line in (option.lines if option else ()) if not line.optional]
        return [*asked, *(self.extras.data or [])]


class DeclineForm(AnswerForm):
    """A no, in the customer's terms."""

    reason = RadioField(
        _l("Why"),
        [InputRequired(_l("Choose a reason, or that they did not say"))],
        choices=choices_in_words(_WORDS, "decline_reason", DeclineReason),
    )
    note = LongTextField(_l("In their words"), longest=1000)


class ConsentForm(Form):
    """How the customer agreed that a repair form that still holds gives way to another, or to none."""

    channel = RadioField(
        _l("How they agreed"),
        [Optional()],
        choices=choices_in_words(_WORDS, "channel", (Channel.COUNTER, Channel.PHONE)),
    )
    consented_by = TextField(_l("Who agreed to a new form"), longest=120)
    number_called = TextField(_l("Number you called"), longest=40)

    def consent(self) -> Evidence | None:
        """None while nobody is named."""
        if not self.consented_by.data:
            return None
        by_phone = self.channel.data == Channel.PHONE.value
        return Evidence(
            channel=Channel.PHONE if by_phone else Channel.COUNTER,
            consented_by=self.consented_by.data,
            number_called=(self.number_called.data or "") if by_phone else "",
        )


class WithdrawForm(ConsentForm):
    """Taking a quote back, with a note for the staff."""

    note = LongTextField(_l("Note for the staff"), longest=1000)


class NoteForm(Form):
    """A verb with a note for the staff."""

    note = LongTextField(_l("Note for the staff"), longest=1000)


class DatesForm(Form):
    """The two dates the customer is told."""

    earliest = DayField(_l("Ready from"), [InputRequired(_l("Enter the first day it may be ready"))])
    latest = DayField(_l("Ready by"), [InputRequired(_l("Enter the day it is ready by"))])
