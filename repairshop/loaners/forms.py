"""Shape of the loaners' forms."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Optional

from repairshop.loaners.queries import LoanerRow
from repairshop.loaners.rules import LONGEST_NAME, LONGEST_WORDS, Ending, Lending, LoanEnd
from repairshop.money import parse_amount
from repairshop.web.forms import DayField, Form, TextField


class LoanerForm(Form):
    name = TextField(_l("What it is"), [DataRequired(_l("Enter a name"))], longest=LONGEST_NAME)
    number = TextField(_l("IMEI or serial number"), longest=40)


class LendFields(Form):
    """A loaner that goes out; the hand-in has these fields too, and there no loaner is the usual."""

    # The verb says what is wrong with one that went out meanwhile.
    loaner = SelectField(_l("Which one"), choices=[], validate_choice=False, validators=[Optional()])
    loaner_condition = TextField(_l("Its condition, seen together"), longest=LONGEST_WORDS)
    due_on = DayField(_l("To be back by"), validators=[Optional()])
    deposit = TextField(_l("Deposit taken"), longest=20)

    def offer_loaners(self, loaners: Iterable[LoanerRow], *, none: bool = False) -> None:
        """Those that are here and wiped; with `none` also the choice of no loaner."""
        free = [row for row in loaners if row.reference is None and not row.needs_wipe]
        self.loaner.choices = [
            *([SelectChoice("", _l("No loaner"))] if none else []),
            *(SelectChoice(str(row.id), row.name) for row in free),
        ]

    def validate_loaner(self, field: SelectField) -> None:
        if field.data and not (field.data.isdecimal() and len(field.data) < 10):
            raise ValidationError(_l("Choose a loaner"))

    def lending(self, *, currency: str) -> Lending | None:
        """None where no loaner was chosen. Raises AmountNotUnderstood at the deposit."""
        if not self.loaner.data:
            return None
        return Lending(
            loaner_id=int(self.loaner.data),
            condition=self.loaner_condition.data or "",
            due_on=self.due_on.data,
            deposit_minor=_amount_of(self.deposit, currency=currency),
        )


class LendForm(LendFields):
    """On the ticket's own page, where choosing one is all there is to do."""

    loaner = SelectField(
        _l("Which one"), [InputRequired(_l("Choose a loaner"))], choices=[], validate_choice=False
    )


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
    deposit_back = TextField(_l("Of the deposit given back"), longest=20)
    note = TextField(_l("Note"), longest=LONGEST_WORDS)

    def validate_note(self, field: TextField) -> None:
        if self.end.data == LoanEnd.LOST and not field.data:
            raise ValidationError(_l("Say why it will not come back"))

    def ending(self, *, currency: str) -> Ending:
        return Ending(
            end=LoanEnd(self.end.data),
            note=self.note.data or "",
            wiped=self.wiped.data,
            deposit_back_minor=_amount_of(self.deposit_back, currency=currency),
        )


def _amount_of(field: TextField, *, currency: str) -> int | None:
    return parse_amount(field.data, currency=currency, field=field.name) if field.data else None
