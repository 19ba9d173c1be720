"""Shape of what the counter types."""

import re
from collections.abc import Iterable

from flask import get_template_attribute
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FormField,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from repairshop.catalogue.rules import DeviceType, PriceRange
from repairshop.customers.forms import language_choices
from repairshop.customers.queries import CustomerRow
from repairshop.intake.presets import PresetFacts
from repairshop.intake.rules import CancelReason
from repairshop.loaners.forms import LendFields
from repairshop.money import Money, amount_text
from repairshop.privacy.forms import AnswerFields
from repairshop.privacy.queries import TaskRow
from repairshop.privacy.rules import Choice, TaskPart
from repairshop.promises.rules import PromisedDates
from repairshop.tickets.rules import SymptomCondition
from repairshop.web.filters import day, money
from repairshop.web.forms import DayField, Form, LongTextField, TextField, choices_in_words

NEW = "new"

CANCEL_REASONS = {
    CancelReason.CUSTOMER_CANCELLED: _l("The customer cancelled"),
    CancelReason.NO_SHOW: _l("Nobody came"),
    CancelReason.BOOKED_TWICE: _l("Booked twice"),
    CancelReason.CANNOT_HELP: _l("We cannot help with this device"),
}


class PersonFields(Form):
    """A new customer; a known one is named by the page's address."""

    name = TextField(_l("Name"), longest=120)
    phone = TextField(_l("Phone number"), longest=40)
    phone2 = TextField(_l("Second phone"), longest=40)
    email = TextField(_l("E-mail"), longest=254)
    language = SelectField(_l("Language of messages"), validators=[Optional()])
    is_another = BooleanField(_l("This is another person"))

    def offer_languages(self, codes: Iterable[str]) -> None:
        self.language.choices = language_choices(codes)


class DeviceFields(Form):
    """A device of the customer, or a new one."""

    device = RadioField(_l("Device"), choices=[], default=NEW, validators=[Optional()])
    device_type = SelectField(_l("Type"), choices=[], validators=[Optional()])
    brand = TextField(_l("Brand"), longest=80)
    model = TextField(_l("Model"), longest=120)
    colour = TextField(_l("Colour"), longest=40)
    imei = TextField(_l("IMEI"), longest=40)
    serial = TextField(_l("Serial"), longest=60)
    unreadable_because = TextField(_l("Unreadable because"), longest=200)
    has_new_owner = BooleanField(_l("The device has changed hands"))

    def offer_devices(self, customer: CustomerRow | None) -> None:
        owned = customer.devices if customer else ()
        self.device.choices = [
            *(
                SelectChoice(str(device.id), " ".join(part for part in (device.label, device.colour) if part))
                for device in owned
            ),
            SelectChoice(NEW, gettext("Another device")),
        ]
        self.device_type.choices = [
            SelectChoice("", gettext("Choose")),
            *(SelectChoice(type_.value, type_words(type_)) for type_ in DeviceType),
        ]


_CONDITIONS = choices_in_words("tickets/_words.html", "symptom_condition", SymptomCondition)


def _conditions() -> list[SelectChoice]:
    return [SelectChoice("", gettext("Not asked")), *_CONDITIONS()]


class JobFields(Form):
    """What is to be done."""

    preset = SelectField(_l("Fault"), choices=[], validators=[Optional()])
    reported_fault = LongTextField(_l("In the customer's words"), longest=2000)
    symptom = SelectField(_l("When it happens"), [Optional()], choices=_conditions)
    spend_limit = TextField(_l("Without asking up to"), longest=20)
    fixed_price = TextField(_l("Fixed price"), longest=20)
    needed_by = TextField(_l("Needed by"), longest=120)

    def offer_presets(self, presets: Iterable[PresetFacts]) -> None:
        """Faults by device type; the options carry what a script fills the page with once one is chosen."""
        self.preset.choices = [
            SelectChoice("", gettext("Another fault")),
            *(
                SelectChoice(
                    str(each.preset.id),
                    gettext(each.preset.label),
                    _filled_in_by(each),
                    type_words(each.preset.device_type),
                )
                for each in presets
            ),
        ]


def type_words(device_type: DeviceType) -> str:
    """ "Phone", as the catalogue words it."""
    return str(get_template_attribute("catalogue/_words.html", "device_type")(device_type)).strip()


def _filled_in_by(facts: PresetFacts) -> dict[str, str]:
    preset, prices, fixed = facts.preset, facts.preset.prices, facts.fixed_price_minor
    return {
        "data-type": preset.device_type.value,
        "data-credential": (Choice.NEEDED if preset.credential_needed else Choice.NOT_NEEDED).value,
        "data-days": _span(facts.dates),
        "data-like": "" if facts.like is None else str(facts.like),
        "data-earliest": facts.dates.earliest.isoformat(),
        "data-latest": facts.dates.latest.isoformat(),
        "data-price": _price_words(prices) if prices else "",
        "data-fixed": amount_text(fixed, currency=prices.at_most.currency) if prices and fixed else "",
        "data-minutes": str(preset.minutes),
    }


def _span(dates: PromisedDates) -> str:
    """ "Fri 6 March – Mon 9 March", one day where both are the same."""
    return " – ".join(dict.fromkeys(day(each) for each in (dates.earliest, dates.latest)))


def _price_words(prices: PriceRange) -> str:
    return " – ".join(dict.fromkeys(_round_money(each) for each in (prices.starts_at, prices.at_most)))


def _round_money(amount: Money) -> str:
    """Whole amounts without their zeros: "£69"."""
    shown = money(amount)
    whole = amount_text(amount.minor, currency=amount.currency)
    return shown if "." in whole else re.sub(r"(?<=\d)[.,]0+(?!\d)", "", shown)


class IntakeForm(PersonFields, DeviceFields, JobFields, LendFields):
    """The whole hand-in on one page."""

    condition_note = LongTextField(_l("Condition, as you both see it"), longest=2000)
    accessories = TextField(_l("Accessories"), longest=400)
    photos = MultipleFileField(_l("Photos"))
    kept_photos = HiddenField(validators=[Length(max=20_000)])
    reach_note = TextField(_l("How do we reach you while we have it?"), longest=300)
    sim_number = SelectField(_l("Is the SIM of a number in the device?"), choices=[], validators=[Optional()])
    credential = RadioField(
        _l("Passcode needed?"),
        choices=[
            SelectChoice(Choice.NOT_NEEDED.value, _l("No")),
            SelectChoice(Choice.NEEDED.value, _l("Yes, because")),
        ],
        default=Choice.NOT_NEEDED.value,
        validators=[Optional()],
    )
    credential_reason = TextField(_l("Why"), longest=500)
    earliest = DayField(_l("Ready from"), validators=[Optional()])
    latest = DayField(_l("Ready by"), validators=[Optional()])
    place = TextField(_l("Locker or place"), longest=120)
    diagnosis_fee = TextField(_l("Fee if they say no"), longest=20)

    def offer_numbers(self, customer: CustomerRow | None) -> None:
        known = [SelectChoice(str(point.id), point.shown) for point in customer.phones] if customer else []
        self.sim_number.choices = [
            SelectChoice("", gettext("No")),
            *(known or [SelectChoice(NEW, gettext("Yes, of the number above"))]),
        ]


class CompletionForm(Form):
    """What the customer and the counter settle together; the tasks' fields carry the names of their kinds."""

    condition_note = LongTextField(_l("Condition, as you both see it"), longest=2000)
    credential = FormField(AnswerFields)
    notice = FormField(AnswerFields)
    backup = FormField(AnswerFields)
    repair_mode = FormField(AnswerFields)
    sim_and_accounts = FormField(AnswerFields)
    data_use = FormField(AnswerFields)
    sealed = FormField(AnswerFields)
    reach_note = TextField(_l("How do we reach you while we have it?"), longest=300)
    seen = HiddenField(validators=[Length(max=400)])
    drawn = HiddenField(_l("Sign here"), validators=[Length(max=2_000_000)])
    signed_name = TextField(_l("Name of the person who signs"), longest=120)
    agreed = BooleanField(_l("I have read this page and agree to it"))

    def task_fields(self, tasks: Iterable[TaskRow]) -> list[tuple[TaskRow, AnswerFields]]:
        """The customer-present tasks with their sub-forms, in the list's order."""
        return [
            (task, self[task.kind.value].form) for task in tasks if task.part is TaskPart.CUSTOMER_PRESENT
        ]


class BookingForm(PersonFields, DeviceFields, JobFields):
    """A repair that will be brought."""

    comes_on = DayField(_l("Comes on"), validators=[InputRequired(message=_l("Enter the day"))])
    time_note = TextField(_l("Time"), longest=60)


class CancelForm(Form):
    reason = RadioField(
        _l("Why does it not come?"),
        choices=[SelectChoice(reason.value, label) for reason, label in CANCEL_REASONS.items()],
        validators=[DataRequired(message=_l("Choose why"))],
    )


class FactsForm(Form):
    """What was written down at the counter, to be corrected."""

    seen = HiddenField(validators=[Length(max=400)])
    reported_fault = LongTextField(_l("In the customer's words"), longest=2000)
    symptom = SelectField(_l("When it happens"), [Optional()], choices=_conditions)
    condition_note = LongTextField(_l("Condition, as you both see it"), longest=2000)
    accessories = TextField(_l("Accessories"), longest=400)
    spend_limit = TextField(_l("Without asking up to"), longest=20)
    needed_by = TextField(_l("Needed by"), longest=120)
    reach_note = TextField(_l("How do we reach you while we have it?"), longest=300)


class WaiveForm(Form):
    reason = TextField(_l("Not possible because"), longest=500)
