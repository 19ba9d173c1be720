"""Names, commits and sizes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "repairshop").rglob("*.py"))
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc", "shared", "lib"}
# Above these a piece is split, not excused; most are a third as long.
LONGEST_FUNCTION = 50
LONGEST_FILE = 550


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body, the docstring aside."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def commits(source: str) -> list[int]:
    """Lines that commit."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]


def test_modules_are_named_for_what_they_hold():
    vague = [named(path) for path in SOURCES if path.stem in BANNED_NAMES or path.parent.name in BANNED_NAMES]

    assert vague == []


def test_only_transaction_commits():
    committing = {named(path) for path in SOURCES if commits(path.read_text())}

    assert committing == {"repairshop/transaction.py"}


def test_a_commit_is_noticed():
    assert commits("def save():\n    db.session.commit()\n") == [2]


def test_packages_hold_a_docstring_only():
    """With code in them, every pure module below would load what that code loads."""
    full = [
        named(path)
        for path in SOURCES
        if path.name == "__init__.py"
        and (
            len(ast.parse(path.read_text()).body) != 1
            or ast.get_docstring(ast.parse(path.read_text())) is None
        )
    ]

    assert full == []


def test_every_module_says_what_it_is_for():
    silent = [named(path) for path in SOURCES if ast.get_docstring(ast.parse(path.read_text())) is None]

    assert silent == []


def test_functions_stay_short():
    long = [
        f"{named(path)}:{function.lineno} {function.name} ({length(function)} lines)"
        for path in SOURCES
        for function in functions(path.read_text())
        if length(function) > LONGEST_FUNCTION
    ]

    assert long == []


def test_files_stay_short():
    long = [
        f"{named(path)} ({lines} lines)"
        for path in SOURCES
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    ]

    assert long == []


def test_words_for_people_are_not_in_python():
    """Python that asks the catalogues for a word holds words; labels of forms are the one exception."""
    asking = [
        named(path)
        for path in SOURCES
        if not path.name.endswith("forms.py")  # a feature may keep its forms in several files
        and re.search(r"^from flask_babel import .*gettext", path.read_text(), flags=re.MULTILINE)
    ]

    assert asking == []


@pytest.mark.parametrize("path", sorted((ROOT / "script").iterdir()), ids=lambda path: path.name)
def test_script_says_in_one_line_what_it_is_for(path):
    if path.suffix == ".py":
        assert ast.get_docstring(ast.parse(path.read_text()))
    elif path.is_file() and not path.suffix:
        first, second = path.read_text().splitlines()[:2]
        assert first == "#!/bin/sh"
        assert second.startswith("# ")
        assert second.endswith(".")
