"""The drawing process: its limits, its end, and what it does not do."""

import io
import os
import signal
import time
from datetime import UTC, datetime

import pypdf
import pytest

from repairshop.reports.renderer import Renderer, render_pdf
from repairshop.reports.rules import DocumentNotDrawn
from repairshop.reports.wire import DrawRequest
from repairshop.transaction import transaction

pytestmark = pytest.mark.documents

AT = datetime(2026, 3, 3, tzinfo=UTC)


def page(body, head=""):
    return DrawRequest(
        html=f"<html lang=en><head><title>T</title>{head}</head><body>{body}</body></html>", created_at=AT
    )


@pytest.fixture
def renderer():
    renderer = Renderer(time_limit_seconds=15)
    yield renderer
    renderer.close()


def test_a_document_that_takes_too_long_is_ended_and_the_next_one_drawn(renderer):
    renderer.render(page("<p>warm"))
    renderer._time_limit = 1.0
    deep = "<div style='display:flex'>" * 60 + "x" + "</div>" * 60
    started = time.monotonic()

    with pytest.raises(DocumentNotDrawn):
        renderer.render(page(deep * 40))

    assert time.monotonic() - started < 5
    renderer._time_limit = 15
    assert renderer.render(page("<p>next")).startswith(b"%PDF")


def test_a_document_that_takes_too_much_memory_is_refused(renderer):
    huge = "<table>" + "<tr>" + "<td>x" * 400_000

    with pytest.raises(DocumentNotDrawn):
        renderer.render(page(huge))

    assert renderer.render(page("<p>next")).startswith(b"%PDF")


def test_a_process_that_died_in_between_is_started_again(renderer):
    renderer.render(page("<p>first"))
    os.kill(renderer._process.pid, signal.SIGKILL)
    renderer._process.wait()

    assert renderer.render(page("<p>second")).startswith(b"%PDF")


@pytest.mark.parametrize(
    "body",
    [
        '<img src="http://127.0.0.1:9/x" alt="">',
        '<img src="file:///etc/passwd" alt="">',
        '<img src="image:other" alt="">',
        '<img src="data:image/png;base64,AAAA" alt="">',
        '<p style="background: url(http://127.0.0.1:9/)">x',
    ],
)
def test_a_document_that_asks_for_anything_is_refused_whole(renderer, body):
    with pytest.raises(DocumentNotDrawn):
        renderer.render(page(body))


@pytest.mark.parametrize(
    "head",
    [
        '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">',
        "<style>@import url(file:///etc/passwd);</style>",
        '<style>@font-face { font-family: x; src: url("http://127.0.0.1:9/x.ttf") }</style>',
    ],
)
def test_a_head_that_asks_for_anything_is_refused_whole(renderer, head):
    with pytest.raises(DocumentNotDrawn):
        renderer.render(page("<p style='font-family: x'>x", head))


@pytest.mark.parametrize(
    "markup",
    [
        '<link rel="attachment" href="file:///etc/passwd">',
        '<a rel="attachment" href="file:///etc/passwd">x</a>',
        '<svg width="9" height="9"><image href="file:///etc/passwd" width="9" height="9"/></svg>',
    ],
)
def test_files_of_the_machine_never_get_into_a_document(renderer, markup):
    """WeasyPrint drops or refuses these; either way nothing of the file may be inside."""
    try:
        pdf = renderer.render(page(markup, markup))
    except DocumentNotDrawn:
        return

    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert reader.attachments == {}
    assert not any(b"root:x:0" in data for data in streams(reader))


def streams(reader):
    for number in range(1, len(reader.xref[0]) + 1 if reader.xref else 1):
        thing = reader.get_object(number)
        if hasattr(thing, "get_data"):
            yield thing.get_data()


def test_drawing_is_not_done_inside_a_transaction(app_context):
    with pytest.raises(RuntimeError, match="transaction"), transaction():
        render_pdf(page("<p>x"))


def test_the_process_sees_no_secret(renderer, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "do-not-pass-this-on-to-the-press")
    renderer.render(page("<p>x"))

    with open(f"/proc/{renderer._process.pid}/environ", "rb") as file:
        environment = file.read()

    assert b"do-not-pass-this-on" not in environment


def test_the_process_ends_with_its_parents_pipe(renderer):
    renderer.render(page("<p>x"))
    process = renderer._process

    process.stdin.close()

    assert process.wait(timeout=10) == 0


def test_the_web_process_does_not_load_the_drawing_library(app):
    import subprocess
    import sys

    probe = "import sys, repairshop.app; sys.exit('weasyprint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0
