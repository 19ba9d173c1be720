"""500 scans over the counter's home, the board and the hand-in, with people typing in between.

Half are our labels, a quarter makers' barcodes, a quarter command codes. None goes to a wrong ticket, none
fires a shortcut, none is left in a field, and nothing that somebody typed is lost.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

from repairshop.catalogue.service import load_catalogue
from repairshop.codes import ScanKind, scan_text
from repairshop.custody.rules import Command
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.browser.live import serving, signed_in
from tests.browser.scanning import WATCH, Scanner, make_codes
from tests.builders import make_ticket

pytestmark = pytest.mark.browser

GAPS = [5, 8, 16, 40]
WORDS = ("Zoe", "Dana", "fell", "black", "rst", "gb", "screen", "12")


# A page that acts on commands has a form of its own for them.
NOTE = WATCH.replace("[data-scan-form]", "[data-scan-form], [data-scan-here]")


@dataclass(frozen=True)
class Share:
    """How many of the scans each page gets; the last are followed to their tickets."""

    home: int
    board: int
    hand_in: int
    followed: int


SHORT = Share(home=14, board=8, hand_in=10, followed=3)  # a gap
ALL_500 = Share(home=180, board=140, hand_in=140, followed=40)


@pytest.fixture
def tickets(app, frank) -> list[str]:
    with app.app_context():
        with transaction():
            load_catalogue()
        stages = (Stage.RECEIVED, Stage.DIAGNOSING, Stage.APPROVED, Stage.IN_REPAIR, Stage.READY)
        return [make_ticket(frank.actor, stage=stage) for stage in stages * 2]


@pytest.fixture
def page(chromium: Browser, app, frank, tickets) -> Iterator[Page]:
    with serving(app) as address:
        context = signed_in(chromium, frank, address)
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        yield page
        context.close()
    assert problems == []


@pytest.mark.parametrize("gap_ms", GAPS)
def test_scans_go_right_while_people_type(page, tickets, gap_ms) -> None:
    replay(page, tickets, gap_ms, SHORT)


@pytest.mark.heavy
@pytest.mark.parametrize("gap_ms", GAPS)
def test_500_scans_go_right_while_people_type(page, tickets, gap_ms) -> None:
    replay(page, tickets, gap_ms, ALL_500)


def replay(page: Page, tickets: list[str], gap_ms: int, share: Share) -> None:
    chance = random.Random(gap_ms)
    on_the_home(page, gap_ms, share.home, chance)
    on_the_board(page, gap_ms, share.board, chance)
    on_the_hand_in(page, gap_ms, share.hand_in, chance)
    followed(page, tickets, gap_ms, share.followed, chance)


def scanned(count: int, chance: random.Random) -> list[str]:
    labels, commands = iter(make_codes(count)), list(Command)
    kinds = chance.choices(("ours", "makers", "command"), weights=(2, 1, 1), k=count)
    return [
        next(labels)
        if kind == "ours"
        else scan_text(ScanKind.COMMAND, chance.choice(commands).value)
        if kind == "command"
        else imei(chance)
        for kind in kinds
    ]


def imei(chance: random.Random) -> str:
    """15 digits as a box shows them; of no real maker."""
    return "00" + "".join(chance.choices("0123456789", k=13))


def watch(page: Page, address: str) -> Scanner:
    page.goto(address)
    page.evaluate(NOTE)
    scanner = Scanner(page)
    scanner.clock = page.evaluate("Date.now() / 1000") + 2  # the page's first moment is over
    return scanner


def outcome(page: Page) -> tuple[list[str], list[str]]:
    return page.evaluate("scans"), page.evaluate("strays")


def on_the_home(page: Page, gap_ms: int, count: int, chance: random.Random) -> None:
    scanner, codes, typed = watch(page, "/"), scanned(count, chance), ""
    page.evaluate("scrollTo(0, 0)")
    for number, code in enumerate(codes):
        if number % 3 == 0:
            page.focus("#find")
            if number % 2:
                word = chance.choice(WORDS)
                scanner.type_by_hand(word, chance)
                typed += word
        elif number % 3 == 1:
            page.evaluate("document.activeElement.blur()")
        else:
            page.locator("[data-nav-item]").nth(number % 2).focus()
        scanner.type(code, gap_ms=gap_ms)

    assert outcome(page) == (codes, [])
    assert page.input_value("#find") == typed


def on_the_board(page: Page, gap_ms: int, count: int, chance: random.Random) -> None:
    scanner, codes = watch(page, "/bench"), scanned(count, chance)
    for number, code in enumerate(codes):
        if number % 2:
            page.evaluate("document.activeElement.blur()")
        else:
            page.locator(".card-title").nth(number % 8).focus()  # 1 to 9 would move its ticket
        scanner.type(code, gap_ms=gap_ms)

    assert outcome(page) == (codes, [])


def on_the_hand_in(page: Page, gap_ms: int, count: int, chance: random.Random) -> None:
    scanner, codes = watch(page, "/intake"), scanned(count, chance)
    fields = ["name", "reported_fault", "imei", "colour", "accessories"]
    held = dict.fromkeys(fields, "")
    searched = []
    for number, code in enumerate(codes):
        if number % 6 == 5:
            page.evaluate("document.activeElement.blur()")
            searched.append(code)
        else:
            field = fields[number % 6]
            page.focus(f"#{field}")
            page.evaluate(
                "name => { const it = document.getElementById(name); it.setSelectionRange(9999, 9999); }",
                field,
            )
            if number % 4 == 0:
                word = chance.choice(WORDS)
                scanner.type_by_hand(word, chance)
                held[field] += word
            if code.startswith("RS"):
                searched.append(code)
            else:
                held[field] = (held[field] + code)[:2000]  # a maker's barcode stays where it is scanned
        scanner.type(code, gap_ms=gap_ms)

    assert outcome(page) == (searched, [])
    assert {name: page.input_value(f"#{name}") for name in fields} == held


def followed(page: Page, tickets: list[str], gap_ms: int, count: int, chance: random.Random) -> None:
    """For real: each label opens its ticket, also straight after another one."""
    page.goto("/")
    for _ in range(count):
        code = chance.choice(tickets)
        scanner = Scanner(page)
        with page.expect_navigation(url=f"**/tickets/{code}"):
            scanner.type(scan_text(ScanKind.TICKET, code), gap_ms=gap_ms)
        if chance.random() < 0.5:
            page.goto(chance.choice(("/", "/bench", "/intake")))


@pytest.mark.parametrize("rest", ["2X1", "48213"])
def test_the_rest_of_a_scan_that_the_page_before_began_fires_nothing(page, rest) -> None:
    page.goto("/bench")
    page.evaluate(NOTE)
    page.locator(".card-title").first.focus()

    Scanner(page).type(rest, gap_ms=8, at=page.evaluate("(performance.timeOrigin + 300) / 1000"))

    assert outcome(page) == ([], [])
