"""Shape of the hand-to-hand page and of the list of places."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from repairshop.custody.rules import LONGEST_PLACE, PlaceKind
from repairshop.tickets.rules import DEVICE, SIM_TRAY
from repairshop.web.forms import Form, TextField


class ScanForm(Form):
    """`q` is scanned or typed; `choice` is the code of the button that was pressed instead."""

    q = TextField(_l("Scan or type"), longest=120)
    choice = TextField(_l("Where to"), longest=60)  # drawn as buttons
    item = RadioField(_l("What"), default=DEVICE)
    reference = HiddenField(validators=[Length(max=12)])
    seen = HiddenField(validators=[Length(max=20)])  # the newest step the page was drawn from

    def offer(self, items: Sequence[str]) -> None:
        words = {DEVICE: _l("The device"), SIM_TRAY: _l("SIM tray")}
        self.item.choices = [SelectChoice(item, words.get(item, item)) for item in items]
        if DEVICE not in items and not self.item.raw_data:
            self.item.data = items[0] if items else None

    @property
    def said(self) -> str:
        return str(self.choice.data or self.q.data or "")


class UndoForm(Form):
    step = HiddenField(validators=[Length(max=20)])


class PlaceForm(Form):
    name = TextField(_l("Name"), [DataRequired(_l("Enter a name"))], longest=LONGEST_PLACE)
    kind = RadioField(
        _l("What it is"),
        choices=[
            SelectChoice(PlaceKind.PLACE.value, _l("A place in the shop")),
            SelectChoice(PlaceKind.CARRIER.value, _l("A carrier")),
            SelectChoice(PlaceKind.SPECIALIST.value, _l("A specialist company")),
        ],
        default=PlaceKind.PLACE.value,
    )
