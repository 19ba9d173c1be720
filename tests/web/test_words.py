"""The catalogues: every word of the program, with what it fills in, in the language of the reader."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from jinja2 import Environment, nodes

from repairshop.web.locale import LANGUAGES

ROOT = Path(__file__).parents[2]
CATALOGUES = sorted((ROOT / "translations").glob("*/LC_MESSAGES/messages.po"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
each_catalogue = pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])

_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|<[^>]+>")
# Words that are the same in every language: file types, units, codes of the trade.
_SAME_EVERYWHERE = {"PDF", "SMS", "QR", "IMEI", "SIM", "USB", "SHA", "Repairshop", "px", "mm"}
_WORD = re.compile(r"[^\W\d_]{2,}")
# Attributes a person sees or hears.
_READ_ATTRIBUTES = {"alt", "title", "placeholder", "aria-label", "aria-description", "summary", "label"}
_TRANSLATORS = {"_", "gettext", "ngettext", "pgettext", "npgettext"}
_SENTENCE = re.compile(r"[A-Z][a-z]+(?:,? [a-z]+)*[.:?]?")
_NAMES = {"Repairshop", "Android", "Windows", "Linux", "Ctrl", "Enter", "Esc", "iPhone, iPad"}
_MARKUP = re.compile(r"<|th scope=")
# Words that are spelled as in English, in every language and in one of them.
_NAMES_AND_CODES = "bluetooth gps imei nfc pin sim wi-fi esim"
_ALIKE = {
    "es": "cable ctrl error: extra flash no software total",
    "de": (
        "code controller extra laptop link logo name passkeys software tablet trackpad transport vibration "
        "webcam"
    ),
    "fr": (
        "accents centre code ctrl e-mail flash installation logo lot message messages minute minutes note "
        "notes options photo photos signature signatures six standard test tests total transport type "
        "version versions webcam"
    ),
}
# Words no sentence of ours can do without in English, and that no other language we speak has.
_ENGLISH = re.compile(
    r"\b(?:the|and|of|your|our|you|we|with|this|that|is|it|which|to|from|by|when|what)\b", re.IGNORECASE
)
# Blocks that write a class attribute; what mails fill in after the page is drawn.
_CLASSES = re.compile(r"\{% block (?:body_class|sheet) %\}.*?\{% endblock %\}")
_PLACEHOLDER_ONLY = re.compile(r"\{\w+\}")
_GAP = "\N{OBJECT REPLACEMENT CHARACTER}"


@pytest.fixture(scope="module")
def found(words: ModuleType) -> Catalog:
    catalogue = words.extract()
    assert isinstance(catalogue, Catalog)
    return catalogue


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def forms(value: object) -> list[str]:
    """A message or its plural forms, as a list."""
    return [str(form) for form in value] if isinstance(value, (list, tuple)) else [str(value or "")]


def messages(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def test_a_language_is_offered_when_all_its_words_are_there() -> None:
    """Pages, texts and mails; English is the language of the code."""
    assert {"en", *(path.parts[-3] for path in CATALOGUES)} == set(LANGUAGES)
    for kind in ("sms", "email"):
        folder = ROOT / "templates" / "notifications" / kind
        assert {path.stem for path in folder.glob("*.toml")} == set(LANGUAGES)


def test_the_macros_of_all_pages_are_collected(found: Catalog) -> None:
    """Babel leaves out folders that begin with an underscore unless it is told not to."""
    assert "Clear and sign again" in found


@each_catalogue
def test_every_word_of_the_program_has_its_translation(path: Path, words: ModuleType, found: Catalog) -> None:
    """When this fails: run script/words, then fill the empty msgstr lines."""
    merged = words.merge(path, found)

    assert [message.id for message in messages(merged) if words.is_missing(message)] == []


@each_catalogue
def test_no_translation_is_left_in_english(path: Path) -> None:
    """Filled in, and still the original: a word or two may be alike, a sentence never is."""
    left = [
        message.id
        for message in messages(read(path))
        for form in forms(message.string)
        if _ENGLISH.search(_PLACEHOLDER.sub("", form))
        or (form in forms(message.id) and len(_WORD.findall(_PLACEHOLDER.sub("", form))) > 2)
    ]

    assert left == []


@each_catalogue
def test_what_is_spelled_as_in_english_is_known(path: Path) -> None:
    """A label of one or two words that was copied instead of translated."""
    known = set(f"{_NAMES_AND_CODES} {_ALIKE[path.parts[-3]]}".split())
    copied = [
        original
        for message in messages(read(path))
        for original, form in zip(forms(message.id), forms(message.string), strict=False)
        if form == original and not set(_PLACEHOLDER.sub("", original).casefold().split()) <= known
        if _WORD.search(_PLACEHOLDER.sub("", original))
    ]

    assert copied == []


@each_catalogue
def test_the_catalogue_holds_nothing_uncertain_and_nothing_unused(path: Path, found: Catalog) -> None:
    catalogue = read(path)

    assert [message.id for message in messages(catalogue) if message.fuzzy] == []
    assert [
        message.id for message in messages(catalogue) if found.get(message.id, message.context) is None
    ] == []


@each_catalogue
def test_a_translation_fills_in_what_the_original_fills_in(path: Path) -> None:
    wrong = []
    for message in messages(read(path)):
        originals, strings = forms(message.id), forms(message.string)
        allowed = set(_PLACEHOLDER.findall(" ".join(originals)))
        needed = set(_PLACEHOLDER.findall(originals[-1]))
        if all(strings):
            # A form for one thing may say "one" instead of its number.
            too_many = [form for form in strings if not set(_PLACEHOLDER.findall(form)) <= allowed]
            if too_many or not needed <= set(_PLACEHOLDER.findall(strings[-1])):
                wrong.append(message.id)

    assert wrong == []


@each_catalogue
def test_a_translation_keeps_our_voice(path: Path) -> None:
    """No exclamation marks, nothing said twice, and a full stop where the original has one."""
    wrong = []
    for message in messages(read(path)):
        original, string = forms(message.id)[-1], forms(message.string)[-1]
        if re.search("[!¡]|  ", string) or string.strip() != string or original[-1:] == "." != string[-1:]:
            wrong.append(message.id)

    assert wrong == []


def test_collecting_the_words_twice_changes_nothing(
    words: ModuleType, found: Catalog, tmp_path: Path
) -> None:
    for path in CATALOGUES:
        once = tmp_path / path.parts[-3] / "LC_MESSAGES" / "messages.po"
        once.parent.mkdir(parents=True)

        words.write(once, words.merge(path, found))

        assert once.read_text() == path.read_text()


def test_a_translation_survives_the_day_its_message_gets_a_plural(words: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "es" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    path.write_text('# Ours.\nmsgid ""\nmsgstr "Language: es\\n"\n\nmsgid "open"\nmsgstr "abierto"\n')
    plural = Catalog()
    plural.add(("open", "open"))

    merged = words.merge(path, plural)

    assert [(message.id, message.string) for message in messages(merged)] == [(("open", "open"), ("", ""))]
    assert merged.header_comment == "# Ours."


def test_a_compiled_catalogue_speaks(tmp_path: Path) -> None:
    compiled = tmp_path / "es" / "LC_MESSAGES" / "messages.mo"
    compiled.parent.mkdir(parents=True)
    with compiled.open("wb") as target:
        write_mo(target, read(ROOT / "translations" / "es" / "LC_MESSAGES" / "messages.po"))

    translations = Translations.load(str(tmp_path), ["es"])

    assert translations.ugettext("Sign in") == "Entrar"
    assert translations.ungettext("Your device", "Your %(num)d devices", 2) == "Tus %(num)d dispositivos"
    assert translations.upgettext("button", "Answer") == "Responder"


class Reader(HTMLParser):
    """What a person reads on a page: its text and the attributes that are shown or spoken."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"style", "script", "code"}
        self.texts += [value for name, value in attrs if value and name in _READ_ATTRIBUTES]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"style", "script", "code"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.texts.append(data)


def plain_texts(source: str) -> list[str]:
    """The words a template says without asking a catalogue."""
    markup = ""
    for _line, kind, value in Environment(autoescape=True).lex(_CLASSES.sub("", source)):
        if kind == "data":
            markup += _PLACEHOLDER_ONLY.sub(_GAP, value)
        elif kind == "variable_begin":
            markup += "b" if markup.endswith(("<", "</")) else _GAP  # some macros choose their element
    reader = Reader()
    reader.feed(markup)
    return [text for text in reader.texts if set(_WORD.findall(text)) - _SAME_EVERYWHERE]


def quoted_sentences(source: str) -> list[str]:
    """Sentences among a template's expressions that do not go through a catalogue."""
    asked = set()
    tree = Environment(autoescape=True, extensions=["jinja2.ext.do"]).parse(source)
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in _TRANSLATORS:
            asked |= {id(constant) for constant in call.find_all(nodes.Const)}
    return [
        constant.value
        for constant in tree.find_all(nodes.Const)
        if id(constant) not in asked
        and isinstance(constant.value, str)
        and (_SENTENCE.fullmatch(constant.value) or _is_several_words(constant.value))
        and constant.value not in _NAMES
    ]


def _is_several_words(text: str) -> bool:
    return bool(" " in text.strip() and _WORD.search(text) and not _MARKUP.match(text))


def test_no_form_names_a_field_on_its_own() -> None:
    said = {
        f"{path.relative_to(ROOT)}:{label.lineno}": label.value
        for path in sorted((ROOT / "repairshop").rglob("*forms.py"))
        for label in field_words(path.read_text())
    }

    assert said == {}


def field_words(source: str) -> Iterator[ast.Constant]:
    """Labels and hints of fields, and the names of their choices, that no catalogue is asked for."""
    for call in ast.walk(ast.parse(source)):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            continue
        if not call.func.id.endswith("Field") or call.func.id == "WithField":  # that one is a validator
            continue
        named = [word.value for word in call.keywords if word.arg in {"label", "description"}]
        choices = [word.value for word in call.keywords if word.arg == "choices"]
        pairs = [pair for choice in choices for pair in ast.walk(choice) if isinstance(pair, ast.Tuple)]
        for said in (*call.args[:1], *named, *(pair.elts[-1] for pair in pairs if len(pair.elts) == 2)):
            if isinstance(said, ast.Constant) and isinstance(said.value, str) and _WORD.search(said.value):
                yield said


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('name = TextField(_l("Your name"))', []),
        ('name = TextField("Your name")', ["Your name"]),
        ('name = TextField(_l("Name"), description="As on the bill")', ["As on the bill"]),
        ('name = TextField(_l("Name"), [WithField("quiet_to")])', []),
        ('way = RadioField(_l("Way"), choices=[("yes", _l("Yes")), ("no", "No")])', ["No"]),
        ('name = TextField("")', []),
    ],
)
def test_the_check_of_forms_sees_what_a_person_would_read(source: str, said: list[str]) -> None:
    assert [word.value for word in field_words(source)] == said


def test_pages_documents_and_mails_are_all_looked_at() -> None:
    looked_at = {path.relative_to(ROOT / "templates").parts[0] for path in TEMPLATES}

    assert {"portal", "reports", "dropoff", "errors", "notifications", "_macros"} <= looked_at
    others = {path.suffix for path in (ROOT / "templates").rglob("*") if path.is_file()}
    assert others == {".html", ".toml"}  # .toml: tests/notifications/test_texts.py


def test_no_template_says_a_word_on_its_own() -> None:
    said = {
        str(path.relative_to(ROOT)): texts
        for path in TEMPLATES
        if (texts := plain_texts(path.read_text()) + quoted_sentences(path.read_text()))
    }

    assert said == {}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("<h1>{{ _('Bench') }}</h1>", []),
        ("<h1>Bench</h1>", ["Bench"]),
        ("<p>{{ name }} has it</p>", [f"{_GAP} has it"]),
        ('<input placeholder="Find a repair">', ["Find a repair"]),
        ('<img alt="{{ _("Photo") }}">', []),
        ("{# Words for us. #}<p>PDF</p>", []),
        ("{% if a %}<b>{{ n }} · 5</b>{% endif %}", []),
        ("{{ button('Save the words') }}", ["Save the words"]),
        ("{{ button(_('Save the words')) }}", []),
        ("{{ 'Approved' if answered else _('Open') }}", ["Approved"]),
        ("{{ row('We don’t know yet, call 2 of us') }}", ["We don’t know yet, call 2 of us"]),
        ("{{ row('nothing to pay') }}", ["nothing to pay"]),
        ("<p>{% set said = 'Nothing to pay' %}{{ said }}</p>", ["Nothing to pay"]),
        ("{{ _('Approved') if name == 'closed' else kbd('Enter') }}", []),
    ],
)
def test_the_check_sees_what_a_person_would_read(source: str, said: list[str]) -> None:
    assert plain_texts(source) + quoted_sentences(source) == said
