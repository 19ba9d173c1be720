"""Shape of what customers say and of what staff note."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, RadioField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from repairshop.feedback.rules import STAGES, FollowUpEnding
from repairshop.tickets.stages import Stage
from repairshop.web.forms import Form, LongTextField, choices_in_words


class SayForm(Form):
    """A score by one press, and a reason by those who like."""

    # Drawn as buttons, each of which sends its own.
    score = IntegerField(validators=[Optional()])
    why = LongTextField(_l("Would you tell us why?"), longest=2000)


class CallBackForm(Form):
    """What came of calling back."""

    ending = RadioField(
        _l("What came of it?"),
        choices=[
            SelectChoice(FollowUpEnding.SETTLED.value, _l("We talked, and it is settled")),
            SelectChoice(FollowUpEnding.NOT_REACHED.value, _l("Not reached, after several tries")),
            SelectChoice(FollowUpEnding.NOTHING_TO_DO.value, _l("There is nothing we can do")),
        ],
        validators=[DataRequired(_l("Choose what came of it"))],
    )
    note = LongTextField(_l("What was said"), longest=2000)


_STAGES = choices_in_words("tickets/_words.html", "stage_staff", Stage)


class SettingsForm(Form):
    """After which stages customers are asked."""

    stages = SelectMultipleField(
        _l("One tap on the repair page"),
        choices=lambda: [choice for choice in _STAGES() if choice.value in {stage.value for stage in STAGES}],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    surveys = BooleanField(_l("Ask once after the pickup how likely they are to recommend us"))
