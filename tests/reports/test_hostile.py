"""Words of strangers in every field reach the paper as words: nothing is fetched, nothing leaks."""

import dataclasses
import io
import socket
import threading
from datetime import date, datetime
from enum import Enum

import pypdf
import pytest

from repairshop.money import Money
from repairshop.reports import documents
from repairshop.reports.rules import Picture
from tests.reports import samples

pytestmark = [pytest.mark.documents, pytest.mark.usefixtures("app_context")]

# Keys have their words in the templates; they are never a stranger's.
_KEYS = frozenset(
    {
        "country",
        "time_zone",
        "language",
        "device_type",
        "purpose",
        "origin",
        "pairing",
        "role",
        "stage",
        "outcome",
        "code",
        "before",
        "after",
        "day_head_of",
        "sha256",
        "step",
        "barrier",
    }
)


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


def poisoned(value, text):
    """The same facts with every free text replaced."""
    if isinstance(value, Money | Picture | Enum | datetime | date) or value is None:
        return value
    if isinstance(value, str):
        return text
    if isinstance(value, tuple):
        return tuple(poisoned(item, text) for item in value)
    if dataclasses.is_dataclass(value):
        if type(value).__name__ == "Detail":
            return value
        return dataclasses.replace(
            value,
            **{
                field.name: poisoned(getattr(value, field.name), text)
                for field in dataclasses.fields(value)
                if field.name not in _KEYS
            },
        )
    return value


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


@pytest.mark.parametrize("number", range(8))
def test_nothing_is_fetched_and_nothing_leaks(listener, number):
    port, calls = listener
    text = attacks(port)[number]
    report = poisoned(samples.REPORT, text)
    receipt = poisoned(samples.RECEIPT, text)
    label = poisoned(samples.label(), text)

    made = [
        documents.report_pdf(report, at=samples.LATER, check_address=samples.CHECK),
        documents.receipt_pdf(receipt, link=samples.LINK),
        documents.label_pdf(label),
    ]

    assert calls == []
    for document in made:
        reader = pypdf.PdfReader(io.BytesIO(document.pdf))
        assert set(reader.attachments) <= {"report.json", "receipt.json"}
        words = " ".join(page.extract_text() for page in reader.pages)
        assert "root:x:0" not in words
        assert "SECRET" not in words or "SECRET_KEY" in text
        assert "test-shop-0123456789" not in words
        assert all("/Annots" not in page for page in reader.pages)


def test_the_words_stand_on_the_paper_as_they_were_written():
    text = '<b>"50%" & more</b>'
    report = poisoned(samples.REPORT, text)

    reader = pypdf.PdfReader(
        io.BytesIO(documents.report_pdf(report, at=samples.LATER, check_address=None).pdf)
    )

    words = " ".join(" ".join(page.extract_text().split()) for page in reader.pages)
    assert words.count(text) >= 20


def test_the_longest_word_and_the_longest_texts_that_a_form_takes_are_drawn():
    word = dataclasses.replace(samples.REPORT, reported_fault="W" * 2000, condition="W" * 2000)
    texts = poisoned(samples.RECEIPT, "ab " * 200)

    report = documents.report_pdf(word, at=samples.LATER, check_address=None)
    receipt = documents.receipt_pdf(texts, link=None)

    assert report.pdf.startswith(b"%PDF")
    assert receipt.pdf.startswith(b"%PDF")
