"""Shape of the diagnosis' forms."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, HiddenField, MultipleFileField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from repairshop.catalogue.rules import FaultFamily
from repairshop.diagnostics.queries import TestResultRow
from repairshop.diagnostics.rules import Barrier, Defect, FaultCause, TestAnswer, Verdict, outside_limits
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
