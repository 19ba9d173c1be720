"""Shape of a list's wording and of the notice's texts."""

from collections.abc import Mapping, Sequence

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, FormField
from wtforms import Form as PlainForm

from repairshop.privacy.wording import ChoiceWords, ListTask
from repairshop.web.filters import translated
from repairshop.web.forms import Form, LongTextField, TextField
from repairshop.web.locale import LANGUAGES

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
    """The notice in each of the shop's languages."""

    en = LongTextField(LANGUAGES["en"], longest=8000)
    es = LongTextField(LANGUAGES["es"], longest=8000)

    def ask(self, languages: Sequence[str]) -> None:
        for name in LANGUAGES:
            if name not in languages:
                del self[name]

    def prefill(self, texts: Mapping[str, str]) -> None:
        for language, text in texts.items():
            self[language].data = text

    def texts(self, languages: Sequence[str]) -> dict[str, str]:
        return {language: self[language].data or "" for language in languages}
