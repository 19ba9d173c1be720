"""Shape of the periods, of an erasing and of an export."""

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField
from wtforms.validators import InputRequired, NumberRange

from repairshop.personal import Kind
from repairshop.retention.rules import FLOOR_DAYS, MOST_DAYS, Because
from repairshop.web.forms import Form, choices_in_words


def _days(kind: Kind) -> IntegerField:
    least = FLOOR_DAYS.get(kind, 0)
    message = _l("Enter a whole number from %(least)d to %(most)d", least=least, most=MOST_DAYS)
    return IntegerField(validators=[InputRequired(message), NumberRange(least, MOST_DAYS, message)])


class PeriodsForm(Form):
    """A field for each kind of data, by its name."""

    photos = _days(Kind.PHOTOS)
    messages = _days(Kind.MESSAGES)
    notes = _days(Kind.NOTES)
    signatures = _days(Kind.SIGNATURES)
    contact = _days(Kind.CONTACT)
    ticket = _days(Kind.TICKET)

    @property
    def periods(self) -> dict[Kind, int]:
        return {kind: self[kind.value].data for kind in Kind}


class EraseForm(Form):
    because = RadioField(
        _l("Why?"),
        [InputRequired(_l("Choose why"))],
        choices=choices_in_words("retention/_words.html", "because", Because),
    )
