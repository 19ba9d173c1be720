"""Shape of what staff type about messages."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import AnyOf, DataRequired

from repairshop.notifications.rules import State
from repairshop.web.forms import Form, LongTextField


class EditForm(Form):
    text = LongTextField(
        _l("Words"), [DataRequired(message=_l("Write the words of the message"))], longest=4000
    )


class SettleForm(Form):
    """What a person decides; the value is that of the button they press."""

    answer = StringField(validators=[AnyOf([State.SENT.value, State.QUEUED.value, State.FAILED.value])])
