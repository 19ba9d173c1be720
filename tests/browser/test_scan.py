"""A scanner types into whatever has the focus. 500 scans: none goes wrong, none fires a shortcut."""

import random

import pytest
from playwright.sync_api import Page

from tests.browser.scanning import WATCH, Scanner, make_codes

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("gap_ms", [5, 8, 16, 40])
def test_scans_on_the_bench_find_their_tickets_and_fire_no_shortcut(
    page: Page, gallery: str, gap_ms: int
) -> None:
    page.goto(f"{gallery}/bench")
    page.evaluate(WATCH)
    scanner = Scanner(page)
    codes = make_codes(100)

    for number, code in enumerate(codes):
        # Half of the time a card has the focus, so that 1 to 3 would move its ticket.
        page.evaluate(
            """number => number % 2 ? document.activeElement.blur()
                : document.querySelectorAll('.card-title')[number % 9].focus()""",
            number,
        )
        scanner.type(code, gap_ms=gap_ms)

    assert page.evaluate("scans") == codes
    assert page.evaluate("strays") == []


@pytest.mark.parametrize("gap_ms", [5, 8, 16, 40])
def test_a_scan_into_a_field_finds_the_ticket_and_gives_the_field_back(
    page: Page, gallery: str, gap_ms: int
) -> None:
    page.goto(f"{gallery}/form")
    page.fill("#fault", "Does not charge since Monday")
    page.fill("#name", "Dana Reyes")
    page.fill("#minutes", "45")
    page.evaluate(WATCH)
    scanner = Scanner(page)
    codes = make_codes(50)
    fields = ["#fault", "#name", "#minutes", "#phone", "#device", "#limit"]
    before = page.evaluate("ids => ids.map(id => document.querySelector(id).value)", fields)

    for number, code in enumerate(codes):
        page.focus(fields[number % len(fields)])
        if number % len(fields) == 0:
            page.evaluate("document.querySelector('#fault').setSelectionRange(4, 9)")
        scanner.type(code, gap_ms=gap_ms)
        if number % len(fields) == 0:
            assert page.evaluate("[fault.selectionStart, fault.selectionEnd]") == [4, 9]

    assert page.evaluate("scans") == codes
    assert page.evaluate("strays") == []
    assert page.evaluate("ids => ids.map(id => document.querySelector(id).value)", fields) == before
    assert page.evaluate("document.querySelector('#device-select').value") == "phone"


def test_scanners_without_an_ending_key_and_with_a_tab_work_too(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/bench")
    page.evaluate(WATCH)
    scanner = Scanner(page)
    first, second, third = make_codes(3)

    scanner.type(first, gap_ms=8, ending="")
    scanner.type(second, gap_ms=8, ending="\t")
    scanner.type(third.lower(), gap_ms=8)

    assert page.evaluate("scans") == [first, second, third]
    assert page.evaluate("strays") == []


def test_a_misread_label_is_never_taken_for_shortcuts(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/bench")
    page.evaluate(WATCH)
    page.focus(".card-title")
    scanner = Scanner(page)
    right = make_codes(1)[0]
    wrong = right[:-1] + ("A" if right[-1] != "A" else "B")

    scanner.type(wrong, gap_ms=8, ending="")
    assert page.evaluate("scans") == []

    scanner.type(wrong, gap_ms=8)
    assert page.evaluate("scans") == [wrong]  # the server says what is wrong with it
    assert page.evaluate("strays") == []


def test_a_makers_barcode_goes_to_the_search_as_it_is(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/bench")
    page.evaluate(WATCH)

    Scanner(page).type("352099001761481", gap_ms=16)

    assert page.evaluate("scans") == ["352099001761481"]
    assert page.evaluate("strays") == []


def test_command_labels_are_scans_as_well(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/form")
    page.evaluate(WATCH)
    page.focus("#fault")

    Scanner(page).type("RSCSTARTREPAIR", gap_ms=8)

    assert page.evaluate("scans") == ["RSCSTARTREPAIR"]
    assert page.evaluate("fault.value") == ""


def test_what_people_type_stays_even_when_it_looks_like_a_prefix(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/form")
    page.evaluate(WATCH)
    page.focus("#fault")
    scanner = Scanner(page)
    text = "rst rsc first worst 12345678"

    for word in text.split(" "):
        scanner.type(word, gap_ms=random.Random(word).uniform(20, 49), ending="")
        scanner.type(" ", gap_ms=90, ending="")

    assert page.evaluate("fault.value").strip() == text
    assert page.evaluate("scans") == []


def test_the_check_character_is_read_as_the_server_reads_it(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/bench")
    codes = make_codes(200)

    found = page.evaluate(
        """async ([codes]) => {
            const main = document.querySelector('script[type=module]').src;
            const name = (await (await fetch(main)).text()).match(/"([^"]*scan[^"]*\\.js)"/)[1];
            const { readScan } = await import(new URL(name, main).href);
            return codes.map((code) => readScan(code));
        }""",
        [codes],
    )

    assert found == codes
