"""Shape of the promise's form."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.validators import InputRequired

from repairshop.promises.rules import REASONS_FOR_CHANGE
from repairshop.web.forms import DayField, Form, TextField, choices_in_words


class PromiseForm(Form):
    """Two new dates with their reason: the customer is told both."""

    earliest = DayField(_l("Ready from"), [InputRequired(_l("Enter the first day it may be ready"))])
    latest = DayField(_l("Ready by"), [InputRequired(_l("Enter the day it is ready by"))])
    reason = RadioField(
        _l("Why"),
        [InputRequired(_l("Choose the reason"))],
        choices=choices_in_words("promises/_words.html", "reason", REASONS_FOR_CHANGE),
    )
    note = TextField(_l("In words, for the customer"), longest=300)
