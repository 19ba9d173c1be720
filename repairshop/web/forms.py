"""What every form shares: cleaned text, the hidden version, the once-token, refusals at their field."""

import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

from flask import get_template_attribute
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import DateField, Field, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from repairshop.errors import Refused, RefusedTogether

TICKED = _l("Yes")  # what a tick says where no box can be drawn

# Signs that turn the reading direction around: a name may carry one and make the rest of a line unreadable.
_DIRECTION_SIGNS = dict.fromkeys(
    [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF], None
)
# Unicode's categories Cc (controls) and Cs (halves of a sign); an area of text keeps its tabs and line ends.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROLS_IN_AREAS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def clean_text(text: Any) -> Any:
    """Trimmed, composed (NFC), one kind of line end, no reading-direction signs. For a field's `filters`."""
    if not isinstance(text, str):
        return text
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return composed.translate(_DIRECTION_SIGNS).strip()


class NoControlCharacters:
    """Refuses what no keyboard types; line ends pass in text areas only."""

    def __call__(self, _form: FlaskForm, field: Field) -> None:
        refused = _CONTROLS_IN_AREAS if isinstance(field, TextAreaField) else _CONTROLS
        if refused.search(field.data or ""):
            raise ValidationError(_l("Remove the characters that cannot be printed"))


class TimeOfDay:
    """A time on the clock, like 08:00; short forms are written out in the field."""

    def __call__(self, _form: FlaskForm, field: Field) -> None:
        hours, sign, minutes = (field.data or "").partition(":")
        if not (sign and re.fullmatch(r"[0-9]{1,2}", hours) and re.fullmatch(r"[0-5][0-9]", minutes)):
            raise ValidationError(_l("Enter a time, like 08:00"))
        if int(hours) > 23:
            raise ValidationError(_l("Enter a time, like 08:00"))
        field.data = f"{int(hours):02}:{minutes}"


class WithField:
    """This field and another one are filled in together, or neither is."""

    def __init__(self, other: str) -> None:
        self._other = other

    def __call__(self, form: FlaskForm, field: Field) -> None:
        if bool(field.data) != bool(form[self._other].data):
            raise ValidationError(_l("Enter both times, or neither"))


class TextField(StringField):  # type: ignore[misc]  # wtforms has no types
    """One line of cleaned text, at most `longest` characters."""

    def __init__(
        self, label: Any = None, validators: Any = (), *, longest: int = 200, **options: Any
    ) -> None:
        super().__init__(label, [*validators, *_text_rules(longest)], filters=[clean_text], **options)


class LongTextField(TextAreaField):  # type: ignore[misc]
    """Several lines of cleaned text, at most `longest` characters."""

    def __init__(
        self, label: Any = None, validators: Any = (), *, longest: int = 4000, **options: Any
    ) -> None:
        super().__init__(label, [*validators, *_text_rules(longest)], filters=[clean_text], **options)


class WholeNumberField(IntegerField):  # type: ignore[misc]
    """A whole number; `unreadable` is what is said of anything else."""

    def __init__(self, label: Any = None, validators: Any = None, *, unreadable: Any, **more: Any) -> None:
        super().__init__(label, validators, **more)
        self._unreadable = unreadable

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(self._unreadable) from error


class DayField(DateField):  # type: ignore[misc]
    """One day; the browser draws a calendar, without one people type 2026-03-07."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_l("Enter a date, like 2026-03-07")) from error


def _text_rules(longest: int) -> list[Any]:
    return [
        Length(max=longest, message=_l("Use %(max)d characters or fewer", max=longest)),
        NoControlCharacters(),
    ]


def new_sending() -> str:
    """A name for one sending of a form, for pages that carry forms without fields."""
    return secrets.token_urlsafe(16)


class Form(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """The base of every form.

    `version` is the version of the row the page was drawn from, `once` names this one sending.
    """

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """What was sent, without signs that turn the reading direction: no field shows them again."""
            sent = super().wrap_formdata(form, formdata)
            if not sent:
                return sent
            return MultiDict(
                (name, value.translate(_DIRECTION_SIGNS) if isinstance(value, str) else value)
                for name, value in sent.items(multi=True)
            )

    version = IntegerField(widget=HiddenInput(), validators=[Optional()])
    once = HiddenField(default=new_sending, validators=[Length(max=64)])

    @property
    def expected_version(self) -> int | None:
        """What to pass to a verb as `expected_version`."""
        data = self.version.data
        return data if isinstance(data, int) else None


def choices_in_words(
    template: str, macro: str, members: Iterable[StrEnum]
) -> Callable[[], list[SelectChoice]]:
    """Choices of a field whose words stand in a template's macro; for a field's `choices`."""

    def choices() -> list[SelectChoice]:
        words = get_template_attribute(template, macro)
        return [SelectChoice(member.value, str(words(member)).strip()) for member in members]

    return choices


def apply_refusal(form: FlaskForm, refusal: Refused) -> None:
    """Put the refusal's sentence where it belongs: at its field, or above the form when it has none there."""
    if isinstance(refusal, RefusedTogether):
        for one in refusal.refusals:
            apply_refusal(form, one)
        return
    sentence = refusal_sentence(refusal)
    if refusal.field is not None and refusal.field in form:
        form[refusal.field].errors = [*form[refusal.field].errors, sentence]
    else:
        form.form_errors.append(sentence)


def refusal_sentence(refusal: Refused) -> str:
    """What a person reads; the words live in templates/_refusals.html."""
    macro = get_template_attribute("_refusals.html", "refusal_sentence")
    return Markup(str(macro(refusal)).strip())  # noqa: S704 - the macro escaped its values
