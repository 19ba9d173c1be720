"""Shape of the answers to privacy tasks. One sub-form per task, so that a page may ask one or all."""

from typing import Any

from flask import get_template_attribute
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Form as PlainForm
from wtforms import FormField, PasswordField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from repairshop.errors import Refused
from repairshop.privacy.queries import TaskRow
from repairshop.privacy.rules import DETAILS, SEAL_MAX, Answer, Choice, TaskKind
from repairshop.privacy.vault import PASSCODE_MAX, PasscodeKind
from repairshop.web.forms import Form, NoControlCharacters, TextField, choices_in_words

DETAIL_NAMES = tuple(name for details in DETAILS.values() for name in details)


class AnswerFields(PlainForm):  # type: ignore[misc]  # wtforms has no types
    """The answer to one task: a choice, words where it needs them, details, a seal's number."""

    choice = RadioField(_l("Answer"), choices=[], validators=[Optional()])
    reason = TextField(_l("Because"), longest=500)
    seal = TextField(_l("Number on the bag or seal"), longest=SEAL_MAX)
    sim = SelectField(choices=[], validators=[Optional()])
    card = SelectField(choices=[], validators=[Optional()])
    lock = SelectField(choices=[], validators=[Optional()])
    lock_seen = SelectField(choices=[], validators=[Optional()])
    wish = SelectField(choices=[], validators=[Optional()])

    def offer(self, task: TaskRow) -> None:
        """Fill in what the task's list offers."""
        name_words = get_template_attribute("privacy/_words.html", "detail_name")
        value_words = get_template_attribute("privacy/_words.html", "detail_value")
        self.choice.choices = [
            SelectChoice(choice["key"], gettext(choice["words"])) for choice in task.choices
        ]
        wanted = DETAILS.get(task.kind, {})
        for name in DETAIL_NAMES:
            values = [SelectChoice(value, str(value_words(name, value))) for value in wanted.get(name, ())]
            self[name].choices = [SelectChoice("", gettext("Choose")), *values]
            self[name].label.text = str(name_words(name))

    def prefill(self, task: TaskRow) -> None:
        self.choice.data = task.choice.value if task.choice else None
        self.reason.data, self.seal.data = task.reason, task.seal
        for name, value in task.details.items():
            self[name].data = value

    def answer(self, kind: TaskKind) -> Answer | None:
        """What was answered, None where nothing was chosen."""
        if not self.choice.data:
            return None
        details = {name: self[name].data for name in DETAILS.get(kind, {}) if self[name].data}
        if self.choice.data == Choice.NOTHING_IN_IT:
            details = {}
        return Answer(
            choice=Choice(self.choice.data),
            reason=self.reason.data or "",
            seal=(self.seal.data or "") if kind is TaskKind.SEALED else "",
            details=details,
        )


class TaskForm(Form):
    """One task on a page of its own."""

    answer = FormField(AnswerFields)


class WaiveForm(Form):
    """ "Not possible because …", for managers and owners."""

    reason = TextField(_l("Not possible because"), longest=500)


class OpenAccessForm(Form):
    """An opening of the customer's data."""

    reason = TextField(_l("Why is it opened?"), longest=300)


class PasscodeForm(Form):
    """A passcode for the vault. What was typed is never sent back, not even after an error."""

    kind = RadioField(
        _l("What is it?"),
        choices=choices_in_words("privacy/_words.html", "passcode_kind", PasscodeKind),
        default=PasscodeKind.PIN.value,
    )
    passcode = PasswordField(
        _l("Passcode"),
        [
            Length(max=PASSCODE_MAX, message=_l("Use %(max)d characters or fewer", max=PASSCODE_MAX)),
            NoControlCharacters(),
        ],
    )


class RevealForm(Form):
    """Why somebody must see the passcode."""

    reason = TextField(_l("Why do you need it?"), longest=300)


def put_refusal(fields: Any, refusal: Refused, text: str) -> bool:
    """Show the refusal at the sub-form's field it belongs to; False when it belongs to none."""
    name = refusal.field
    if name is None or name not in fields:
        return False
    fields[name].errors = [*fields[name].errors, text]
    return True
