"""Every document is PDF/A-3a and PDF/UA-1 at once, by veraPDF's own rules."""

import hashlib
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest

from repairshop.reports import documents, facts, renderer
from repairshop.reports.rules import LabelSize, Picture
from tests.reports import samples
from tests.reports.family import FAMILY, draw
from tests.reports.verapdf import broken_rules, tag_counts

pytestmark = [pytest.mark.documents, pytest.mark.usefixtures("app_context")]

NAMES = {
    "Latin with marks": "Žofie Ćwikłowska-Núñez",
    "Greek and Cyrillic": "Ελένη Παπαδοπούλου / Ірина Шевченко",
    "Chinese, Japanese, Korean": "王小明 / 山田 太郎 / 김민준",
    "Arabic and Hebrew": "سارة الأحمد / נועה כהן",
    "Thai and Devanagari": "สมชาย ใจดี / अमित शर्मा",
    "emoji": "Carl 🔧📱",
}
# The test's reader gives their signs in the order and form in which they are drawn.
_DRAWN_OTHERWISE = {"Arabic and Hebrew", "Thai and Devanagari"}


def saved(tmp_path, document):
    path = tmp_path / "paper.pdf"
    path.write_bytes(document.pdf)
    return path


def assert_conforms(path):
    for standard in ("PDF/UA-1", "PDF/A-3a"):
        assert broken_rules(path, standard) == {}, standard
    if shutil.which("qpdf"):
        done = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("size", LabelSize)
def test_a_label_conforms_and_has_its_exact_size(tmp_path, size):
    path = saved(tmp_path, documents.label_pdf(samples.label(size)))

    assert_conforms(path)
    pages = pypdf.PdfReader(path).pages
    assert len(pages) == 1
    millimetres = tuple(round(float(side) * 25.4 / 72, 1) for side in pages[0].mediabox[2:])
    assert millimetres == size.millimetres


def test_the_sheet_of_codes_conforms_with_a_figure_for_each(tmp_path):
    path = saved(tmp_path, documents.code_sheet_pdf(samples.CODES))

    assert_conforms(path)
    assert tag_counts(path)["Figure"] == len(samples.CODES.codes)


def test_a_receipt_conforms_on_one_page(tmp_path, hand):
    signed = replace(samples.RECEIPT.signature, picture=Picture(media_id=hand, sha256=""))
    receipt = replace(samples.RECEIPT, signature=signed)

    path = saved(tmp_path, documents.receipt_pdf(receipt, link=samples.LINK))

    assert_conforms(path)
    reader = pypdf.PdfReader(path)
    assert len(reader.pages) == 1
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert reader.metadata.title == "Receipt R-4821 · Fixwell"
    assert tag_counts(path)["Figure"] == 2


def test_a_receipt_of_two_devices_on_letter_paper_conforms(tmp_path):
    second = replace(samples.RECEIPT_TICKET, number="R-4822", code="0A1BC2D3E")
    receipt = replace(
        samples.RECEIPT,
        shop=replace(samples.SHOP, country="US", time_zone="America/New_York"),
        tickets=(samples.RECEIPT_TICKET, second),
    )

    path = saved(tmp_path, documents.receipt_pdf(receipt, link=samples.LINK))

    assert_conforms(path)
    assert [float(side) for side in pypdf.PdfReader(path).pages[0].mediabox[2:]] == [612, 792]


def test_a_report_with_photos_conforms_on_few_pages(tmp_path, photos, hand):
    report = samples.with_photos(photos, signature=hand)

    path = saved(tmp_path, documents.report_pdf(report, at=samples.LATER, check_address=samples.CHECK))

    assert_conforms(path)
    assert path.stat().st_size < 600_000
    reader = pypdf.PdfReader(path)
    assert 2 <= len(reader.pages) <= 4
    headings = [entry.title for entry in flat(reader.outline)]
    assert headings[0].startswith("Repaired")
    assert {"What we found", "Parts we fitted", "Your data", "Signed"} <= set(headings)
    counts = tag_counts(path)
    assert counts["Figure"] == 9  # six photos, two signatures, one code
    assert counts["Table"] >= 4  # one that goes on over the page counts twice


def test_an_interim_report_and_one_without_repair_conform(tmp_path):
    bare = replace(
        samples.REPORT,
        stage="diagnosing",
        outcome="",
        handed_over_at=None,
        finished_at=None,
        findings=(),
        tests=(),
        work=(),
        parts=(),
        price=None,
        openings=(),
        privacy=(),
        pledge=None,
        warranty_until=None,
        signatures=(),
    )

    path = saved(tmp_path, documents.report_pdf(bare, at=samples.AT, check_address=None))

    assert_conforms(path)
    assert "Interim report" in text_of(path)
    assert "Nobody opened your data" in text_of(path)


@pytest.mark.parametrize("name", FAMILY)
def test_each_document_conforms(tmp_path, name):
    assert_conforms(saved(tmp_path, draw(name)))


@pytest.mark.parametrize("name", FAMILY)
def test_each_document_conforms_whatever_script_its_words_are_in(tmp_path, name):
    assert_conforms(saved(tmp_path, draw(name, language="de", text=" / ".join(NAMES.values()))))


@pytest.mark.parametrize("script", NAMES)
def test_names_in_any_script_are_drawn_and_read_back_as_they_are(tmp_path, script):
    report = replace(samples.REPORT, customer=NAMES[script])

    path = saved(tmp_path, documents.report_pdf(report, at=samples.LATER, check_address=samples.CHECK))

    assert_conforms(path)
    assert path.stat().st_size < 300_000
    drawn = re.sub(r"\s", "", text_of(path))
    for word in NAMES[script].split():
        if script not in _DRAWN_OTHERWISE:
            assert word in drawn, word


@pytest.mark.parametrize("sign", ["\U0001fae8", "\ue000", "\u0378", "\U0010fffd"])
def test_what_no_font_can_draw_leaves_its_mark_and_breaks_no_standard(tmp_path, sign):
    """The newest emoji, a private sign, one that is none."""
    report = replace(samples.REPORT, customer=f"Carl {sign}")

    path = saved(tmp_path, documents.report_pdf(report, at=samples.LATER, check_address=samples.CHECK))

    assert_conforms(path)
    assert "Carl \ufffd" in text_of(path)
    attached = json.loads(pypdf.PdfReader(path).attachments["report.json"][0])
    assert attached["customer"] == f"Carl {sign}"  # the facts stay whole


def test_the_press_draws_with_no_coloured_font():
    """Their pictures break PDF/A; a machine may well have some."""
    settings = Path(renderer.__file__).with_name("fonts.conf")

    listed = subprocess.run(
        ["fc-list", ":color=true"], capture_output=True, check=True, env={"FONTCONFIG_FILE": str(settings)}
    )

    assert listed.stdout == b""


def test_the_same_facts_give_the_same_bytes(monkeypatch):
    first = documents.receipt_pdf(samples.RECEIPT, link=samples.LINK)
    for running in renderer._renderers.values():
        running.close()
    second = documents.receipt_pdf(samples.RECEIPT, link=samples.LINK)

    assert first.pdf == second.pdf


def test_a_report_carries_its_facts_and_their_digest_is_that_of_the_attached_file():
    document = documents.report_pdf(samples.REPORT, at=samples.LATER, check_address=samples.CHECK)

    attached = pypdf.PdfReader(io.BytesIO(document.pdf)).attachments["report.json"][0]

    assert hashlib.sha256(attached).hexdigest() == facts.digest_of(facts.plain(samples.REPORT))
    assert json.loads(attached)["parts"][0]["serial"] == "DN8GH2K1PQ"


def test_spanish_customers_read_spanish(tmp_path):
    report = replace(samples.REPORT, shop=replace(samples.SHOP, language="es"))

    path = saved(tmp_path, documents.report_pdf(report, at=samples.LATER, check_address=None))

    assert pypdf.PdfReader(path).trailer["/Root"]["/Lang"] == "es"
    assert "7 de marzo de 2027" in text_of(path)


def flat(outline):
    for entry in outline:
        if isinstance(entry, list):
            yield from flat(entry)
        else:
            yield entry


def text_of(path):
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
