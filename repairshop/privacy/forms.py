"""Shape of the answers to privacy tasks. One sub-form per task, so that a page may ask one or all."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import get_template_attribute
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, FormField, IntegerField, PasswordField, RadioField, SelectField
from wtforms import Form as PlainForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import HiddenInput

from repairshop.errors import Refused
from repairshop.privacy.notice_queries import NoticeText
from repairshop.privacy.queries import TaskRow
from repairshop.privacy.rules import (
    DETAILS,
    ONLY_AT_THE_COUNTER,
    SEAL_MAX,
    Answer,
    Choice,
    TaskKind,
    TaskState,
    Way,
    WipeCheck,
    WipeDestination,
    WipeMethod,
)
from repairshop.privacy.vault import PASSCODE_MAX, PasscodeKind
from repairshop.privacy.wiping import Wiped
from repairshop.privacy.wording import ChoiceWords, ListTask
from repairshop.web.filters import translated
from repairshop.web.forms import (
    Form,
    LongTextField,
    NoControlCharacters,
    TextField,
    apply_refusal,
    choices_in_words,
    refusal_sentence,
)
from repairshop.web.locale import LANGUAGES

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
    is_customers = False

    def offer(self, task: TaskRow, *, to_customer: Way | None = None) -> None:
        """Fill in what the task's list offers; `to_customer` names the way a customer answers."""
        self.is_customers = to_customer is not None
        name_words = get_template_attribute("privacy/_words.html", "detail_name")
        value_words = get_template_attribute("privacy/_words.html", "detail_value")
        self.choice.choices = [
            SelectChoice(choice.key.value, translated(choice.said("customer" if to_customer else "words")))
            for choice in task.choices
            if to_customer is not Way.OWN_PHONE
            or choice.key not in ONLY_AT_THE_COUNTER
            or choice.key is task.choice
        ]
        wanted = DETAILS.get(task.kind, {})
        for name in DETAIL_NAMES:
            values = [SelectChoice(value, str(value_words(name, value))) for value in wanted.get(name, ())]
            self[name].choices = [SelectChoice("", gettext("Choose")), *values]
            self[name].label.text = str(name_words(name, self.is_customers))

    def prefill(self, task: TaskRow) -> None:
        self.choice.data = task.choice.value if task.choice else None
        if task.kind is TaskKind.CREDENTIAL and task.state is TaskState.OPEN:
            self.choice.data = Choice.NOT_NEEDED.value  # a yes is the one that needs a reason
        self.reason.data, self.seal.data = task.reason, task.seal
        for name, value in task.details.items():
            self[name].data = value

    def answer(self, kind: TaskKind) -> Answer | None:
        """What was answered, None where nothing was chosen."""
        if not self.choice.data:
            return None
        details = {name: self[name].data for name in DETAILS.get(kind, {}) if self[name].data}
        if self.is_customers and "lock_seen" in DETAILS.get(kind, {}):
            details["lock_seen"] = "told"
        if self.choice.data == Choice.NOTHING_IN_IT:
            details = {}
        return Answer(
            choice=Choice(self.choice.data),
            reason=self.reason.data or "",
            seal=(self.seal.data or "") if kind is TaskKind.SEALED else "",
            details=details,
        )


class AnswersForm(Form):
    """Several tasks at once; the tasks' fields carry the names of their kinds."""

    notice_version = IntegerField(widget=HiddenInput(), validators=[Optional()])
    credential = FormField(AnswerFields)
    notice = FormField(AnswerFields)
    backup = FormField(AnswerFields)
    repair_mode = FormField(AnswerFields)
    sim_and_accounts = FormField(AnswerFields)
    data_use = FormField(AnswerFields)
    sealed = FormField(AnswerFields)

    def ask(self, tasks: Iterable[TaskRow], *, to_customer: Way | None = None) -> None:
        """Keep these tasks and offer their answers."""
        self.tasks = {task.kind: task for task in tasks}
        for kind in TaskKind:
            if kind in self.tasks:
                self[kind.value].form.offer(self.tasks[kind], to_customer=to_customer)
            elif kind.value in self:
                del self[kind.value]

    def prefill(self, *, notice: NoticeText) -> None:
        self.notice_version.data = notice.version
        for task, fields in self.task_fields():
            fields.prefill(task)

    def task_fields(self) -> list[tuple[TaskRow, AnswerFields]]:
        """The tasks with their sub-forms, in the list's order."""
        return [(task, self[kind.value].form) for kind, task in self.tasks.items()]

    def given(self) -> dict[TaskKind, Answer]:
        answers = {task.kind: fields.answer(task.kind) for task, fields in self.task_fields()}
        return {kind: answer for kind, answer in answers.items() if answer is not None}

    def put(self, refusal: Refused) -> None:
        """A refusal's sentence inside its task: its field is "backup-reason"."""
        kind, _, name = (refusal.field or "").partition("-")
        if kind in self and name:
            refusal.field = name
            if put_refusal(self[kind].form, refusal, refusal_sentence(refusal)):
                return
        apply_refusal(self, refusal)


class CertificateForm(Form):
    """How data was erased: the fields of NIST SP 800-88."""

    media_type = TextField(_l("What was erased"), [DataRequired(_l("Enter what was erased"))], longest=80)
    media_serial = TextField(_l("Serial number of the medium"), longest=80)
    method = RadioField(
        _l("Method"),
        choices=choices_in_words("privacy/_wipe_words.html", "method", WipeMethod),
        validators=[DataRequired(_l("Choose the method"))],
    )
    technique = TextField(_l("How"), [DataRequired(_l("Enter how it was erased"))], longest=120)
    tool = TextField(_l("Tool and its version"), [DataRequired(_l("Enter the tool"))], longest=120)
    check = RadioField(
        _l("How thoroughly it was checked"),
        choices=choices_in_words("privacy/_wipe_words.html", "check", WipeCheck),
        validators=[DataRequired(_l("Choose how thoroughly it was checked"))],
    )
    verification = TextField(
        _l("How it was checked"), [DataRequired(_l("Enter how it was checked"))], longest=200
    )
    destination = RadioField(
        _l("Where it goes now"),
        choices=choices_in_words("privacy/_wipe_words.html", "destination", WipeDestination),
        validators=[DataRequired(_l("Choose where it goes now"))],
    )
    destination_note = TextField(_l("To whom, or where"), longest=120)

    def wiped(self) -> Wiped:
        return Wiped(
            media_type=self.media_type.data,
            media_serial=self.media_serial.data or "",
            method=WipeMethod(self.method.data),
            technique=self.technique.data,
            tool=self.tool.data,
            check=WipeCheck(self.check.data),
            verification=self.verification.data,
            destination=WipeDestination(self.destination.data),
            destination_note=self.destination_note.data or "",
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


TEXTS = ("title", "staff_words", "customer_words")


class ChoiceFields(PlainForm):  # type: ignore[misc]  # wtforms has no types
    """One answer of a task in one language."""

    offered = BooleanField(_l("On the list"))
    words = TextField(_l("Answer"), longest=120)
    steps = LongTextField(_l("Steps or hint"), longest=600)


class WordsForm(Form):
    """One task in one language."""

    title = TextField(_l("Title"), longest=120)
    staff_words = LongTextField(_l("For staff"), longest=600)
    customer_words = LongTextField(_l("For the customer"), longest=600)
    optional = BooleanField(_l("The task may stay open"))
    choices = FieldList(FormField(ChoiceFields), max_entries=12)

    def prefill(self, task: ListTask) -> None:
        """In the language of the moment."""
        for name in TEXTS:
            self[name].data = translated(task.said(name))
        self.optional.data = task.optional
        for choice in task.choices:
            self.choices.append_entry(
                {
                    "offered": choice.offered,
                    "words": translated(choice.said("words")),
                    "steps": translated(choice.said("steps")),
                }
            )

    def texts(self) -> dict[str, str]:
        return {name: self[name].data or "" for name in TEXTS}

    def choice_words(self) -> list[ChoiceWords]:
        return [
            ChoiceWords(
                offered=bool(entry.form.offered.data),
                words=entry.form.words.data or "",
                steps=entry.form.steps.data or "",
            )
            for entry in self.choices
        ]


class NoticeForm(Form):
    """The notice in each of the shop's languages; a field for each is added below."""

    def ask(self, languages: Sequence[str]) -> None:
        for name in LANGUAGES:
            if name not in languages:
                del self[name]

    def prefill(self, texts: Mapping[str, str]) -> None:
        for language, text in texts.items():
            self[language].data = text

    def texts(self, languages: Sequence[str]) -> dict[str, str]:
        return {language: self[language].data or "" for language in languages}


for _language, _name in LANGUAGES.items():
    setattr(NoticeForm, _language, LongTextField(_name, longest=8000))
