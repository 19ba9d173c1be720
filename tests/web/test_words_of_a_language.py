"""What each translation owes its own language: its signs, and one way to address people."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
_VALUES = re.compile(r"%\(\w+\)[sd]|\{\w+\}|https?://\S+|\[\[|\]\]")
_THIN = "\N{NARROW NO-BREAK SPACE}"
# A colon inside a time or an address has no space.
_TIGHT = re.compile(rf"'|[^{_THIN}][;?!»]|[^{_THIN}]:(?=\s|$)|«[^{_THIN}]")
_FORMAL = re.compile(
    r"\b(?:usted(?:es)?|Pregúntenos|Díganos|Llámenos|Déjelo|Tráigalo|Búsquelo|Mírelos|Escanéelo)\b"
    r"|(?:^|[.:;,] |y )(?:[Ii]ndique|[Ee]scriba|[Ee]scanee|[Ii]mprima|[Ee]lija|[Rr]eciba)\b"
)


def words_of(language: str) -> Iterator[str]:
    """Every translated text: pages and papers, and what is sent to people."""
    with (ROOT / f"translations/{language}/LC_MESSAGES/messages.po").open("rb") as file:
        for message in read_po(file, locale=language):
            if message.id:
                yield from (message.string,) if isinstance(message.string, str) else message.string
    for folder in ("sms", "email"):
        path = ROOT / f"templates/notifications/{folder}/{language}.toml"
        yield from _strings(tomllib.loads(path.read_text(encoding="utf-8")))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    else:
        yield str(value)


def test_french_puts_a_narrow_space_at_its_double_signs_and_no_typewriter_apostrophe() -> None:
    wrong = [words for words in words_of("fr") if _TIGHT.search(_VALUES.sub("x", words))]

    assert wrong == []


def test_collecting_the_words_sets_the_signs_of_french(words: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "fr" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    path.write_text('msgid ""\nmsgstr "Language: fr\\n"\n\nmsgid "open"\nmsgstr "L\'heure : « 9:00 » ?"\n')
    found = Catalog()
    found.add("open")

    (message,) = (message for message in words.merge(path, found) if message.id)

    assert message.string == f"L\N{RIGHT SINGLE QUOTATION MARK}heure{_THIN}: «{_THIN}9:00{_THIN}»{_THIN}?"


def test_french_names_a_day_with_its_article() -> None:
    """ "depuis le ven. 27 novembre": without it the sentence limps."""
    bare = re.compile(r"(?:depuis|avant|tard) %\((?:day|when|moment)\)s")

    wrong = [words for words in words_of("fr") if bare.search(words)]

    assert wrong == []


def test_spanish_says_tu_to_everybody() -> None:
    wrong = [words for words in words_of("es") if _FORMAL.search(words)]

    assert wrong == []
