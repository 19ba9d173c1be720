"""What fields and choices are called on the page they were sent from, where only names came back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from wtforms import BooleanField
from wtforms import Form as PlainFields
from wtforms.fields.core import UnboundField

from repairshop.web.forms import TICKED


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One field as its page showed it, in the reader's language; one that no form has is called nothing."""

    label: str
    values: list[str]


def as_shown(typed: Mapping[str, Sequence[str]], *, near: str) -> dict[str, Shown]:
    """By name; `near` is the package of the page, "repairshop.quotes".

    The form that has most of the names says what they are called, one of the page's own package before
    others. A field of a list, "lines-2-price", has the label of its last word. A choice reads as its words,
    a tick as a yes.
    """
    words = {name: name.rsplit("-", 1)[-1] for name in typed}
    asked = set(words.values())
    forms = sorted(_forms(), key=lambda form: (-len(asked & form[1].keys()), form[0] != near))
    shown = {}
    for name, values in typed.items():
        field = next((fields[words[name]] for _package, fields in forms if words[name] in fields), None)
        choices = _choices(field)
        shown[name] = Shown(
            label=str(_label(field) or ""), values=[choices.get(value, value) for value in values]
        )
    return shown


@cache
def _forms() -> tuple[tuple[str, Mapping[str, UnboundField]], ...]:
    """Each form's package and its fields that have a label."""
    found = sorted(set(_below(PlainFields)), key=lambda form: (form.__module__, form.__qualname__))
    return tuple((form.__module__.rpartition(".")[0], _fields(form)) for form in found)


def _below(parent: type) -> Iterator[type]:
    children: list[type] = parent.__subclasses__()
    for child in children:
        yield child
        yield from _below(child)


def _fields(form: type) -> dict[str, UnboundField]:
    found = {}
    for name in dir(form):
        field = getattr(form, name, None)
        if isinstance(field, UnboundField) and _label(field):
            found[name] = field
    return found


def _label(field: UnboundField | None) -> object:
    if field is None:
        return None
    label = field.kwargs.get("label") or (field.args[0] if field.args else None)
    return None if isinstance(label, UnboundField) else label


def _choices(field: UnboundField | None) -> dict[str, str]:
    """The words of each value, as far as the form knows them before a page fills in more."""
    if field is None:
        return {}
    if issubclass(field.field_class, BooleanField):
        return {"y": str(TICKED)}
    choices = field.kwargs.get("choices") or []
    listed = choices() if callable(choices) else choices
    return {str(choice.value): str(choice.label) for choice in listed if hasattr(choice, "value")}
