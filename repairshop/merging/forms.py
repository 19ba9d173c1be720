"""Shape of a merge: whose name and language stay, and the versions of both people."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import HiddenInput

from repairshop.customers.forms import language_choices
from repairshop.customers.queries import CustomerRow
from repairshop.merging.rules import Side
from repairshop.web.forms import Form


class MergeForm(Form):
    name_of = RadioField(
        _l("Which name stays?"), [InputRequired(_l("Choose the name"))], default=Side.KEPT.value
    )
    language_of = RadioField(
        _l("Which language do messages have?"),
        [InputRequired(_l("Choose the language"))],
        default=Side.KEPT.value,
    )
    other_version = IntegerField(widget=HiddenInput(), validators=[Optional()])

    def offer(self, kept: CustomerRow, gone: CustomerRow) -> None:
        """The two names and languages; one choice where they are the same."""
        words = {choice.value: choice.label for choice in language_choices({kept.language, gone.language})}
        sides = [(Side.KEPT, kept)] if kept.name == gone.name else [(Side.KEPT, kept), (Side.GONE, gone)]
        self.name_of.choices = [SelectChoice(side.value, person.name) for side, person in sides]
        if kept.language == gone.language:
            self.language_of.choices = [SelectChoice(Side.KEPT.value, words[kept.language])]
        else:
            self.language_of.choices = [
                SelectChoice(side.value, words[person.language])
                for side, person in ((Side.KEPT, kept), (Side.GONE, gone))
            ]

    @property
    def expected_version_of_gone(self) -> int | None:
        data = self.other_version.data
        return data if isinstance(data, int) else None


class AnotherPersonForm(Form):
    """The one tick that the warning about people who look alike brings along."""

    is_another = BooleanField(_l("This is another person"))
