"""Extract words from code and templates, merge them into each catalogue, report the ones not translated."""

import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "translations"
Words = str | tuple[str, ...] | list[str]
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "_n": (1, 2),
    "pgettext": ((1, "c"), 2),
}


_THIN = "\N{NARROW NO-BREAK SPACE}"
# What stands before a double sign that ends a word, and behind an opening quotation mark.
_SPACED = r"[ \xa0](?=[;?!»]|:(?=\s|$))|(?<=«)[ \xa0]"

# Header lines that only say who ran what when.
_PASSING = tuple(
    f'"{name}'
    for name in (
        "POT-Creation",
        "PO-Revision",
        "Last-Translator",
        "Language-Team",
        "Report-Msgid",
        "Generated-By",
    )
)


def extract() -> Catalog:
    """Every message of the program as it is now."""
    with (TRANSLATIONS / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = Catalog(charset="utf-8")
    for folder in ("repairshop", "templates"):
        start = f"{folder}/"
        in_folder = [
            (pattern.removeprefix(start), name) for pattern, name in methods if pattern.startswith(start)
        ]
        for _file, _line, message, _comments, context in extract_from_dir(
            ROOT / folder,
            method_map=in_folder,
            options_map={pattern.removeprefix(start): value for pattern, value in options.items()},
            keywords=KEYWORDS,
            # Babel passes over folders that begin with "_"; ours hold the macros.
            directory_filter=lambda _folder: True,
        ):
            found.add(message, context=context)
    return found


def merge(path: Path, found: Catalog) -> Catalog:
    """The catalogue with the words of today; words no longer used leave it."""
    with path.open("rb") as file:
        known = read_po(file, locale=path.parts[-3])
    merged = Catalog(locale=known.locale, charset="utf-8", fuzzy=False, project="Repairshop", version="1")
    # The comment on top is the translators' own: their glossary and form of address.
    merged.header_comment = known.header_comment
    for message in found:
        if message.id:
            merged.add(message.id, _signs_set(_words_for(message, known), path), context=message.context)
    return merged


def _signs_set(words: Words, path: Path) -> Words:
    """French with its apostrophe and its narrow spaces, which no keyboard has; others as they are."""
    if path.parts[-3] != "fr":
        return words
    if not isinstance(words, str):
        return tuple(str(_signs_set(form, path)) for form in words)
    return re.sub(_SPACED, _THIN, words.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}"))


def _words_for(message: Message, known: Catalog) -> Words:
    """What the catalogue says for it; nothing where it has no such message, or had it without its plural."""
    before = known.get(message.id, message.context)
    words = before.string if before is not None else None
    if words is not None and isinstance(words, (tuple, list)) == message.pluralizable:
        return words
    return ("",) * known.num_plurals if message.pluralizable else ""


def write(path: Path, catalogue: Catalog) -> None:
    """Sorted and without dates or line numbers, so that two branches seldom touch the same line."""
    with path.open("wb") as file:
        write_po(file, catalogue, omit_header=False, no_location=True, sort_output=True, width=100)
    lines = [line for line in path.read_text().splitlines() if not line.startswith(_PASSING)]
    path.write_text("\n".join(lines).rstrip() + "\n")


def is_missing(message: Message) -> bool:
    strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return bool(message.id) and not all(strings)


def main() -> int:
    found = extract()
    missing = 0
    for path in sorted(TRANSLATIONS.glob("*/LC_MESSAGES/messages.po")):
        catalogue = merge(path, found)
        if "--check" not in sys.argv:
            write(path, catalogue)
        for message in catalogue:
            if is_missing(message):
                missing += 1
                print(f"{path.parts[-3]}: {message.id!r}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
