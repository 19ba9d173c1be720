"""Words of strangers in every field reach the paper as words: nothing is fetched, nothing leaks."""

import dataclasses
import io
import socket
import threading

import pypdf
import pytest

from repairshop.reports import documents
from tests.reports import samples
from tests.reports.family import FAMILY, draw, filled

pytestmark = [pytest.mark.documents, pytest.mark.usefixtures("app_context")]

_OUR_FILES = {"report.json", "receipt.json", "wipe.json", "quote.json", "repair-form.json"}


@pytest.fixture
def listener():
    """A server that counts who calls."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0.2)
        calls = []
        done = threading.Event()

        def listen():
            while not done.is_set():
                try:
                    calls.append(server.accept())
                except TimeoutError:
                    continue

        thread = threading.Thread(target=listen)
        thread.start()
        yield server.getsockname()[1], calls
        done.set()
        thread.join()


def attacks(port):
    there = f"http://127.0.0.1:{port}"
    return [
        f'<img src="{there}/img"><script>fetch("{there}/s")</script>',
        f'"><link rel=attachment href="file:///etc/passwd"><link rel=stylesheet href="{there}/css">',
        f"<style>@import url({there}/i); body{{background:url({there}/b)}} @page{{size:1px}}</style>",
        f'</p></main><iframe src="{there}/f"></iframe><object data="file:///etc/hostname"></object>',
        f"'; content: url({there}/c); x: '",
        "{{ config.SECRET_KEY }} {% include 'base.html' %} %(shop)s 100% {0}",
        "<svg><image href='file:///etc/passwd'/></svg><a href='javascript:alert(1)'>x</a>",
        "\u202egnp.exe\u2066 \u0000\u0007\ufeff\ufffd\u2028 tail",
    ]


# Usually two of the attacks on each document, others on its neighbours; with --all every one on every one.
@pytest.mark.parametrize("apart", [4, pytest.param(1, marks=pytest.mark.heavy)], ids=["two", "all"])
@pytest.mark.parametrize("name", FAMILY)
def test_nothing_is_fetched_and_nothing_leaks(listener, name, apart):
    port, calls = listener
    for text in attacks(port)[list(FAMILY).index(name) % apart :: apart]:
        document = draw(name, text=text)

        reader = pypdf.PdfReader(io.BytesIO(document.pdf))
        assert set(reader.attachments) <= _OUR_FILES
        words = " ".join(page.extract_text() for page in reader.pages)
        assert "root:x:0" not in words
        assert "SECRET" not in words or "SECRET_KEY" in text
        assert "test-shop-0123456789" not in words
        require_nothing_alive(reader)
    assert calls == []


def require_nothing_alive(reader):
    """No link, no script, no form, nothing that opens or starts by itself."""
    assert all("/Annots" not in page and "/AA" not in page for page in reader.pages)
    root = reader.trailer["/Root"]
    assert not {"/OpenAction", "/AA", "/AcroForm", "/URI"} & set(root)
    assert "/JavaScript" not in root.get("/Names", {})
    for number in range(1, int(reader.trailer["/Size"])):
        found = reader.get_object(pypdf.generic.IndirectObject(number, 0, reader))
        if isinstance(found, dict):
            assert found.get("/S") not in {"/JavaScript", "/URI", "/Launch", "/SubmitForm", "/GoToR"}


def test_the_words_stand_on_the_paper_as_they_were_written():
    text = '<b>"50%" & more</b>'
    report = filled(samples.REPORT, text)

    reader = pypdf.PdfReader(
        io.BytesIO(documents.report_pdf(report, at=samples.LATER, check_address=None).pdf)
    )

    words = " ".join(" ".join(page.extract_text().split()) for page in reader.pages)
    assert words.count(text) >= 20


def test_the_longest_word_and_the_longest_texts_that_a_form_takes_are_drawn():
    word = dataclasses.replace(samples.REPORT, reported_fault="W" * 2000, condition="W" * 2000)
    texts = filled(samples.RECEIPT, "ab " * 200)

    report = documents.report_pdf(word, at=samples.LATER, check_address=None)
    receipt = documents.receipt_pdf(texts, link=None)

    assert report.pdf.startswith(b"%PDF")
    assert receipt.pdf.startswith(b"%PDF")
