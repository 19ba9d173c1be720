"""Shape of the warranty's forms."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired

from repairshop.warranty.rules import CoverNotOfClaim
from repairshop.web.forms import Form, LongTextField, TextField


class ClaimForm(Form):
    """Something is wrong again with a repaired device."""

    reported_fault = LongTextField(
        _l("What is wrong now, in the customer's words"),
        [DataRequired(_l("Enter what is wrong now"))],
        longest=2000,
    )
    same_fault = RadioField(
        _l("Is it the same fault as before?"),
        choices=[SelectChoice("yes", _l("The same")), SelectChoice("no", _l("Another one"))],
        default="yes",
    )
    where = RadioField(
        _l("Where is the device?"),
        choices=[
            SelectChoice("here", _l("Here, on the counter")),
            SelectChoice("customer", _l("With the customer, they bring it")),
        ],
        default="here",
    )


NO_COVER = "none"


class DecisionForm(Form):
    """What a claim is about: one of the covers the first repair has, or none of them."""

    about = RadioField(
        _l("What is it about?"),
        [InputRequired(_l("Choose what it is about"))],
        choices=[],
        validate_choice=False,  # the rule says what is wrong with another one
    )

    def offer(self, covers: Iterable[tuple[str, str]], *, none: str) -> None:
        """Each cover's id with the words for it, and the words for none of them."""
        self.about.choices = [SelectChoice(id, words) for id, words in (*covers, (NO_COVER, none))]

    @property
    def cover_id(self) -> int | None:
        """CoverNotOfClaim for what was never offered."""
        if self.about.data == NO_COVER:
            return None
        if self.about.data not in {choice.value for choice in self.about.choices}:
            raise CoverNotOfClaim(field="about")
        return int(self.about.data)


class CoveredForm(DecisionForm):
    """The claim is covered."""

    because = TextField(_l("Why it is covered"), [DataRequired(_l("Enter why it is covered"))], longest=300)


class NotCoveredForm(DecisionForm):
    """The claim is not covered."""

    because = LongTextField(
        _l("Why it is not covered, as the customer reads it"),
        [DataRequired(_l("Enter why it is not covered"))],
        longest=300,
    )
