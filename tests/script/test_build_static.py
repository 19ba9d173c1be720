"""The static build, on sources of its own."""

import gzip
import io
import json
from pathlib import Path

import brotli
import pytest
from babel.messages.pofile import read_po
from fontTools.ttLib import TTFont

from script import build_static

TRANSLATIONS = Path(__file__).resolve().parents[2] / "translations"
LANGUAGES = [place.name for place in TRANSLATIONS.iterdir() if (place / "LC_MESSAGES").is_dir()]


def words_of(language: str) -> str:
    """Every sentence of ours in that language, one after the other."""
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file)
    said = (message.string for message in catalogue if message.id)
    return "".join("".join(forms) if isinstance(forms, tuple) else forms for forms in said)


@pytest.fixture
def static(tmp_path, monkeypatch):
    (tmp_path / "css").mkdir()
    (tmp_path / "js").mkdir()
    monkeypatch.setattr(build_static, "STATIC", tmp_path)
    monkeypatch.setattr(build_static, "BUILT", tmp_path / "built")
    monkeypatch.setattr(build_static, "FONTS", ())
    return tmp_path


def names_after_build(static):
    build_static.main()
    return json.loads((static / "built" / "manifest.json").read_text())["files"]


def test_file_gets_a_hashed_name_and_compressed_copies(static):
    (static / "css" / "page.css").write_text("body { color: red }")

    name = names_after_build(static)["css/page.css"]

    made = static / "built" / name
    assert made.read_text() == "body { color: red }"
    assert gzip.decompress(made.with_name(made.name + ".gz").read_bytes()) == made.read_bytes()
    assert brotli.decompress(made.with_name(made.name + ".br").read_bytes()) == made.read_bytes()


def test_change_in_an_imported_module_renames_its_importers(static):
    (static / "js" / "page.js").write_text('import { wake } from "./wake.js";\nwake();\n')
    (static / "js" / "wake.js").write_text("export const wake = () => 1;\n")
    before = names_after_build(static)
    (static / "js" / "wake.js").write_text("export const wake = () => 2;\n")

    after = names_after_build(static)

    assert before["js/page.js"] != after["js/page.js"]
    assert f'from "../{after["js/wake.js"]}"' in (static / "built" / after["js/page.js"]).read_text()


def test_address_of_a_module_is_that_of_its_hashed_name(static):
    (static / "js" / "page.js").write_text('bring(import.meta.resolve("./board.js"));\n')
    (static / "js" / "board.js").write_text("start();\n")

    names = names_after_build(static)

    text = (static / "built" / names["js/page.js"]).read_text()
    assert text == f'bring(import.meta.resolve("../{names["js/board.js"]}"));\n'


def test_css_names_its_files_by_their_hashed_names(static):
    (static / "img").mkdir()
    (static / "img" / "tear.svg").write_text("<svg/>")
    (static / "css" / "page.css").write_text("/* why */ a { background: url(../img/tear.svg) }")

    names = names_after_build(static)

    text = (static / "built" / names["css/page.css"]).read_text()
    assert text.strip() == f'a {{ background: url("../{names["img/tear.svg"]}") }}'


def test_reference_to_a_missing_file_stops_the_build(static):
    (static / "css" / "page.css").write_text("a { background: url(../img/gone.svg) }")

    with pytest.raises(SystemExit, match=r"css/page\.css refers to img/gone\.svg"):
        build_static.main()


def test_modules_that_import_each_other_stop_the_build(static):
    (static / "js" / "a.js").write_text('import "./b.js";')
    (static / "js" / "b.js").write_text('import "./a.js";')

    with pytest.raises(SystemExit, match="refer to each other"):
        build_static.main()


def test_nothing_is_done_when_nothing_changed(static, monkeypatch):
    (static / "css" / "page.css").write_text("body {}")
    build_static.main()
    monkeypatch.setattr(build_static, "Build", None)

    build_static.main()


def test_page_that_is_still_open_finds_its_old_files(static):
    (static / "css" / "page.css").write_text("body { color: red }")
    old = names_after_build(static)["css/page.css"]
    (static / "css" / "page.css").write_text("body { color: blue }")

    names_after_build(static)

    assert (static / "built" / old).is_file()


@pytest.fixture(scope="module")
def text_faces() -> list[TTFont]:
    return [
        TTFont(io.BytesIO(build_static.cached_subset(font)))
        for font in build_static.FONTS
        if font.name in ("fonts/text.woff2", "fonts/text-more.woff2")
    ]


def test_everything_our_languages_say_is_in_the_face_that_comes_first(text_faces):
    first, _ = text_faces
    said = {character for language in LANGUAGES for character in words_of(language)} - {"\n"}

    assert {ord(character) for character in said} <= set(first.getBestCmap())


def test_the_two_text_faces_hold_what_is_said_of_them_and_nothing_twice(text_faces):
    first, more = (set(face.getBestCmap()) for face in text_faces)

    assert first == set(build_static.OURS)
    assert more == set(build_static.THE_REST)
    assert first & more == set()


def test_the_first_face_fits_the_first_window_of_a_connection():
    """Ten segments of 1,460 bytes (RFC 6928), half a kilobyte of it for the answer's headers."""
    (face,) = (font for font in build_static.FONTS if font.name == "fonts/text.woff2")

    assert len(build_static.cached_subset(face)) <= 10 * 1460 - 512


def test_css_may_ask_for_the_characters_of_a_font(static, monkeypatch):
    font = build_static.Font(
        name="fonts/a.woff2",
        package="",
        file="",
        characters=(65, 66, 67, 97),
        features=(),
        weights=(400, 400),
    )
    monkeypatch.setattr(build_static, "FONTS", (font,))
    monkeypatch.setattr(build_static, "font_file", lambda _font: static / "css" / "page.css")
    monkeypatch.setattr(build_static, "cached_subset", lambda _font: b"a font")
    (static / "css" / "page.css").write_text("@font-face { unicode-range: characters-of(fonts/a.woff2) }")

    name = names_after_build(static)["css/page.css"]

    text = (static / "built" / name).read_text()
    assert text == "@font-face { unicode-range: U+41-43,U+61 }"
