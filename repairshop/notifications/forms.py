"""Shape of what staff type about messages."""

from flask_babel import lazy_gettext as _l
from wtforms.validators import DataRequired

from repairshop.web.forms import Form, LongTextField


class EditForm(Form):
    text = LongTextField(
        _l("Words"), [DataRequired(message=_l("Write the words of the message"))], longest=4000
    )
