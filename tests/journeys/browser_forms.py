"""A tab of a browser without scripting: it opens pages, follows links and sends forms as they stand there.

Nothing is sent that the page did not offer: an unknown field, a choice that is not on the page, an error page
or a form that comes back with its errors fails the story.
"""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

import tinyhtml5
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.cast import Browser

Value = str | bool | list[str] | tuple[bytes, str]
_TIMES = {"date", "datetime-local"}
_SENT_AS_TEXT = {"hidden", "text", "search", "email", "tel", "number", "password", "color"} | _TIMES
_HOPS = 5


@dataclass
class Form:
    """What a form on the page would send now."""

    action: str
    enctype: str
    offered: dict[str, set[str] | None]  # the values a control allows; None for what is typed
    hidden: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    ticks: set[str] = field(default_factory=set)
    values: dict[str, list[str]] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)  # what a choice is called -> its value

    def fill(self, changes: Mapping[str, Value]) -> MultiDict[str, object]:
        """The fields to send, after a person has typed and ticked `changes`."""
        data: dict[str, list[object]] = {name: list(found) for name, found in self.values.items()}
        for name, value in changes.items():
            assert name in self.offered, f"{self.action} has no field {name}: {sorted(self.offered)}"
            assert name not in self.hidden, f"{name} is hidden, nobody can type it"
            data[name] = self._typed(name, value)
        return MultiDict([(name, value) for name, found in data.items() for value in found])

    def _typed(self, name: str, value: Value) -> list[object]:
        if isinstance(value, tuple):
            assert name in self.files, f"{name} takes no file"
            return [(io.BytesIO(value[0]), value[1])]
        if isinstance(value, bool):
            assert name in self.ticks, f"{name} cannot be ticked"
            return sorted(self.offered[name] or {"on"}) if value else []
        words = self.words.get(name, {})
        allowed, wanted = self.offered[name], [words.get(one, one) for one in _listed(value)]
        for one in wanted:
            assert allowed is None or one in allowed, f"{name} does not offer {one!r}: {words or allowed}"
        return list(wanted)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


class Tab:
    """One tab; tabs of the same browser share its cookies."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.address = ""
        self.response: TestResponse
        self.tree: Element

    # --- looking ---------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The words of the page's main part, spaces folded."""
        main = self.tree.find(".//main")
        return words_of(self.tree if main is None else main)

    @property
    def path(self) -> str:
        return urlsplit(self.address).path

    def says(self, *sentences: str) -> "Tab":
        """Fail unless the page shows each of these."""
        for sentence in sentences:
            assert sentence in self.text, f"{self.address} does not say {sentence!r}:\n{self.text}"
        return self

    # --- going -----------------------------------------------------------------------------------

    def open(self, address: str) -> "Tab":
        """Open an address of this installation, and whatever it leads to."""
        parts = urlsplit(address)
        return self._show(self.browser.get(parts.path + (f"?{parts.query}" if parts.query else "")), address)

    def follow(self, words: str) -> "Tab":
        """Follow the link with these words."""
        links = [link for link in self.tree.iter("a") if link.get("href")]
        link = _the_one(links, words, what="link", where=self.address)
        return self.open(urljoin(self.address, link.get("href") or ""))

    def press(
        self,
        words: str,
        changes: Mapping[str, Value] | None = None,
        *,
        expect: int = 200,
        nth: int | None = None,
    ) -> "Tab":
        """Change fields of the button's form and press it. `expect` 422: the form must come back."""
        action, data = self.filled(words, changes, nth=nth)
        return self.send(action, data, expect=expect)

    def filled(
        self, words: str, changes: Mapping[str, Value] | None = None, *, nth: int | None = None
    ) -> tuple[str, MultiDict[str, object]]:
        """Where the button sends its form, and what: to be sent later, or twice."""
        buttons = [one for one in self.tree.iter("button") if one.get("type", "submit") == "submit"]
        button = _the_one(buttons, words, what="button", where=self.address, nth=nth)
        form = self.form_of(button)
        data = form.fill(changes or {})
        if button.get("name"):
            data.add(button.get("name") or "", button.get("value") or "")
        return form.action, data

    def send(self, action: str, data: MultiDict[str, object], *, expect: int = 200) -> "Tab":
        """POST what a form was filled with."""
        response = self.browser.post(action, data=data, headers={"Origin": "http://localhost"})
        if response.status_code in {302, 303}:
            assert expect == 200, f"{action} took what it should have refused"
            return self.open(urljoin(action, response.location))
        assert response.status_code == expect, _complaint(action, response)
        return self._show(response, action, expect=expect)

    def _show(self, response: TestResponse, address: str, *, expect: int = 200) -> "Tab":
        for _ in range(_HOPS):
            if response.status_code not in {301, 302, 303}:
                break
            address = urljoin(address, response.location)
            parts = urlsplit(address)
            response = self.browser.get(parts.path + (f"?{parts.query}" if parts.query else ""))
        assert response.status_code == expect, _complaint(address, response)
        self.address, self.response = address, response
        if response.mimetype == "text/html":
            self.tree = tinyhtml5.parse(response.text, namespace_html_elements=False)
            assert _has_complaints(self.tree) == (expect == 422), _complaint(address, response)
        return self

    # --- forms -----------------------------------------------------------------------------------

    def posts(self, button: Element) -> bool:
        """Whether the button sends a form by POST."""
        forms = [one for one in self.tree.iter("form") if (one.get("method") or "").lower() == "post"]
        named = button.get("form")
        return any(one.get("id") == named if named else button in one.iter() for one in forms)

    def form_of(self, button: Element) -> Form:
        """The form that this button sends."""
        forms = list(self.tree.iter("form"))
        owner = next(
            (one for one in forms if button.get("form") and one.get("id") == button.get("form")), None
        )
        owner = owner if owner is not None else next((one for one in forms if button in one.iter()), None)
        assert owner is not None, f"a button of no form on {self.address}: {words_of(button)}"
        action = urljoin(self.address, button.get("formaction") or owner.get("action") or self.address)
        form = Form(action=_local(action), enctype=owner.get("enctype") or "", offered={})
        assert (owner.get("method") or "get").lower() == "post", f"{action} is not sent by POST"
        for control in owner.iter():
            if control.get("name") and control.get("disabled") is None:
                _read_control(form, control)
        return form


def words_of(element: Element) -> str:
    """What can be read there, hidden words left out."""
    return " ".join(_texts(element)).replace(" ,", ",").replace(" .", ".").strip()


def _texts(element: Element) -> Iterable[str]:
    classes = (element.get("class") or "").split()
    if element.tag not in {"script", "style", "template", "kbd"} and "hidden-text" not in classes:
        yield from (element.text or "").split()
        for child in element:
            yield from _texts(child)
            yield from (child.tail or "").split()


def _the_one(found: list[Element], words: str, *, what: str, where: str, nth: int | None = None) -> Element:
    exact = [one for one in found if words_of(one) == words]
    chosen = exact or [one for one in found if words in words_of(one)]
    if nth is not None:
        return chosen[nth]
    shown = sorted({words_of(one) for one in found})
    assert chosen, f"no {what} {words!r} on {where}, only {shown}"
    assert len({(one.get("href"), one.get("formaction")) for one in chosen}) == 1 or len(chosen) == 1, (
        f"several {what}s {words!r} on {where}"
    )
    assert what == "link" or len(chosen) == 1, f"several {what}s {words!r} on {where}"
    return chosen[0]


def _read_control(form: Form, control: Element) -> None:
    name, tag = control.get("name") or "", control.tag
    kind = control.get("type", "text") if tag == "input" else tag
    if tag == "select":
        options = [option for option in control.iter("option") if option.get("disabled") is None]
        form.offered[name] = {_option_value(option) for option in options}
        form.words[name] = _option_words(control)
        chosen = [_option_value(option) for option in options if option.get("selected") is not None]
        if not chosen and control.get("multiple") is None:
            chosen = [_option_value(option) for option in options[:1]]
        form.values[name] = chosen
    elif tag == "textarea":
        form.offered[name] = None
        form.values[name] = ["".join(control.itertext()).replace("\n", "\r\n")]
    elif kind in {"radio", "checkbox"}:
        values = form.offered.setdefault(name, set())
        assert values is not None
        values.add(control.get("value", "on"))
        if kind == "checkbox":
            form.ticks.add(name)
        if control.get("checked") is not None:
            form.values.setdefault(name, []).append(control.get("value", "on"))
    elif kind == "file":
        form.offered[name] = None
        form.files.add(name)
    elif tag == "input":
        assert kind in _SENT_AS_TEXT, f"{name} is an input of type {kind}"
        form.offered[name] = None
        if kind == "hidden":
            form.hidden.add(name)
        form.values.setdefault(name, []).append(control.get("value") or "")


def _option_value(option: Element) -> str:
    value = option.get("value")
    return value if value is not None else words_of(option)


def _local(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _has_complaints(tree: Element) -> bool:
    """Whether the page says that something was not done."""
    classes = (one.get("class") or "" for one in tree.iter())
    return any(one in {"error-summary", "banner banner-error"} for one in classes)


def _complaint(address: str, response: TestResponse) -> str:
    if response.mimetype != "text/html":
        return f"{address}: {response.status}"
    tree = tinyhtml5.parse(response.text, namespace_html_elements=False)
    main = tree.find(".//main")
    return f"{address}: {response.status}\n{words_of(tree if main is None else main)}"


def _option_words(select: Element) -> dict[str, str]:
    """Options by their words; those of a group as "Group: option"."""
    found = {words_of(option): _option_value(option) for option in select.findall("option")}
    for group in select.findall("optgroup"):
        for option in group.findall("option"):
            found[f"{group.get('label')}: {words_of(option)}"] = _option_value(option)
    return found
