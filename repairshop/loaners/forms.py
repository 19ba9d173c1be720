"""Shape of the loaners' forms."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired

from repairshop.loaners.queries import LoanerRow
from repairshop.loaners.rules import LONGEST_NAME, LONGEST_WORDS, LoanEnd
from repairshop.web.forms import Form, TextField


class LoanerForm(Form):
    name = TextField(_l("What it is"), [DataRequired(_l("Enter a name"))], longest=LONGEST_NAME)
    number = TextField(_l("IMEI or serial number"), longest=40)


class LendForm(Form):
    loaner = SelectField(_l("Which one"), [InputRequired(_l("Choose a loaner"))])
    condition = TextField(_l("Its condition, seen together"), longest=LONGEST_WORDS)

    def offer(self, loaners: Iterable[LoanerRow]) -> None:
        """Those that are here and wiped."""
        free = [row for row in loaners if row.reference is None and not row.needs_wipe]
        self.loaner.choices = [SelectChoice(str(row.id), row.name) for row in free]


class ReturnForm(Form):
    end = RadioField(
        _l("What became of it"),
        [InputRequired(_l("Say whether it came back"))],
        choices=[
            SelectChoice(LoanEnd.BACK.value, _l("It is back")),
            SelectChoice(LoanEnd.LOST.value, _l("It will not come back")),
        ],
    )
    wiped = BooleanField(_l("What the customer left on it is erased"))
    note = TextField(_l("Note"), longest=LONGEST_WORDS)

    def validate_note(self, field: TextField) -> None:
        if self.end.data == LoanEnd.LOST and not field.data:
            raise ValidationError(_l("Say why it will not come back"))
