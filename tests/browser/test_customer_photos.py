"""The customer's photos in a real browser: by links alone, by keys, and larger than the page."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from repairshop.media.service import receive_photo, store_picture
from repairshop.tickets.attachments import add_photo
from repairshop.tickets.rules import PhotoStep
from repairshop.tickets.service import get_ticket_for_change
from repairshop.transaction import transaction
from tests.browser.live import serving, submit
from tests.builders import make_ticket
from tests.cast import Browser as Person
from tests.media import corpus
from tests.portal.guests import link_to

pytestmark = pytest.mark.browser


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    with serving(app) as address:
        yield address


@pytest.fixture
def reference(app: Flask, shop: object, tess: Person) -> str:
    with app.app_context():
        reference = make_ticket(tess.actor)
        for _ in range(3):
            received = receive_photo(corpus.written(corpus.picture(1600, 1200), "JPEG"))
            with transaction():
                ticket = get_ticket_for_change(reference, by=tess.actor)
                add_photo(ticket, store_picture(received), step=PhotoStep.INTAKE, by=tess.actor)
    return reference


def phone(chromium: Browser, *, script: bool) -> Page:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=script)
    return context.new_page()


def scrolled(frame: Locator, *, beyond: float) -> float:
    """How far to the side, once it is farther than this; scrolling by key is not there at once."""
    for _ in range(100):
        if (far := float(frame.evaluate("frame => frame.scrollLeft"))) > beyond:
            return far
        frame.page.wait_for_timeout(50)
    return beyond


def title(page: Page) -> str:
    return page.locator("h1").inner_text()


def test_every_photo_is_reached_and_enlarged_by_links_alone(
    app: Flask, site: str, reference: str, chromium: Browser
) -> None:
    page = phone(chromium, script=False)
    page.goto(site + link_to(app, reference))
    submit(page, page.get_by_role("link", name="Photos"))
    submit(page, ".photo-grid a")
    assert title(page) == "Photo 1 of 3"

    submit(page, page.get_by_role("link", name="Next photo"))
    assert title(page) == "Photo 2 of 3"
    assert page.locator("figure img").bounding_box()["width"] <= 350

    submit(page, page.get_by_role("link", name="Larger", exact=True))
    assert page.locator("figure img").bounding_box()["width"] == 1600
    assert page.evaluate("document.documentElement.scrollWidth") == 390

    submit(page, page.get_by_role("link", name="Whole photo"))
    submit(page, page.get_by_role("link", name="Back to the photos"))
    assert title(page) == "Photos"
    page.context.close()


def test_arrows_turn_the_pages_and_escape_closes(
    app: Flask, site: str, reference: str, chromium: Browser
) -> None:
    page = phone(chromium, script=True)
    page.goto(site + link_to(app, reference))
    page.goto(f"{site}/repair/{reference}/photos")
    submit(page, ".photo-grid a")

    page.keyboard.press("ArrowLeft")  # nothing before the first
    page.keyboard.press("ArrowRight")
    expect(page.locator("h1")).to_have_text("Photo 2 of 3")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("h1")).to_have_text("Photo 1 of 3")
    page.keyboard.press("Escape")
    page.wait_for_url(f"**/repair/{reference}/photos")
    page.context.close()


def test_the_keyboard_moves_the_large_photo_and_not_the_page(
    app: Flask, site: str, reference: str, chromium: Browser
) -> None:
    page = phone(chromium, script=True)
    page.goto(site + link_to(app, reference))
    page.goto(f"{site}/repair/{reference}/photos")
    submit(page, ".photo-grid a")
    submit(page, page.get_by_role("link", name="Larger", exact=True))

    frame = page.locator(".photo-large")
    middle = scrolled(frame, beyond=0)
    frame.focus()
    page.keyboard.press("ArrowRight")

    assert 500 < middle < 700  # half of what is out of sight
    assert scrolled(frame, beyond=middle) > middle
    assert title(page) == "Photo 1 of 3"
    page.context.close()
