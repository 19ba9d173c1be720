"""Shape of the bench's own forms."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField
from wtforms.validators import DataRequired, Length

from repairshop.web.forms import Form, TextField


class ActForm(Form):
    """A scan: a label, a command, a place, a person; or a typed code."""

    q = TextField(_l("Scan or type"), [DataRequired(_l("Scan a label or a command"))], longest=120)
    reference = HiddenField(validators=[Length(max=12)])
    back = HiddenField(validators=[Length(max=300)])
