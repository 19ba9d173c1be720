"""Shape of the customers' forms."""

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Optional, Regexp
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from repairshop.quotes.rows import OptionRow
from repairshop.quotes.rules import DeclineReason
from repairshop.web.filters import money
from repairshop.web.forms import Form, LongTextField, TextField


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
        _l("Also do"), coerce=int, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
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


class QuestionForm(Form):
    """A question to the shop."""

    text = LongTextField(_l("Your question"), [DataRequired(_l("Enter your question"))], longest=2000)


class PlainForm(Form):
    """A button and nothing else."""
