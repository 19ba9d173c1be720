"""Pages follow the direction of their language: styles say start and end, never left and right."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, g
from flask_babel import refresh

from repairshop.catalogue.rules import DeviceType
from repairshop.notifications import texts
from repairshop.web import locale
from repairshop.web.page import page_direction

CSS = Path(__file__).resolve().parents[2] / "repairshop" / "static" / "css"
SHEETS = sorted(CSS.glob("*.css"))
_RULE = re.compile(r"([^{};]+)\{([^{}]*)\}")
_SIDE = re.compile(r"(^|-)(left|right)(-|$)")
_WORD = re.compile(r"(?:[^\s()]|\([^()]*(?:\([^()]*\)[^()]*)*\))+")
_FOUR_SIDED = {"margin", "padding", "inset", "scroll-margin", "scroll-padding"}
# WeasyPrint knows no "float: inline-start"; these come in pairs, one for each direction.
_IN_PAIRS = {"float", "clear", "object-position"}
_MIRROR = '[dir="rtl"] '


def declarations(text: str) -> Iterator[tuple[str, str, str]]:
    """Selector, property and value of every rule; comments are out."""
    for selector, block in _RULE.findall(re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)):
        for declaration in block.split(";"):
            name, colon, value = declaration.partition(":")
            if colon:
                yield " ".join(selector.split()), name.strip(), value.strip()


def corners(words: list[str]) -> tuple[str, str, str, str]:
    """Top left, top right, bottom right and bottom left of a border-radius of one to four values."""
    second = words[1] if len(words) > 1 else words[0]
    third = words[2] if len(words) > 2 else words[0]
    return words[0], second, third, words[3] if len(words) > 3 else second


def is_one_sided(name: str, value: str) -> bool:
    words = _WORD.findall(value)
    if name in _FOUR_SIDED:
        return len(words) == 4 and words[1] != words[3]
    if name == "border-radius":
        top_left, top_right, bottom_right, bottom_left = corners(words)
        return (top_left, bottom_left) != (top_right, bottom_right)
    if name == "object-position":
        return words[0] not in {"50%", "center"}
    return bool(_SIDE.search(name)) or (not name.startswith("--") and bool({"left", "right"} & set(words)))


def one_sided(text: str) -> list[str]:
    found = [one for one in declarations(text) if is_one_sided(one[1], one[2])]
    mirrored = {(selector, name) for selector, name, _ in found if selector.startswith(_MIRROR)}
    return [
        f"{selector} {{ {name}: {value} }}"
        for selector, name, value in found
        if not (name in _IN_PAIRS and (_MIRROR + selector.removeprefix(_MIRROR), name) in mirrored)
    ]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.stem)
def test_a_style_sheet_knows_no_left_and_no_right(sheet: Path) -> None:
    assert one_sided(sheet.read_text()) == []


@pytest.mark.parametrize(
    "declaration",
    [
        "margin-left: 1px",
        "border-right: 1px solid",
        "border-top-left-radius: 1px",
        "left: 0",
        "text-align: right",
        "float: left",
        "margin: 0 1px 0 2px",
        "padding: 0 var(--a) 1px calc(1px + (2px * 2))",
        "object-position: 0 100%",
        "border-radius: 1rem 1rem .25rem",
    ],
)
def test_a_side_is_found(declaration: str) -> None:
    assert one_sided(f"@media print {{ .a, .b {{ color: red; {declaration} }} }}") != []


@pytest.mark.parametrize(
    "text",
    [
        ".a { margin-inline-start: 1px; text-align: end; margin: 0 1px 0 1px; padding: 1px 2px 3px }",
        ".a { border-radius: 50% } .b { border-radius: 1px 1px 0 0 }",
        '.a { float: right } [dir="rtl"] .a { float: left }',
        "@page { @bottom-left { content: none } }",
    ],
)
def test_what_follows_the_direction_is_not_a_side(text: str) -> None:
    assert one_sided(text) == []


def test_a_page_takes_its_direction_from_the_language(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(locale.LANGUAGES, "ar", "العربية")
    with app.test_request_context():
        directions = []
        for language in ("en", "ar"):
            g.language = language
            refresh()
            directions.append(page_direction())

    assert directions == ["ltr", "rtl"]


@pytest.mark.parametrize(("language", "direction", "edge"), [("en", "ltr", "left"), ("ar", "rtl", "right")])
def test_a_mail_takes_its_direction_from_the_language(
    monkeypatch: pytest.MonkeyPatch, language: str, direction: str, edge: str
) -> None:
    """The torn edge of the ticket's stub stands between the device and the number."""
    words = texts.words
    monkeypatch.setattr(texts, "language_for", lambda wanted: wanted)
    monkeypatch.setattr(texts, "words", lambda channel, _language: words(channel, "en"))
    facts = texts.TextFacts(shop="Anvil", tickets=("R-4821",), device_type=DeviceType.PHONE)

    html = texts.mail_html("Come.", subject="S", facts=facts, language=language, heading="H", action="Open")

    assert f'<html lang="{language}" dir="{direction}">' in html
    assert f"border-{edge}:2px dashed" in html
