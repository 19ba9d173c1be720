"""The customer's pages in a real browser: bytes, requests, no script, nothing that scrolls sideways."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from repairshop.media.service import receive_photo, store_picture
from repairshop.tickets.attachments import add_photo
from repairshop.tickets.rules import LinkOrigin, PhotoStep
from repairshop.tickets.service import get_ticket_for_change
from repairshop.transaction import transaction
from tests.browser.live import serving
from tests.builders import open_day
from tests.cast import Browser as Person
from tests.media import corpus
from tests.portal.guests import link_to
from tests.quotes.builders import quoted_ticket

pytestmark = pytest.mark.browser

KILOBYTE = 1024


@dataclass
class Traffic:
    """What came over the wire, by kind of resource."""

    kinds: list[str] = field(default_factory=list)
    bytes: dict[str, int] = field(default_factory=dict)

    def watch(self, page: Page) -> None:
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        kinds: dict[str, str] = {}

        def note(event: dict[str, str]) -> None:
            kinds[event["requestId"]] = event["type"]
            self.kinds.append(event["type"])

        def add(event: dict[str, object]) -> None:
            kind = kinds.get(str(event["requestId"]), "Other")
            self.bytes[kind] = self.bytes.get(kind, 0) + int(str(event["encodedDataLength"]).split(".")[0])

        wire.on("Network.responseReceived", note)
        wire.on("Network.loadingFinished", add)


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    with serving(app) as address:
        yield address


@pytest.fixture
def reference(app: Flask, shop: object, tess: Person) -> str:
    """With a quote to answer and six photos of the check-in."""
    with app.app_context():
        reference = quoted_ticket(tess.actor, earliest=open_day(7), latest=open_day(7))
        for _ in range(6):
            received = receive_photo(corpus.written(corpus.picture(), "JPEG"))
            with transaction():
                ticket = get_ticket_for_change(reference, by=tess.actor)
                add_photo(ticket, store_picture(received), step=PhotoStep.INTAKE, by=tess.actor)
    return reference


@pytest.fixture(params=[("light", 390), ("dark", 1280)], ids=["phone-light", "desk-dark"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    scheme, width = request.param
    context = chromium.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, java_script_enabled=False
    )
    yield context.new_page()
    context.close()


def test_the_first_visit_by_the_link_stays_within_its_budget(
    app: Flask, site: str, reference: str, page: Page
) -> None:
    traffic = Traffic()
    traffic.watch(page)

    page.goto(site + link_to(app, reference), wait_until="networkidle")

    expect(page.get_by_role("link", name="Check and answer")).to_be_visible()
    assert traffic.bytes["Document"] + traffic.bytes["Stylesheet"] <= 14 * KILOBYTE
    assert sum(traffic.bytes.values()) <= 50 * KILOBYTE
    assert len(traffic.kinds) <= 5
    assert "Script" not in traffic.kinds


def test_the_page_asks_for_its_fonts_with_its_styles_and_once(
    app: Flask, site: str, reference: str, chromium: Browser
) -> None:
    """Only then do they come while the styles do: what a style asks for comes after it."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(site + link_to(app, reference), wait_until="networkidle")

    assert _fonts_asked_for(page) == [["code", "link"], ["text", "link"]]
    context.close()


def test_letters_from_elsewhere_come_in_a_face_of_their_own(
    app: Flask, site: str, reference: str, chromium: Browser
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(site + link_to(app, reference), wait_until="networkidle")

    with page.expect_response(re.compile(r"text-more-\w+\.woff2")) as more:
        page.locator("h1").evaluate("heading => { heading.textContent = 'Jiří Dvořák, İzmir' }")
    assert more.value.ok
    assert [name for name, _ in _fonts_asked_for(page)] == ["code", "text", "text-more"]
    context.close()


def _fonts_asked_for(page: Page) -> list[list[str]]:
    """Name and who asked: a link of the page, or the styles."""
    asked: list[list[str]] = page.evaluate(
        """performance.getEntriesByType("resource").filter(one => /woff2/.test(one.name))
            .map(one => [one.name.replace(/.*fonts\\/([\\w-]+)-.*/, "$1"), one.initiatorType])"""
    )
    return sorted(asked)


def test_no_page_scrolls_sideways_at_four_times_the_size(
    app: Flask, site: str, reference: str, chromium: Browser
) -> None:
    """1280 pixels at 400 %."""
    context = chromium.new_context(viewport={"width": 320, "height": 256})
    page = context.new_page()
    page.goto(site + link_to(app, reference, origin=LinkOrigin.RECEIPT))
    for path in ("", "/quote", "/code", "/collector", "/question", "/privacy", "/photos", "/history"):
        page.goto(f"{site}/repair/{reference}{path}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 320, f"{path or 'the page itself'} is {wide} wide"
    context.close()


def test_on_paper_every_line_is_open(app: Flask, site: str, reference: str, page: Page) -> None:
    page.goto(site + link_to(app, reference))
    page.emulate_media(media="print")

    expect(page.get_by_text("Check and answer")).to_be_hidden()
    expect(page.get_by_text("Total with VAT")).to_be_visible()


def test_the_way_from_the_link_to_a_yes_and_back(app: Flask, site: str, reference: str, page: Page) -> None:
    page.goto(site + link_to(app, reference))
    page.get_by_role("link", name="Check and answer").click()
    page.get_by_role("button", name="Approve £105.00 repair").click()
    expect(page.get_by_role("heading", name="You said yes to £105.00")).to_be_visible()

    page.get_by_role("button", name="Take my yes back").click()
    expect(page.get_by_role("heading", name="Check and answer")).to_be_visible()


def test_the_same_link_works_after_a_scanner_and_in_another_browser(
    app: Flask, site: str, reference: str, chromium: Browser
) -> None:
    """A mail scanner opens it first; then the browser inside another program, which keeps its own cookies."""
    link = site + link_to(app, reference)
    agents = (
        "Mozilla/5.0 (compatible; MailScanner/1.0)",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Instagram",
        "Mozilla/5.0 (Linux; Android 14; wv) AppleWebKit/537.36 Version/4.0 Chrome/120 Mobile FB_IAB/FB4A",
    )
    for agent in agents:
        context = chromium.new_context(user_agent=agent, java_script_enabled=False)
        page = context.new_page()
        page.goto(link)
        assert page.url == f"{site}/repair"
        expect(page.get_by_role("link", name="Check and answer")).to_be_visible()
        context.close()
