"""Shape of the customers' forms."""

from decimal import Decimal

from flask_babel import lazy_gettext as _l
from wtforms import DecimalField, HiddenField, IntegerField, RadioField, SelectMultipleField
from wtforms import Form as PlainFields
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, NumberRange, Optional, Regexp, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from repairshop.money import AmountNotUnderstood, Money, amount_text, parse_amount
from repairshop.portal.codes import LENGTH
from repairshop.portal.delays import Choice
from repairshop.quotes.rows import OptionRow
from repairshop.quotes.rules import DeclineReason
from repairshop.quotes.worth import YEARS_AFTER_REPAIR, YEARS_OF_NEW, Assumptions
from repairshop.web.filters import money
from repairshop.web.forms import Form, LongTextField, TextField, refusal_sentence


def _some_years() -> NumberRange:
    return NumberRange(Decimal("0.5"), 20, _l("Enter a number from 0.5 to 20"))


def digits_of(typed: str) -> str:
    return "".join(sign for sign in typed if not sign.isspace() and sign != "-")


def has_six_digits(_form: Form, field: TextField) -> None:
    digits = digits_of(field.data or "")
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit()):
        raise ValidationError(_l("Enter six digits"))


class LookUpForm(Form):
    """The second way in."""

    code = TextField(
        _l("Code on your receipt or label"),
        [DataRequired(_l("Enter the code, like K7QP-3M2X-5"))],
        longest=20,
    )
    phone_tail = TextField(
        _l("Last four digits of your phone number"),
        [
            DataRequired(_l("Enter the last four digits of the number you gave us")),
            Regexp(r"^\d{4}$", message=_l("Enter four digits")),
        ],
        longest=10,
    )


class ApproveForm(Form):
    """Yes to one option, with the extras of it that are ticked."""

    option = IntegerField(widget=HiddenInput(), validators=[Optional()])
    extras = SelectMultipleField(
        _l("Also do"),
        coerce=int,
        choices=[],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def offer(self, option: OptionRow) -> None:
        """Draw the form for this option; each form of the page has ids of its own."""
        self.option.data = option.id
        self.extras.id = f"extras-{option.id}"
        self.extras.choices = [
            SelectChoice(line.id, f"{line.description}, {money(line.total)}")
            for line in option.lines
            if line.optional
        ]

    def chosen_lines(self, option: OptionRow) -> list[int]:
        """The asked repair whole, and the ticked extras."""
        return [line.id for line in option.lines if not line.optional or line.id in (self.extras.data or [])]


class WorthForm(PlainFields):  # type: ignore[misc]  # wtforms has no types
    """Assumptions of repair or replace: sent by GET, kept nowhere."""

    years = DecimalField(
        _l("Years it still lasts after the repair"), [Optional(), _some_years()], places=None
    )
    price = TextField(_l("Price of a like new device"), longest=20)
    new_years = DecimalField(_l("Years a like new device lasts"), [Optional(), _some_years()], places=None)
    age = DecimalField(
        _l("Age of your device in years"), [Optional(), NumberRange(0, 50, _l("Enter a number from 0 to 50"))]
    )

    def assumptions(self, *, like_new: Money | None, currency: str) -> Assumptions:
        """What was typed where it can be understood, else what is assumed; errors stay at their fields."""
        self.validate()
        price = self._price(currency) or like_new
        if price is not None and not self.price.data:
            self.price.data = amount_text(price.minor, currency=price.currency)
        self.years.data = self._number("years") or YEARS_AFTER_REPAIR
        self.new_years.data = self._number("new_years") or YEARS_OF_NEW
        return Assumptions(
            years_after_repair=self.years.data,
            years_of_new=self.new_years.data,
            like_new=price,
            age_years=self._number("age"),
        )

    def _number(self, name: str) -> Decimal | None:
        return None if self[name].errors else self[name].data

    def _price(self, currency: str) -> Money | None:
        try:
            minor = parse_amount(self.price.data or "", currency=currency)
        except AmountNotUnderstood as refusal:
            if self.price.data:
                self.price.errors = [refusal_sentence(refusal)]
            return None
        return Money(minor=minor, currency=currency) if minor else None


class DeclineForm(Form):
    """No to the repair; saying why is free."""

    reason = RadioField(
        _l("Would you tell us why?"),
        choices=[
            SelectChoice(DeclineReason.NOT_SAID.value, _l("I would rather not say")),
            SelectChoice(DeclineReason.TOO_EXPENSIVE.value, _l("It costs too much")),
            SelectChoice(DeclineReason.TAKES_TOO_LONG.value, _l("It takes too long")),
            SelectChoice(DeclineReason.BUYS_ANOTHER.value, _l("I would rather buy another")),
            SelectChoice(DeclineReason.GOES_ELSEWHERE.value, _l("I take it somewhere else")),
            SelectChoice(DeclineReason.OTHER.value, _l("Another reason")),
        ],
        default=DeclineReason.NOT_SAID.value,
    )
    note = LongTextField(_l("In your words"), longest=1000)


# What stands in the field when the customer comes by one of these ways; they can change it.
BEGUN_QUESTIONS = {
    Choice.LOANER.value: _l("Can I have a loaner until my device is ready?"),
    Choice.CHEAPER.value: _l(
        "Is there a cheaper part, or one that comes sooner? Tell me its price and its warranty."
    ),
    Choice.UNREPAIRED.value: _l(
        "I would rather have my device back unrepaired. When can I collect it, and does it cost anything?"
    ),
    "offer": _l("Can you make me a new offer? The last one has run out."),
}


class QuestionForm(Form):
    """A question to the shop."""

    text = LongTextField(_l("Your question"), [DataRequired(_l("Enter your question"))], longest=2000)


class ClaimForm(Form):
    """Something is wrong again with a repaired device."""

    reported_fault = LongTextField(
        _l("What is wrong now?"), [DataRequired(_l("Enter what is wrong now"))], longest=2000
    )
    same_fault = RadioField(
        _l("Is it the same fault as before?"),
        choices=[SelectChoice("yes", _l("Yes, or I think so")), SelectChoice("no", _l("No, another one"))],
        default="yes",
    )


class SendCodeForm(Form):
    """A wish for a one-time code, and the page that wants it."""

    then = HiddenField()


class CodeForm(SendCodeForm):
    """The one-time code."""

    code = TextField(_l("Code"), [DataRequired(_l("Enter the six digits")), has_six_digits], longest=20)

    @property
    def digits(self) -> str:
        """Without the gaps people type."""
        return digits_of(self.code.data or "")


class CollectorForm(Form):
    """Who collects instead."""

    name = TextField(_l("Name of the person who collects"), [DataRequired(_l("Enter a name"))], longest=120)

    def require_no_name(self) -> None:
        """For the button that ends it."""
        self.name.validators = [Optional()]


class PlainForm(Form):
    """A button and nothing else."""
