"""Shape of the bench's forms."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, NumberRange

from repairshop.parts.forms import OrderForm
from repairshop.tickets.stages import Outcome
from repairshop.web.forms import Form, LongTextField, TextField, WholeNumberField
from repairshop.workshop.rules import MINUTES_MAX, ReturnReason

RETURN_REASONS = (
    (ReturnReason.CUSTOMER_ASKED, _l("The customer asked for it back")),
    (ReturnReason.NO_PART, _l("The part cannot be had")),
    (ReturnReason.TOO_DEAR, _l("The repair would cost too much")),
    (ReturnReason.DATA_RISK, _l("The data would be at risk")),
    (ReturnReason.UNANSWERED, _l("The customer did not answer")),
    (ReturnReason.OTHER, _l("Another reason")),
)


class OrderPartForm(OrderForm):
    """An order that makes the ticket wait."""

    note = LongTextField(_l("Note for the bench"), longest=2000)


class ArrivedForm(Form):
    """One part that came; its serial number where the shop keeps those."""

    serial = TextField(_l("Serial number"), longest=60)
    lot = TextField(_l("Lot or batch"), longest=60)


class FinishForm(Form):
    """Finish is one key; this form is for the other outcome and for words to the customer."""

    outcome = RadioField(
        _l("How it ended"),
        choices=[
            SelectChoice(Outcome.REPAIRED.value, _l("Repaired")),
            SelectChoice(Outcome.PARTLY_REPAIRED.value, _l("Partly repaired")),
        ],
        default=Outcome.REPAIRED.value,
    )
    note = LongTextField(_l("What was done, for the customer"), longest=2000)


class TestFailedForm(Form):
    """Back to the bench."""

    __test__ = False  # not a test case, whatever its name

    note = LongTextField(
        _l("Which test failed, and how"), [DataRequired(_l("Enter which test failed"))], longest=2000
    )


class ReturnForm(Form):
    """Back to the customer without a repair."""

    reason = RadioField(
        _l("Why"),
        [InputRequired(_l("Choose a reason"))],
        choices=[SelectChoice(value.value, label) for value, label in RETURN_REASONS],
    )
    note = LongTextField(_l("In words"), longest=2000)


class ClockForm(Form):
    """Start or pause: nothing but the click."""


class CorrectionForm(Form):
    """Other minutes, with the reason."""

    minutes = WholeNumberField(
        _l("Minutes"),
        [
            InputRequired(_l("Enter whole minutes")),
            NumberRange(0, MINUTES_MAX, _l("Enter minutes from 0 to 1440")),
        ],
        unreadable=_l("Enter whole minutes"),
    )
    because = TextField(_l("Why"), [DataRequired(_l("Enter why the minutes change"))], longest=200)
