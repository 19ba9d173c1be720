"""Shape of the bench's own forms."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from repairshop.board.rules import Column
from repairshop.web.forms import Form, TextField, WholeNumberField


class ActForm(Form):
    """A scan: a label, a command, a place, a person; or a typed code."""

    q = TextField(_l("Scan or type"), [DataRequired(_l("Scan a label or a command"))], longest=120)
    reference = HiddenField(validators=[Length(max=12)])
    back = HiddenField(validators=[Length(max=300)])


def _limit(label: object) -> WholeNumberField:
    said = _l("Enter a number from 1 to 200, or nothing")
    return WholeNumberField(label, [Optional(), NumberRange(1, 200, said)], unreadable=said)


class LimitsForm(Form):
    """One field per column of the bench, named like it; empty is no limit."""

    to_diagnose = _limit(_l("To diagnose"))
    customer_to_decide = _limit(_l("Customer to decide"))
    waiting_for_part = _limit(_l("Waiting for part"))
    ready_to_start = _limit(_l("Ready to start"))
    on_the_bench = _limit(_l("On the bench"))
    test_and_close = _limit(_l("Test and close"))
    ready = _limit(_l("Ready"))

    asks = BooleanField(_l("Ask before another job goes into a full column"))

    @property
    def columns(self) -> list[WholeNumberField]:
        return [self[column.value] for column in Column]
