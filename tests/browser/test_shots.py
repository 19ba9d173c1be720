"""A guided photo by the counter's camera, and one by a phone that scanned the counter's code."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from repairshop.shots.queries import list_shots
from repairshop.shots.rules import Shot
from tests.browser.live import serving, signed_in
from tests.builders import get_ticket, make_ticket
from tests.media.corpus import picture, written

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("SHOTS_PICTURES", "")


def settled(app, reference: str) -> set[Shot]:
    with app.app_context():
        ticket = get_ticket(reference)
        return {row.shot for row in list_shots(ticket.id, ticket.device_type) if row.photo_id}


def look(page: Page, name: str) -> list[str]:
    """What axe finds; a picture too where somebody wants to look."""
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES, f"{name}.png")), full_page=True)
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in Axe().run(page).response["violations"]]


def test_camera_and_phone_bring_photos_that_the_counter_sees(app, frank, camera: Browser) -> None:
    with app.app_context():
        reference = make_ticket(frank.actor, checked_in=False)
    with serving(app) as address:
        counter = signed_in(camera, frank, address, width=1280, scheme="dark")
        page = counter.new_page()
        page.goto(f"/tickets/{reference}/shots")
        page.click("text=Use this computer's camera")
        page.wait_for_selector("[data-camera]:not([hidden])")
        page.click("[data-snap]")
        page.wait_for_selector("li[data-shot=front_on] img")
        found = look(page, "counter-camera")
        page.click("text=Keep the photos")
        page.wait_for_selector("li[data-shot=front_on] img[src*=thumbnail]")
        page.click("text=Show a code for a phone")
        link = page.get_attribute(".phone-address a", "href") or ""
        found += look(page, "counter-code")

        hand = camera.new_context(viewport={"width": 390, "height": 800}, base_url=address)
        phone = hand.new_page()
        phone.goto(f"/p/{link.rpartition('/')[2]}")
        found += look(phone, "phone")
        phone.set_input_files(
            "#shot-back",
            {"name": "b.jpg", "mimeType": "image/jpeg", "buffer": written(picture(320, 240), "JPEG")},
        )
        phone.wait_for_selector("li[data-shot=back].is-settled")
        page.wait_for_selector("li[data-shot=back] img", timeout=8000)
        page.wait_for_selector("#shots-count:has-text('2 of 6 done')")
        page.set_viewport_size({"width": 390, "height": 800})
        page.emulate_media(color_scheme="light")
        found += look(page, "counter-narrow") + look(phone, "phone-after")

    assert found == []
    assert settled(app, reference) == {Shot.FRONT_ON, Shot.BACK}
