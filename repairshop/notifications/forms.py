"""Shape of what staff type about messages."""

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField
from wtforms.validators import DataRequired, Optional
from wtforms.widgets import HiddenInput

from repairshop.web.forms import Form, LongTextField


class EditForm(Form):
    text = LongTextField(
        _l("Words"), [DataRequired(message=_l("Write the words of the message"))], longest=4000
    )


class HeldForm(Form):
    """`seen` is how many messages the page had shown."""

    seen = IntegerField(widget=HiddenInput(), validators=[Optional()])
