"""The pickup pass on a phone: without a connection, without scripting, on paper, and under the scanner."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from repairshop.tickets.stages import Stage
from tests.browser.live import serving, signed_in, submit
from tests.browser.scanning import Scanner
from tests.browser.seeing import violations
from tests.builders import make_ticket
from tests.cast import Browser as Person
from tests.portal.guests import come_in
from tests.portal.test_pickup_pass import customers_code, name_dana

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shop")]


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    with serving(app) as address:
        yield address


@pytest.fixture
def reference(app: Flask, tess: Person) -> str:
    with app.app_context():
        return make_ticket(tess.actor, stage=Stage.READY)


@pytest.fixture
def carl(app: Flask, reference: str) -> Person:
    return come_in(app, reference)


@pytest.fixture
def phone(chromium: Browser, carl: Person, site: str) -> Iterator[BrowserContext]:
    """The customer's, with scripting off."""
    window = signed_in(chromium, carl, site, width=390, script=False)
    yield window
    window.close()


def read(page: Page) -> str:
    return page.locator("main").inner_text()


def test_it_stays_readable_without_a_connection(phone: BrowserContext, reference: str) -> None:
    """Left and come back to, and opened again by its address; the code is drawn both times."""
    page = phone.new_page()
    page.goto("/repair")
    submit(page, page.get_by_role("link", name="Pickup pass"))
    there = page.url
    seen = read(page)
    page.goto("/repair")
    phone.set_offline(True)

    page.go_back()
    assert read(page) == seen
    again = phone.new_page()
    again.goto(there)
    assert read(again) == seen
    for one in (page, again):
        assert one.locator(".scan img").evaluate("img => img.complete && img.naturalWidth > 0")


def test_it_asks_for_nothing_else(phone: BrowserContext, reference: str) -> None:
    page = phone.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"/repair/{reference}/pass")

    bare = page.url.partition("?")[0]
    assert [one for one in asked if not one.startswith("data:")] == [bare, page.url]


def test_online_it_shows_how_things_stand_now(phone: BrowserContext, carl: Person, reference: str) -> None:
    """A copy that is kept for bad connections is not shown while there is a good one."""
    page = phone.new_page()
    page.goto(f"/repair/{reference}/pass")
    before = page.url
    name_dana(carl, reference)

    page.goto(f"/repair/{reference}/pass")
    followed = read(page)
    page.goto(before)
    page.reload()

    assert "Dana Diaz" in followed
    assert "Dana Diaz" in read(page)


def test_on_paper_it_is_one_sheet_with_the_code(phone: BrowserContext, reference: str) -> None:
    page = phone.new_page()
    page.goto(f"/repair/{reference}/pass")
    page.emulate_media(media="print")

    assert page.locator(".scan img").is_visible()
    assert not page.get_by_text("Save it as a file").is_visible()
    assert page.pdf(format="A5").count(b"/Type /Page\n") <= 1


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1280, "dark")])
@pytest.mark.parametrize("whose", ["customer", "collector"])
def test_axe_finds_nothing(
    chromium: Browser, site: str, carl: Person, reference: str, whose: str, width: int, scheme: str
) -> None:
    path = f"/repair/{reference}/pass" if whose == "customer" else name_dana(carl, reference)
    window = signed_in(chromium, carl, site, width=width, scheme=scheme)
    page = window.new_page()
    page.goto(path)

    found = violations(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    window.close()

    assert found == []
    assert wide <= width


@pytest.mark.parametrize("gap", [5, 40])
@pytest.mark.parametrize("where", ["/counter", "/bench", "/hand-to-hand"])
def test_a_scan_on_any_page_opens_the_hand_over(
    app: Flask, chromium: Browser, site: str, frank: Person, reference: str, where: str, gap: int
) -> None:
    code = customers_code(app, reference)
    window = signed_in(chromium, frank, site)
    page = window.new_page()
    page.goto(where)

    Scanner(page).type(f"RSK{code}", gap_ms=gap)
    page.wait_for_url(f"**/tickets/{reference}/hand-over?code={code}")

    assert "The pass of Carl Cooper is good" in read(page)
    assert page.locator("select[name=proof]").input_value() == "pickup_pass"
    window.close()


def test_the_counter_hands_over_without_scripting(
    app: Flask, chromium: Browser, site: str, frank: Person, reference: str
) -> None:
    window = signed_in(chromium, frank, site, width=390, script=False)
    page = window.new_page()
    page.goto(f"/find?q=RSK{customers_code(app, reference)}")
    page.get_by_label("Name, where nobody signs by hand").fill("Carl Cooper")
    page.get_by_label("I have my device back").check()

    submit(page, page.get_by_role("button", name="Hand over"))

    assert "R-1 has left" in read(page)
    assert "There is no warranty: nothing was repaired." in read(page)
    assert page.get_by_role("link", name="Print the repair report").count() == 1
    window.close()
