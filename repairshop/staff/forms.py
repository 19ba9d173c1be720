"""Shape of the forms about people and the shop."""

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField
from wtforms.validators import Email, InputRequired, Length

from repairshop.web.forms import Form, TextField

_LONGEST_PASSWORD = 200


class InvitationForm(Form):
    """Name, mail and password of somebody who opens a one-time link."""

    first_name = TextField(_l("First name"), [InputRequired(_l("Enter your first name"))], longest=80)
    email = TextField(
        _l("E-mail"),
        [
            InputRequired(_l("Enter your e-mail address")),
            Email(_l("Enter an e-mail address like name@example.com")),
        ],
        longest=254,
    )
    password = PasswordField(
        _l("Password"),
        [InputRequired(_l("Choose a password")), Length(max=_LONGEST_PASSWORD)],
    )
