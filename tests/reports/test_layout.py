"""How documents lie on their sheets: nothing covered, nothing cut, nothing left alone on a page."""

import io
import re
import subprocess
from dataclasses import replace

import pypdf
import pytest
from PIL import Image, ImageDraw

from repairshop.media import service as media
from repairshop.reports import documents
from repairshop.reports.report_rules import CustodyStep, TestLine
from repairshop.reports.rules import Picture
from repairshop.transaction import transaction
from tests.media import corpus
from tests.reports import samples

pytestmark = [pytest.mark.documents, pytest.mark.usefixtures("app_context")]


def draw_report(**changes):
    report = replace(samples.REPORT, **changes)
    return documents.report_pdf(report, at=samples.LATER, check_address=samples.CHECK).pdf


def pages_of(pdf):
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def word_boxes(pdf):
    """(word, left, top, right, bottom) in points, for the first page."""
    done = subprocess.run(
        ["pdftotext", "-l", "1", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True
    )
    pattern = r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)</word>'
    return [
        (word, *(float(edge) for edge in edges)) for *edges, word in re.findall(pattern, done.stdout.decode())
    ]


def test_a_long_shop_name_and_a_long_address_do_not_lie_on_each_other():
    shop = replace(
        samples.SHOP,
        name="Handy- und Computerreparaturwerkstatt Lüdenscheidt und Söhne am Hauptbahnhof",
        street="Donaudampfschifffahrtsgesellschaftsstraße 123a, Hinterhof, dritter Aufgang",
        city="98765 Neustadt an der Weinstraße",
    )

    boxes = word_boxes(draw_report(shop=shop))

    assert any(word == "Donaudampfschifffahrtsgesellschaftsstraße" for word, *_ in boxes)
    for number, (word, left, top, right, bottom) in enumerate(boxes):
        for other, left2, top2, right2, bottom2 in boxes[number + 1 :]:
            across = min(right, right2) - max(left, left2)
            down = min(bottom, bottom2) - max(top, top2)
            # Lines set close share a little of their boxes' height, never half of it.
            assert across <= 0.5 or down < 0.5 * min(bottom - top, bottom2 - top2), (word, other)


@pytest.mark.parametrize(("count", "where"), [(1, "photos"), (4, "photos"), (2, "pair"), (6, "pair")])
def test_an_upright_photo_is_shown_whole(count, where):
    """Blue above, green below: what is cut off at the top or at the foot is missed."""
    picture = Image.new("RGB", (600, 1000), (128, 128, 128))
    marks = ImageDraw.Draw(picture)
    marks.rectangle((0, 0, 600, 60), fill=(0, 0, 255))
    marks.rectangle((0, 940, 600, 1000), fill=(0, 200, 0))
    received = media.receive_photo(corpus.written(picture, "JPEG"))
    with transaction():
        media_id = int(media.store_picture(received))
    photos = tuple(Picture(media_id=media_id, sha256="0" * 64, caption=f"Side {n}") for n in range(count))
    after = photos if where == "pair" else ()

    pdf = draw_report(photos=photos, photos_after=after)

    blue, green = 0, 0
    for page in range(1, len(pages_of(pdf)) + 1):
        done = subprocess.run(
            ["pdftoppm", "-r", "60", "-f", str(page), "-l", str(page), "-"],
            input=pdf,
            capture_output=True,
            check=True,
        )
        for times, (r, g, b) in Image.open(io.BytesIO(done.stdout)).getcolors(1_000_000):
            blue += times if b > 200 and r < 60 and g < 60 else 0
            green += times if g > 150 and r < 60 and b < 60 else 0
    shown = count + len(after)
    assert blue > 40 * shown
    assert green > 40 * shown


@pytest.mark.parametrize("count", range(9, 23))
def test_no_row_of_a_table_stands_alone_on_a_page(count):
    tests = tuple(TestLine(label=f"Check-{n:02}", before="fail", after="pass") for n in range(count))

    rows = [len(re.findall(r"Check-\d\d", page)) for page in pages_of(draw_report(tests=tests))]

    assert sum(rows) == count
    assert 1 not in rows
    assert 2 not in rows


@pytest.mark.parametrize("steps", range(1, 40, 3))
def test_signatures_and_the_head_of_the_history_have_company_on_the_last_page(steps):
    custody = (CustodyStep(at=samples.AT, holder="specialist", label="Boardworks"),) * steps

    last = pages_of(draw_report(custody=custody))[-1]

    for words in ("At Boardworks", "Signed", "b81fb81f"):
        assert words in last


@pytest.mark.parametrize("language", ["en", "es", "de", "fr"])
def test_a_receipt_of_one_device_is_one_page_in_each_language(language):
    receipt = replace(samples.RECEIPT, shop=replace(samples.SHOP, language=language))

    pages = pages_of(documents.receipt_pdf(receipt, link=samples.LINK).pdf)

    assert len(pages) == 1
    assert "3f2a3f2a" in pages[0]


def test_a_receipt_dates_the_head_of_the_history_as_people_write_days():
    text = pages_of(documents.receipt_pdf(samples.RECEIPT, link=samples.LINK).pdf)[0]

    assert "head of 2 March 2026:" in " ".join(text.split())


def test_paragraphs_of_a_finding_stay_paragraphs():
    finding = replace(samples.REPORT.findings[0], text="The cable is torn.\n\nThe frame is straight.")

    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"],
        input=draw_report(findings=(finding,)),
        capture_output=True,
        check=True,
    )

    lines = [line.strip() for line in done.stdout.decode().splitlines()]
    assert "The cable is torn." in lines
    assert "The frame is straight." in lines
