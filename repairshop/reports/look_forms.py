"""The shape of a shop's look."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField
from wtforms.widgets import ColorInput

from repairshop.web.forms import Form, TextField


class LookForm(Form):
    logo = FileField(_l("Logo"))
    drops_logo = BooleanField(_l("Take the logo away"))
    accent = TextField(_l("Colour"), longest=40, widget=ColorInput())

    def picture(self) -> bytes:
        """What was chosen; empty where nothing was."""
        file = self.logo.data
        return file.read() if file and file.filename else b""
