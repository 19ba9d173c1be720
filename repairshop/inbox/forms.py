"""Shape of what staff type in the inbox."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import AnyOf, DataRequired, InputRequired, Optional
from wtforms.widgets import HiddenInput

from repairshop.inbox.rules import CallOutcome
from repairshop.notifications.consent import STOPPABLE
from repairshop.notifications.rules import Purpose
from repairshop.web.forms import Form, LongTextField, TextField

LONGEST_ANSWER = 1000


class AnswerForm(Form):
    """An answer to a text: the words and the way they go."""

    text = LongTextField(
        _l("Your answer"), [DataRequired(message=_l("Write the answer"))], longest=LONGEST_ANSWER
    )
    way = RadioField(
        _l("How it goes"),
        [InputRequired(message=_l("Choose how it goes"))],
        choices=[],
        validate_choice=False,
    )
    seen = IntegerField(widget=HiddenInput(), validators=[Optional()])


class QuestionForm(Form):
    """An answer to a question of the customer's page."""

    text = LongTextField(_l("Your answer"), [DataRequired(message=_l("Write the answer"))], longest=2000)


class AssignForm(Form):
    """To whom; empty gives it back."""

    staff = SelectField(_l("Who takes care of it"), choices=[], validate_choice=False)


class CallForm(Form):
    """What came of a call; the value is that of the button pressed."""

    outcome = StringField(validators=[AnyOf([outcome.value for outcome in CallOutcome])])
    note = TextField(_l("Note"), longest=500)


class AgainForm(Form):
    """Send it once more, or give up."""

    answer = StringField(validators=[AnyOf(["queued", "failed"])])


class WhoseForm(Form):
    """Whose a text is: "ticket:CODE" or "person:ID"."""

    target = RadioField(
        _l("Whose text is it?"),
        [InputRequired(message=_l("Say whose it is"))],
        choices=[],
        validate_choice=False,
    )
    with_others = BooleanField(_l("Also the other texts of this number that wait"), default=True)
    keep_number = BooleanField(_l("This is a number of theirs: keep it with the person"))


class CannedForm(Form):
    """A prepared reply."""

    name = TextField(_l("Name"), [DataRequired(message=_l("Enter a name"))], longest=60)
    language = SelectField(_l("Language"), choices=[])
    text = LongTextField(_l("Words"), [DataRequired(message=_l("Write the reply"))], longest=LONGEST_ANSWER)


class WishForm(Form):
    """What one number or address wants: ticked is wanted."""

    service = BooleanField(_l("News of their repairs"))
    survey = BooleanField(_l("A question how it was"))
    lifecycle = BooleanField(_l("Reminders afterwards, such as the end of the warranty"))
    reason = TextField(_l("Who said so, and how?"), longest=200)

    @property
    def wanted(self) -> list[Purpose]:
        return [purpose for purpose in STOPPABLE if self[purpose.value].data]
