"""Shape of the diagnosis' forms."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, HiddenField, IntegerField, MultipleFileField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    ValidationError,
)

from repairshop.catalogue.rules import FaultFamily, Measure
from repairshop.diagnostics.checks import MOST_TESTS, ListTest, NotANumber, TestFacts, read_number
from repairshop.diagnostics.queries import TestResultRow
from repairshop.diagnostics.rules import Barrier, Defect, FaultCause, TestAnswer, Verdict, outside_limits
from repairshop.web.filters import translated
from repairshop.web.forms import Form, LongTextField, TextField, choices_in_words

_WORDS = "diagnostics/_words.html"
MOST_PHOTOS = 6


_SECTION_WORDS = choices_in_words(_WORDS, "section", FaultFamily)


def _sections() -> list[SelectChoice]:
    return [SelectChoice("", _l("Choose")), *_SECTION_WORDS()]


_DEFECT_WORDS = choices_in_words(_WORDS, "defect", Defect)
_CAUSE_WORDS = choices_in_words(_WORDS, "cause", FaultCause)


def _defects() -> list[SelectChoice]:
    return [SelectChoice("", _l("Not said")), *_DEFECT_WORDS()]


def _causes() -> list[SelectChoice]:
    return [SelectChoice("", _l("Not said")), *_CAUSE_WORDS()]


class NoFaultForm(Form):
    """Nothing wrong was found; what was tried is what the customer pays for."""

    note = LongTextField(
        _l("What was tried, for the customer"), [DataRequired(_l("Say what was tried"))], longest=2000
    )


class NotRepairableForm(Form):
    """What stands in the way, as a kind and in words."""

    barrier = RadioField(
        _l("What stands in the way"),
        [InputRequired(_l("Choose what stands in the way"))],
        choices=choices_in_words(_WORDS, "barrier", Barrier),
    )
    note = LongTextField(
        _l("In words, for the customer"),
        [DataRequired(_l("Say it in words for the customer"))],
        longest=2000,
    )


class FindingForm(Form):
    """What was seen, with its photos."""

    section = SelectField(_l("Where"), [InputRequired(_l("Choose where it is"))], choices=_sections)
    defect = SelectField(_l("What is wrong with it"), [Optional()], choices=_defects)
    cause = SelectField(_l("What brought it about"), [Optional()], choices=_causes)
    seen = LongTextField(
        _l("What you saw, for the customer"), [DataRequired(_l("Write down what you saw"))], longest=2000
    )
    photos = MultipleFileField(
        _l("Photos"),
        [Length(max=MOST_PHOTOS, message=_l("Choose %(max)d photos or fewer", max=MOST_PHOTOS))],
    )
    staff_only = BooleanField(_l("Only staff see these photos: they show the customer's data"))


class RemoveFindingForm(Form):
    because = TextField(_l("Why"), [DataRequired(_l("Enter why it is removed"))], longest=200)


class TestsForm(Form):
    """The answers of a run; `tests_form` adds the fields of its checks.

    `shown` holds the answers as the page was drawn with them, so that only what somebody changed is written.
    """

    __test__ = False  # not a test of pytest's

    shown = HiddenField(validators=[Length(max=60_000)])
    staff_only = BooleanField(_l("Only staff see the photos added now: they show the customer's data"))

    def answers(self, checks: Sequence[TestResultRow]) -> dict[str, TestAnswer]:
        """By key, the checks whose answer differs from what the page showed."""
        before = _read_shown(self.shown.data)
        found = {check.key: self._answer(check) for check in checks}
        return {key: answer for key, answer in found.items() if _listed(answer) != before.get(key, _OPEN)}

    def files(self, checks: Sequence[TestResultRow]) -> dict[str, list[FileStorage]]:
        """By key, the photos that were sent along."""
        sent = {check.key: self[f"photos-{check.key}"].data or [] for check in checks}
        named = {key: [file for file in files if file and file.filename] for key, files in sent.items()}
        return {key: files for key, files in named.items() if files}

    def propose(self, checks: Sequence[TestResultRow]) -> None:
        """Where a value is outside its limits and nobody has said more, "fails" stands there to be saved."""
        for check in checks:
            verdict = self[f"verdict-{check.key}"]
            value = self[f"value-{check.key}"].data if check.is_measured else ""
            if not verdict.data and outside_limits(check, value or ""):
                verdict.data = Verdict.FAIL.value

    def _answer(self, check: TestResultRow) -> TestAnswer:
        verdict = self[f"verdict-{check.key}"].data
        value = self[f"value-{check.key}"].data if check.is_measured else ""
        return TestAnswer(
            verdict=Verdict(verdict) if verdict else None,
            value=value or "",
            note=self[f"note-{check.key}"].data or "",
        )


class CounterTestsForm(TestsForm):
    """Three keys a check: what the counter cannot test or does not find needs no words."""

    def _answer(self, check: TestResultRow) -> TestAnswer:
        answer = super()._answer(check)
        if answer.verdict is Verdict.NOT_TESTABLE and not answer.note:
            return replace(answer, note=gettext("Not testable or not there, at the counter"))
        return answer


_OPEN = [None, "", ""]
_COUNTER_CHOICES = [
    SelectChoice(Verdict.PASS.value, _l("Works")),
    SelectChoice(Verdict.FAIL.value, _l("Fails")),
    SelectChoice(Verdict.NOT_TESTABLE.value, _l("Not testable or not there")),
]


def tests_form(checks: Sequence[TestResultRow], *, filled: bool) -> TestsForm:
    """The form of these checks, filled with the answers they have when it is drawn and not sent."""
    verdicts = choices_in_words(_WORDS, "verdict", Verdict)
    return _run_form(TestsForm, checks, verdicts, filled=filled, photos=True)


def counter_form(checks: Sequence[TestResultRow], *, filled: bool) -> TestsForm:
    """The same for the counter check."""
    return _run_form(CounterTestsForm, checks, _COUNTER_CHOICES, filled=filled, photos=False)


def _run_form(
    kind: type[TestsForm], checks: Sequence[TestResultRow], choices: Any, *, filled: bool, photos: bool
) -> TestsForm:
    fields: dict[str, Any] = {}
    for check in checks:
        fields[f"verdict-{check.key}"] = RadioField(check.label, [Optional()], choices=choices)
        fields[f"note-{check.key}"] = TextField(_l("Why, or a remark"), longest=200)
        if check.is_measured:
            fields[f"value-{check.key}"] = TextField(_l("Value"), longest=40)
        if photos:
            fields[f"photos-{check.key}"] = MultipleFileField(
                _l("Photos"),
                [Length(max=MOST_PHOTOS, message=_l("Choose %(max)d photos or fewer", max=MOST_PHOTOS))],
            )
    form: TestsForm = type("RunForm", (kind,), fields)()
    if filled:
        _fill(form, checks)
        form.propose(checks)
    return form


def _fill(form: TestsForm, checks: Sequence[TestResultRow]) -> None:
    for check in checks:
        form[f"verdict-{check.key}"].data = check.verdict.value if check.verdict else None
        form[f"note-{check.key}"].data = check.note
        if check.is_measured:
            form[f"value-{check.key}"].data = check.value
    shown = {check.key: _listed(check) for check in checks if _listed(check) != _OPEN}
    form.shown.data = json.dumps(shown, separators=(",", ":"))


def _listed(answer: TestAnswer | TestResultRow) -> list[str | None]:
    return [answer.verdict.value if answer.verdict else None, answer.value, answer.note]


def _read_shown(text: str | None) -> Mapping[str, Any]:
    """What the page showed; nothing when the text is not ours, so that everything counts as changed."""
    try:
        shown = json.loads(text or "{}")
    except ValueError:
        return {}
    return shown if isinstance(shown, dict) else {}


_NOTHING = "nothing"  # is written down beside the answer


def _places() -> list[SelectChoice]:
    return [SelectChoice("", _l("Nowhere in particular")), *_SECTION_WORDS()]


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
