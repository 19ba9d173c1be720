"""Shape of what a customer types before coming, and of the owner's switches."""

from collections.abc import Iterable

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from repairshop.catalogue.rules import DeviceType, PriceRange
from repairshop.dropoff.rules import Backup
from repairshop.errors import refuse_together
from repairshop.intake.forms import type_words
from repairshop.intake.presets import PresetFacts
from repairshop.money import Money, amount_text, parse_amount
from repairshop.tickets.rules import SymptomCondition
from repairshop.web.forms import DayField, Form, LongTextField, TextField, choices_in_words

_CONDITIONS = choices_in_words("tickets/_words.html", "symptom_condition", SymptomCondition)
_NAMES = {
    "reported_fault": _l("Tell us more, in your words"),
    "symptom": _l("When does it happen?"),
}


def _conditions() -> list[SelectChoice]:
    return [SelectChoice("", gettext("I cannot tell")), *_CONDITIONS()]


class DropOffForm(Form):
    """One device, one fault, one person, one day."""

    device_type = SelectField(
        _l("What is it?"), choices=[], validators=[DataRequired(_l("Choose what you bring"))]
    )
    brand = TextField(_l("Brand"), longest=80)
    model = TextField(_l("Model"), longest=120)
    preset = SelectField(_l("What is wrong with it?"), choices=[], validators=[Optional()])
    reported_fault = LongTextField(_NAMES["reported_fault"], longest=2000)
    symptom = SelectField(_NAMES["symptom"], [Optional()], choices=_conditions)
    backup = RadioField(
        _l("Do you have a backup of what is on it?"),
        choices=[
            SelectChoice(Backup.YES.value, _l("Yes")),
            SelectChoice(Backup.NO.value, _l("No")),
            SelectChoice(Backup.UNKNOWN.value, _l("Ask me at the counter")),
        ],
        default=Backup.UNKNOWN.value,
        validators=[Optional()],
    )
    comes_on = DayField(_l("When do you bring it?"), validators=[InputRequired(message=_l("Enter the day"))])
    spend_limit = TextField(_l("Repair it without asking me up to"), longest=20)
    name = TextField(_l("Your name"), [DataRequired(_l("Enter your name"))], longest=120)
    phone = TextField(_l("Phone number"), longest=40)
    email = TextField(_l("E-mail"), longest=254)

    def offer(self, presets: Iterable[PresetFacts]) -> None:
        """Types and faults of the shop."""
        self.device_type.choices = [
            SelectChoice("", gettext("Choose")),
            *(SelectChoice(type_.value, type_words(type_)) for type_ in DeviceType),
        ]
        self.preset.choices = [
            SelectChoice("", gettext("Something else")),
            *(
                SelectChoice(
                    str(each.preset.id),
                    gettext(each.preset.label),
                    {},
                    type_words(each.preset.device_type),
                )
                for each in presets
            ),
        ]


class ConfirmForm(Form):
    """Confirming a request asks for nothing but the click."""


class FrontForm(Form):
    """Which pages everybody may read."""

    shows_prices = BooleanField(_l("Show the price list to everybody"))
    takes_requests = BooleanField(_l("Let customers ask to drop a device off"))


class PriceForm(Form):
    """What a fault costs from, and at most, tax included.

    `seen` is what stood there when the page was drawn.
    """

    starts_at = TextField(_l("From"), longest=20)
    at_most = TextField(_l("At most"), longest=20)
    seen = HiddenField(validators=[Length(max=60)])

    def show(self, prices: PriceRange | None) -> None:
        if prices is not None:
            currency = prices.starts_at.currency
            self.starts_at.data = amount_text(prices.starts_at.minor, currency=currency)
            self.at_most.data = amount_text(prices.at_most.minor, currency=currency)
        self.note_seen(prices)

    def note_seen(self, prices: PriceRange | None) -> None:
        self.seen.data = self.words_of(prices) if prices is not None else ""

    def prices(self, *, currency: str) -> PriceRange:
        """Raises AmountNotUnderstood for each amount that is none, and PriceRangeUpsideDown."""
        amounts: dict[str, int] = {}

        def read(field: TextField) -> None:
            amounts[field.name] = parse_amount(field.data or "", currency=currency, field=field.name)

        refuse_together(lambda: read(self.starts_at), lambda: read(self.at_most))
        return PriceRange(
            starts_at=Money(minor=amounts["starts_at"], currency=currency),
            at_most=Money(minor=amounts["at_most"], currency=currency),
        )

    @staticmethod
    def words_of(prices: PriceRange) -> str:
        return f"{prices.starts_at.minor}-{prices.at_most.minor}"
