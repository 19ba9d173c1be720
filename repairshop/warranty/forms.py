"""Shape of the warranty's forms."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from repairshop.web.forms import Form, LongTextField, TextField


class ClaimForm(Form):
    """Something is wrong again with a repaired device."""

    reported_fault = LongTextField(
        _l("What is wrong now, in the customer's words"),
        [DataRequired(_l("Enter what is wrong now"))],
        longest=2000,
    )
    same_fault = RadioField(
        _l("Is it the same fault as before?"),
        choices=[SelectChoice("yes", _l("The same")), SelectChoice("no", _l("Another one"))],
        default="yes",
    )
    where = RadioField(
        _l("Where is the device?"),
        choices=[
            SelectChoice("here", _l("Here, on the counter")),
            SelectChoice("customer", _l("With the customer, they bring it")),
        ],
        default="here",
    )


class CoveredForm(Form):
    """The claim is covered."""

    because = TextField(_l("Why it is covered"), [DataRequired(_l("Enter why it is covered"))], longest=300)


class NotCoveredForm(Form):
    """The claim is not covered."""

    because = LongTextField(
        _l("Why it is not covered, as the customer reads it"),
        [DataRequired(_l("Enter why it is not covered"))],
        longest=300,
    )
