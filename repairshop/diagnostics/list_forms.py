"""Shape of the forms by which a manager writes a test list."""

from collections.abc import Sequence
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from repairshop.catalogue.rules import FaultFamily, Measure
from repairshop.diagnostics.checks import MOST_TESTS, ListTest, NotANumber, TestFacts, read_number
from repairshop.web.filters import translated
from repairshop.web.forms import Form, LongTextField, TextField, choices_in_words

_WORDS = "diagnostics/_words.html"
_FAMILIES = choices_in_words(_WORDS, "section", FaultFamily)
_NOTHING = "nothing"


def _places() -> list[SelectChoice]:
    return [SelectChoice("", _l("Nowhere in particular")), *_FAMILIES()]


class LimitField(TextField):
    """A number or nothing, with a comma or a point."""

    def post_validate(self, _form: Form, _stopped: bool) -> None:
        try:
            self.number: Decimal | None = read_number(self.data or "")
        except NotANumber as error:
            self.number = None
            raise ValidationError(_l("Enter a number, like 80 or 37.5")) from error


class TestForm(Form):
    """One test in one language, with what is measured and where a fault may be."""

    __test__ = False  # not a test of pytest's

    label = TextField(_l("Test"), [InputRequired(_l("Enter what is tested"))], longest=80)
    how = LongTextField(_l("What to try, and when it passes"), longest=300)
    place = IntegerField(
        _l("Place in the list"),
        [
            InputRequired(_l("Enter a place, 1 for the first")),
            NumberRange(min=1, max=MOST_TESTS, message=_l("Enter a place, 1 for the first")),
        ],
    )
    at_counter = BooleanField(_l("Also at the counter, with the customer watching"))
    measure = RadioField(
        _l("What is written down"),
        choices=[
            SelectChoice(_NOTHING, _l("The answer alone")),
            SelectChoice(Measure.NUMBER.value, _l("A number")),
            SelectChoice(Measure.TEXT.value, _l("A few words")),
        ],
        default=_NOTHING,
    )
    unit = TextField(_l("Unit"), longest=10)
    lowest = LimitField(_l("Fails below"), longest=12)
    highest = LimitField(_l("Fails above"), longest=12)
    points_1 = SelectField(_l("When it fails, look here first"), [Optional()], choices=_places)
    points_2 = SelectField(_l("Then here"), [Optional()], choices=_places)
    points_3 = SelectField(_l("And here"), [Optional()], choices=_places)

    def prefill(self, test: ListTest, *, place: int) -> None:
        """In the language of the moment."""
        self.label.data, self.how.data = translated(test.said("label")), translated(test.said("how"))
        self.place.data = place
        self.at_counter.data = test.at_counter
        self.measure.data = test.measure.value if test.measure else _NOTHING
        self.unit.data = test.unit
        for field, limit in ((self.lowest, test.lowest), (self.highest, test.highest)):
            field.data = "" if limit is None else f"{limit:f}"
        for field, family in zip(self._points(), test.points_to, strict=False):
            field.data = family.value

    def facts(self) -> TestFacts:
        return TestFacts(
            at_counter=bool(self.at_counter.data),
            measure=None if self.measure.data == _NOTHING else Measure(self.measure.data),
            unit=self.unit.data or "",
            lowest=self.lowest.number,
            highest=self.highest.number,
            points_to=tuple(FaultFamily(field.data) for field in self._points() if field.data),
        )

    def words(self) -> dict[str, str]:
        return {"label": self.label.data or "", "how": self.how.data or ""}

    def _points(self) -> Sequence[SelectField]:
        return (self.points_1, self.points_2, self.points_3)
