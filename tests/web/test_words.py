"""The catalogues: whole sentences with the same placeholders, in the language of the reader."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

CATALOGUES = sorted((Path(__file__).parents[2] / "translations").glob("*/LC_MESSAGES/messages.po"))
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def test_there_is_a_second_language() -> None:
    assert [path.parts[-3] for path in CATALOGUES] == ["es"]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_translation_fills_in_what_the_original_fills_in(path: Path) -> None:
    wrong = []
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parts[-3])
    for message in catalogue:
        originals = message.id if isinstance(message.id, (list, tuple)) else (message.id,)
        strings = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
        allowed = set(_PLACEHOLDER.findall(" ".join(originals)))
        needed = set(_PLACEHOLDER.findall(originals[-1]))
        if message.id and all(strings):
            found = set(_PLACEHOLDER.findall(strings[-1]))
            if not needed <= found <= allowed:
                wrong.append(message.id)

    assert wrong == []


def test_collecting_the_words_twice_changes_nothing() -> None:
    before = {path: path.read_text() for path in CATALOGUES}
    command = [sys.executable, "script/words.py", "--check"]

    subprocess.run(command, cwd=CATALOGUES[0].parents[3], check=False, capture_output=True)

    assert {path: path.read_text() for path in CATALOGUES} == before


def test_a_compiled_catalogue_speaks(tmp_path: Path) -> None:
    compiled = tmp_path / "es" / "LC_MESSAGES" / "messages.mo"
    compiled.parent.mkdir(parents=True)
    with CATALOGUES[0].open("rb") as source, compiled.open("wb") as target:
        write_mo(target, read_po(source, locale="es"))

    translations = Translations.load(str(tmp_path), ["es"])

    assert translations.ugettext("Sign in") == "Entrar"
