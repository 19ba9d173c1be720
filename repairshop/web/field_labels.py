"""What fields are called on the page they were typed on, where only their names came back."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from wtforms import Form as PlainFields
from wtforms.fields.core import UnboundField


def labels_of(names: Iterable[str], *, near: str) -> dict[str, str]:
    """By name, in the reader's language; `near` is the package of the page, "repairshop.quotes".

    The form that has most of the names says what they are called, one of the page's own package before
    others. A field of a list, "lines-2-price", has the label of its last word; what no form calls anything
    has none.
    """
    words = {name: name.rsplit("-", 1)[-1] for name in names}
    asked = set(words.values())
    forms = sorted(_forms(), key=lambda form: (-len(asked & form[1].keys()), form[0] != near))
    return {
        name: str(next((labels[word] for _, labels in forms if word in labels), ""))
        for name, word in words.items()
    }


@cache
def _forms() -> tuple[tuple[str, Mapping[str, object]], ...]:
    """Each form's package and the labels of its fields."""
    found = sorted(set(_below(PlainFields)), key=lambda form: (form.__module__, form.__qualname__))
    return tuple((form.__module__.rpartition(".")[0], _labels(form)) for form in found)


def _below(parent: type) -> Iterator[type]:
    children: list[type] = parent.__subclasses__()
    for child in children:
        yield child
        yield from _below(child)


def _labels(form: type) -> dict[str, object]:
    found = {}
    for name in dir(form):
        field = getattr(form, name, None)
        if isinstance(field, UnboundField):
            label = field.kwargs.get("label") or (field.args[0] if field.args else None)
            if label and not isinstance(label, UnboundField):
                found[name] = label
    return found
