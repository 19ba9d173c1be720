"""The static build, on sources of its own."""

import gzip
import json

import brotli
import pytest

from script import build_static


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
