"""What stands on the documents, and what does not."""

import io
import re
import subprocess
from dataclasses import replace

import pypdf
import pytest
import segno
from PIL import Image

from repairshop.codes import read_scan
from repairshop.media import service as media
from repairshop.media.store import the_store
from repairshop.reports import documents
from repairshop.reports.quote_documents import quote_pdf
from repairshop.reports.report_rules import Claimed, Conclusion, Covered, Passcode, TestLine, pairs_of
from repairshop.reports.rules import PLAIN, LabelSize, Picture
from repairshop.transaction import transaction
from tests.reports import samples

pytestmark = [pytest.mark.documents, pytest.mark.usefixtures("app_context")]


def text_of(document):
    pages = pypdf.PdfReader(io.BytesIO(document.pdf)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def alternatives(node):
    """The words that stand for pictures, from the file's tag tree."""
    node = node.get_object()
    if isinstance(node, list):
        return [words for kid in node for words in alternatives(kid)]
    if not hasattr(node, "get"):
        return []
    own = [str(node["/Alt"])] if "/Alt" in node else []
    return own + (alternatives(node["/K"]) if "/K" in node else [])


def report_text(**changes):
    report = replace(samples.REPORT, **changes)
    return text_of(documents.report_pdf(report, at=samples.LATER, check_address=samples.CHECK))


def test_a_label_shows_number_code_device_and_place_and_nothing_else():
    words = text_of(documents.label_pdf(samples.label())).split()

    assert sorted(words) == sorted(["R-4821", "B4", "K7QP-3M2X-J", "Apple", "iPhone", "13,", "blue"])


@pytest.mark.parametrize("size", LabelSize)
def test_a_label_keeps_a_long_device_name_inside_its_edges(size):
    label = samples.label(
        size, device="Lenovo ThinkPad X1 Carbon Gen 11 with docking station, " * 3, place="Cupboard 14"
    )

    document = documents.label_pdf(label)

    assert len(pypdf.PdfReader(io.BytesIO(document.pdf)).pages) == 1
    ink = drawn(document, dots_per_inch=150).point(lambda grey: 255 if grey < 128 else 0)
    left, top, right, bottom = ink.getbbox()
    free = round(2 / 25.4 * 150) - 1  # two millimetres, less the pixel that smoothing adds at an edge
    assert left >= free
    assert top >= free
    assert right <= ink.width - free
    assert bottom <= ink.height - free


@pytest.mark.parametrize("place", ["", "B4", "W12W", "Cupboard 14"])
@pytest.mark.parametrize("number", ["R-4821", "R-104821", "MNW-104821", "MWMW1048219"])
@pytest.mark.parametrize("size", LabelSize)
def test_no_number_of_a_label_is_cut_or_covered_by_the_place(tmp_path, size, number, place):
    """A number that is cut reads as another number; the prefix has up to four letters."""
    path = tmp_path / "label.pdf"
    path.write_bytes(documents.label_pdf(samples.label(size, number=number, place=place)).pdf)

    boxes = word_boxes(path)

    _, _, right, bottom = boxes[number]
    width, height = size.millimetres
    assert right <= width - 2
    assert bottom <= height - 2
    if place:
        left, top, _, _ = boxes[place.split()[0]]
        assert left > right or top > bottom


@pytest.mark.parametrize("size", LabelSize)
@pytest.mark.parametrize("words", range(1, 14))
def test_a_label_shows_whole_lines_of_its_device_however_long_its_name(tmp_path, size, words):
    path = tmp_path / "label.pdf"
    path.write_bytes(documents.label_pdf(samples.label(size, device=" ".join(["Galaxy"] * words))).pdf)

    drawn_words = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True, text=True)

    shown = drawn_words.stdout.count("Galaxy")
    assert shown >= 1
    assert shown == words or "…" in drawn_words.stdout


def word_boxes(path):
    """Each word of the first page with its edges: left, top, right, bottom in millimetres."""
    done = subprocess.run(["pdftotext", "-bbox", str(path), "-"], capture_output=True, check=True, text=True)
    found = re.findall(
        r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)</word>', done.stdout
    )
    return {word: tuple(float(edge) / 72 * 25.4 for edge in edges) for *edges, word in found}


@pytest.mark.parametrize("size", LabelSize)
def test_the_symbol_on_the_label_is_the_scanners_code_in_modules_a_scanner_reads(size):
    """Sampled from the drawn page and compared module by module with the symbol of prefix and code."""
    wanted = segno.make("RSTK7QP3M2XJ", error="q", micro=False, boost_error=True)
    assert read_scan("RSTK7QP3M2XJ").text == "K7QP3M2XJ"
    assert wanted.version == 1
    matrix = [[bool(module) for module in row] for row in wanted.matrix]

    page = drawn(documents.label_pdf(samples.label(size)), dots_per_inch=600)
    modules, module_millimetres = sampled(page, count=len(matrix), dots_per_inch=600)

    assert modules == matrix
    assert module_millimetres >= 0.75  # hand scanners ask for 0.25 mm; phones at arm's length for more


def test_a_receipt_names_the_promise_the_limit_and_the_privacy_answers():
    text = text_of(documents.receipt_pdf(samples.RECEIPT, link=samples.LINK))

    for words in (
        "We have your Apple iPhone 13",
        "Handed in by Carl Cooper on 3 March 2026 at 16:20",
        "Ready between Fri 6 March and Sat 7 March",
        "We repair without asking up to £120.00",
        "490154203237518",
        "6 photos taken",
        "clear case, USB-C cable",
        "We did not take your passcode",
        "Noted · SIM: Out, with the customer · Find My or account lock: On",
        "07700 900142, carl@example.com",
        "30 days",
        "typed, with a tick",
        "3f2a3f2a",
    ):
        assert words in text, words


def test_a_receipt_without_a_link_has_no_code_to_scan():
    receipt = text_of(documents.receipt_pdf(samples.RECEIPT, link=None))

    assert "Follow your repair" not in receipt


def test_a_report_names_parts_tests_openings_and_the_history():
    text = report_text()

    for words in (
        "Repaired: Screen dark",
        "Warranty on our work until 7 March 2027",
        "£129.00",
        "Sat 7 March ✓ kept",
        "1 time",
        "Display shows a picture ✗ Failed ✓ Passed",
        "Screen · Broken · Cause: ",
        "Battery · Worn out",
        "Added within your limit: £24.00",
        "Limit without asking: £150.00",
        "✗ Failed, 79 %",
        "Made by another maker",
        "Cannot be paired with the device",
        "Unknown part; battery health is not shown",
        "No longer works: Charging without a cable",
        "lot L7",
        "with £21.50 VAT in it",
        "Camera test with the customer's camera app 4",
        "In the shop, B4",
        "At Boardworks",
        "With you",
        "37 entries",
        "b81fb81f",
        "This report was issued on 7 March 2026 at 11:05.",
        "Before Tue 3 March · Frank After Sat 7 March · Tess",
        "If the same fault comes back until 7 March 2027 we repair it without charge",
        "that day never moves. Battery: until 3 September 2026.",
        "The rights that the law gives you stand beside it, unchanged.",
        "Repair mode Not possible: The screen is dead Tue 3 March 16:20 · Mira",
    ):
        assert words in text, words


def test_a_photo_of_a_test_stands_with_the_tests_name(photos):
    drawn = documents.report_pdf(samples.with_photos(photos), at=samples.LATER, check_address=None)

    tree = pypdf.PdfReader(io.BytesIO(drawn.pdf)).trailer["/Root"]["/StructTreeRoot"]["/K"]
    assert "Photo of this test: Display shows a picture, before" in alternatives(tree)


@pytest.mark.parametrize(
    ("condition", "said"),
    [("", "No marks noted. 6 photos taken."), ("Scratched.", "Scratched. 6 photos"), ("Whole", "Whole. 6")],
)
def test_what_was_noted_ends_before_the_photos_are_counted(condition, said):
    ticket = replace(samples.RECEIPT_TICKET, condition=condition)
    receipt = replace(samples.RECEIPT, tickets=(ticket,))

    text = text_of(documents.receipt_pdf(receipt, link=None))

    assert said in text
    assert "£25.00 for the diagnosis. Told 3 March 2026, 16:20." in text


def test_a_missed_promise_is_said():
    late = replace(samples.REPORT.pledge, ready_on=samples.LATER.date().replace(day=9))

    assert "missed" in report_text(pledge=late)


def test_a_promise_that_came_with_a_late_answer_is_called_so():
    after = replace(samples.REPORT.pledge, after_answer=True)

    text = report_text(pledge=after)

    assert "Promise after your answer" in text
    assert "First promise" not in text


@pytest.mark.parametrize(
    ("decided", "said"),
    [
        ({"covered": True, "because": "The cell swelled."}, "and you pay nothing. The cell swelled."),
        (
            {"covered": False, "no_cover": True, "because": "It was in water."},
            "does not cover it. It was in water. It is about none of what the warranty covers.",
        ),
        (
            {"covered": True, "about": Covered(name="Battery", ends_on=samples.LATER.date())},
            "It is about the part “Battery”, covered until 7 March 2026.",
        ),
    ],
)
def test_a_job_under_a_warranty_says_on_which_repair_and_what_was_decided(decided, said):
    claim = Claimed(code="0A1BC2D3E", claimed_on=samples.AT.date(), **decided)

    text = report_text(claim=claim)

    assert "You claimed on 3 March 2026, on the repair 0A1B-C2D3-E." in text
    assert said in text


def test_what_has_not_left_yet_or_has_no_warranty_says_nothing_of_one():
    text = report_text(covers=(), parts=(), warranty_until=None)

    assert "Warranty" not in text


def test_a_destroyed_passcode_is_said_with_its_time():
    text = report_text(passcode=Passcode.PURGED, passcode_purged_at=samples.LATER)

    assert "We destroyed your passcode on 7 March 2026 at 11:05" in text


def test_why_there_was_no_repair_is_said():
    text = report_text(
        outcome="not_repairable", conclusion=Conclusion(barrier="parts_not_available", note="Board burnt.")
    )

    assert "Not repairable" in text
    assert "The part is not available. Board burnt." in text


def test_a_picture_erased_since_leaves_its_place_empty(photos):
    from repairshop import clock

    with transaction():
        media.erase_picture(photos[0], at=clock.now())
    report = samples.with_photos(photos)

    document = documents.report_pdf(report, at=samples.LATER, check_address=None)

    pages = pypdf.PdfReader(io.BytesIO(document.pdf)).pages
    assert len({image.name for page in pages for image in page.images}) == 5


def test_a_report_is_drawn_once_and_then_comes_from_the_store(monkeypatch):
    drawn_documents = []
    draw = documents.render_pdf
    monkeypatch.setattr(documents, "render_pdf", lambda request: drawn_documents.append(1) or draw(request))

    first = documents.report_pdf(samples.REPORT, at=samples.LATER, check_address=samples.CHECK)
    second = documents.report_pdf(samples.REPORT, at=samples.LATER, check_address=samples.CHECK)
    other = replace(samples.REPORT, customer="Dana Diaz")
    documents.report_pdf(other, at=samples.LATER, check_address=samples.CHECK)

    assert first.pdf == second.pdf
    assert len(drawn_documents) == 2
    assert len([file for file in the_store().list_files("documents")]) == 2


def test_a_receipt_with_its_link_is_never_stored():
    documents.receipt_pdf(samples.RECEIPT, link=samples.LINK)

    assert list(the_store().list_files()) == []


def drawn(document, *, dots_per_inch):
    """The first page as a grey picture, by Poppler."""
    done = subprocess.run(
        ["pdftoppm", "-r", str(dots_per_inch), "-gray", "-singlefile", "-"],
        input=document.pdf,
        capture_output=True,
        check=True,
    )
    return Image.open(io.BytesIO(done.stdout)).convert("L")


def sampled(page, *, count, dots_per_inch):
    """The symbol at the page's left, module by module, and the side of a module in millimetres."""
    dark = page.crop((0, 0, page.width // 2, page.height)).point(lambda grey: 255 if grey < 128 else 0)
    left, top, right, bottom = symbol_box(dark)
    side = (right - left) / count
    assert abs((bottom - top) / count - side) < 0.6
    modules = [
        [
            bool(dark.getpixel((int(left + (x + 0.5) * side), int(top + (y + 0.5) * side))))
            for x in range(count)
        ]
        for y in range(count)
    ]
    return modules, side / dots_per_inch * 25.4


def symbol_box(dark):
    """The box of the ink left of the first column gap that is wider than any gap inside the symbol."""
    columns = [dark.crop((x, 0, x + 1, dark.height)).getbbox() is not None for x in range(dark.width)]
    left = columns.index(True)
    right, gap = left, 0
    for x in range(left, dark.width):
        gap = 0 if columns[x] else gap + 1
        if columns[x]:
            right = x + 1
        elif gap > 12:
            break
    box = dark.crop((left, 0, right, dark.height)).getbbox()
    return left, box[1], right, box[3]


def test_the_first_page_says_in_short_what_was_found_checked_and_fitted():
    report = replace(samples.REPORT, work=("Words " * 400,))  # as long as it likes
    pages = pypdf.PdfReader(
        io.BytesIO(documents.report_pdf(report, at=samples.LATER, check_address=samples.CHECK).pdf)
    ).pages

    first = " ".join(pages[0].extract_text().split())

    for words in (
        "In short",
        "We found: Screen · Broken",
        "Before the work 6 of 8 checks passed. After it 10 of 10 passed.",
        "We fitted: Display (Original, new), Battery (Made by another maker).",
        "No longer works: Charging without a cable",
        "Sat 7 March ✓ kept",
        "Your data was opened 1 time",
    ):
        assert words in first, words


def test_photos_of_the_finished_device_stand_beside_those_of_the_hand_in(photos):
    report = samples.with_photos(photos, after=2)

    document = documents.report_pdf(report, at=samples.LATER, check_address=None)

    tree = pypdf.PdfReader(io.BytesIO(document.pdf)).trailer["/Root"]["/StructTreeRoot"]["/K"]
    words = alternatives(tree)
    at = words.index("Before: Side 1")
    assert words[at : at + 4] == ["Before: Side 1", "After: Side 3", "Before: Side 2", "After: Side 4"]


def test_a_pair_is_of_one_caption_where_there_is_one():
    def shot(number, caption):
        return Picture(media_id=number, sha256="", caption=caption)

    front, back, plain = shot(1, "Front"), shot(2, "Back"), shot(3, "")
    back_after, other, more = shot(4, "Back"), shot(5, "Ports"), shot(6, "")

    assert pairs_of((front, back, plain), (back_after, other, more)) == (
        (front, other),
        (back, back_after),
        (plain, more),
    )
    assert pairs_of((front,), (back_after, other)) == ((front, back_after), (None, other))
    assert pairs_of((front, back), ()) == ()


def test_an_open_quote_names_the_device_and_has_a_box_to_tick_for_each_way():
    text = text_of(quote_pdf(samples.QUOTE, look=PLAIN))

    for words in (
        "IMEI 490154203237518 · Serial number F2LXK0Q1N7",
        "☐ With the maker's display, £129.00",
        "☐ With another maker's display, £89.00",
    ):
        assert words in text, words


def test_a_quote_with_one_way_or_with_an_answer_has_nothing_to_tick():
    for quote in (
        replace(samples.QUOTE, ways=samples.WAYS[:1]),
        replace(samples.QUOTE, answers=(samples.APPROVED,), is_open=False),
    ):
        assert "☐" not in text_of(quote_pdf(quote, look=PLAIN))


def test_a_long_list_of_checks_that_merely_passed_is_named_in_a_row():
    passed = tuple(TestLine(label=f"Check-{n:02}", before="pass", after="pass") for n in range(44))
    told = TestLine(label="Check-44", before="pass", after="pass", after_value="91", unit="%")
    failed = TestLine(label="Check-45", before="fail", after="pass")

    report = replace(samples.REPORT, tests=(*passed, told, failed))
    document = documents.report_pdf(report, at=samples.LATER, check_address=samples.CHECK)

    text = text_of(document)
    assert len(pypdf.PdfReader(io.BytesIO(document.pdf)).pages) <= 3
    assert "44 checks passed before and after the work: Check-00 · Check-01 · " in text
    assert "Check-44 ✓ Passed ✓ Passed, 91 %" in text
    assert "Check-45 ✗ Failed ✓ Passed" in text
    assert all(f"Check-{n:02}" in text for n in range(46))
    assert "After it 46 of 46 passed." in text


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [("pass", "", "9 checks passed before the work:"), ("", "pass", "9 checks passed after the work:")],
)
def test_a_row_of_passed_checks_names_its_run_and_who_made_it(before, after, said):
    tests = tuple(TestLine(label=f"Check-{n}", before=before, after=after) for n in range(9))

    text = report_text(tests=tests)

    assert said in text
    assert "Before: Tue 3 March · Frank / After: Sat 7 March · Tess" in text


def test_a_short_list_of_checks_stays_a_table():
    tests = tuple(TestLine(label=f"Check-{n}", before="pass", after="pass") for n in range(8))

    text = report_text(tests=tests)

    assert text.count("✓ Passed ✓ Passed") == 8
