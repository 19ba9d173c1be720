"""A guided photo by the counter's camera, and one by a phone that scanned the counter's code."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, TimeoutError

from repairshop.shots.queries import list_shots
from repairshop.shots.rules import Shot
from tests.browser.live import serving, signed_in, submit
from tests.browser.seeing import violations
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
    return violations(page)


def jpeg(name: str = "b.jpg") -> dict[str, str | bytes]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": written(picture(320, 240), "JPEG")}


def by_phone(browser: Browser, counter: Page, address: str) -> Page:
    """The page behind the code that the counter shows, on a phone."""
    link = counter.get_attribute(".phone-address a", "href") or ""
    phone = browser.new_context(viewport={"width": 390, "height": 800}, base_url=address).new_page()
    phone.goto(f"/p/{link.rpartition('/')[2]}")
    return phone


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
        submit(page, "text=Keep the photos")
        page.wait_for_selector("li[data-shot=front_on] img[src*=thumbnail]")
        submit(page, "text=Show a code for a phone")
        found += look(page, "counter-code")

        phone = by_phone(camera, page, address)
        found += look(phone, "phone")
        phone.set_input_files("#shot-back", jpeg())
        phone.wait_for_selector("li[data-shot=back].is-settled")
        page.wait_for_selector("li[data-shot=back] img")
        page.wait_for_selector("#shots-count:has-text('2 of 6 done')")
        page.set_viewport_size({"width": 390, "height": 800})
        page.emulate_media(color_scheme="light")
        found += look(page, "counter-narrow") + look(phone, "phone-after")

    assert found == []
    assert settled(app, reference) == {Shot.FRONT_ON, Shot.BACK}


def test_a_card_becomes_a_taken_one_when_the_phones_photo_arrives(app, frank, chromium: Browser) -> None:
    with app.app_context():
        reference = make_ticket(frank.actor, checked_in=False)
    with serving(app) as address:
        page = signed_in(chromium, frank, address).new_page()
        page.goto(f"/tickets/{reference}/shots")
        submit(page, "text=Show a code for a phone")
        page.wait_for_selector(".phone-address")
        page.set_input_files("#shot-back", jpeg("chosen.jpg"))
        page.wait_for_selector("li[data-shot=back] img[src^=blob]")
        page.click("li[data-shot=front] summary")
        page.keyboard.press("Tab")
        page.keyboard.type("The screen is ")

        phone = by_phone(chromium, page, address)
        for shot in ("front", "front_on", "back"):
            phone.set_input_files(f"#shot-{shot}", jpeg())
            phone.wait_for_selector(f"li[data-shot={shot}].is-settled")
        page.wait_for_selector("#shots-count:has-text('3 of 6 done')")
        page.keyboard.type("dead")
        typed = page.input_value("#why-front")
        page.focus("#scan")
        page.wait_for_selector("li[data-shot=front] img[src*=thumbnail]")

        for shot in ("front", "front_on", "back"):
            card = page.locator(f"li[data-shot={shot}]")
            assert card.locator("label").inner_text().startswith("Take again: ")
            assert card.locator("[data-left-out]").count() == 0
            assert "is-settled" in (card.get_attribute("class") or "")
        assert typed == "The screen is dead"  # nothing went away under the hands
        assert page.locator("li[data-shot=back] img[src^=blob]").count() == 1
        assert page.eval_on_selector("#shot-back", "one => one.files[0].name") == "chosen.jpg"
        assert look(page, "counter-arrived") == []
        submit(page, "text=Keep the photos")
        page.wait_for_selector("li[data-shot=back] img[src*=thumbnail]")
        page.reload()
        assert page.locator(".shots li.is-settled").count() == 3
        phone.context.close()
        page.context.close()


def press_until(page: Page, focused: str, key: str = "Tab") -> None:
    for _ in range(120):
        if page.evaluate("at => document.activeElement.matches(at)", focused):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{focused} was not reached")


def choose_by_key(page: Page, file: Any) -> None:
    """Space opens the chooser of the focused field; a busy Chromium now and then swallows the first press."""
    for seconds in (4, 8, 30):
        try:
            with page.expect_file_chooser(timeout=seconds * 1000) as chooser:
                page.keyboard.press("Space")
            chooser.value.set_files(file)
            return
        except TimeoutError:
            if seconds == 30:
                raise


@pytest.mark.parametrize("script", [True, False])
def test_all_six_are_given_by_keyboard_alone(app, frank, chromium: Browser, script: bool) -> None:
    with app.app_context():
        reference = make_ticket(frank.actor, checked_in=False)
    with serving(app) as address:
        page = signed_in(chromium, frank, address, script=script).new_page()
        page.goto(f"/tickets/{reference}/shots")
        cards = [card.get_attribute("data-shot") for card in page.locator("li[data-shot]").all()]
        for shot in cards[:5]:
            press_until(page, f"#shot-{shot}")
            choose_by_key(page, jpeg(f"{shot}.jpg"))
        press_until(page, f"li[data-shot={cards[5]}] summary")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.type("The label is gone")
        if script:
            page.keyboard.press("Control+Enter")
        else:
            press_until(page, ".actionbar .button[form=shots]")
            page.keyboard.press("Enter")
        page.wait_for_selector("#shots-count:has-text('6 of 6 done')")
        assert not script or look(page, "six-by-keys") == []
        page.context.close()
    assert len(settled(app, reference)) == 5


def test_the_camera_takes_six_by_the_space_key_and_the_seventh_press_keeps_them(
    app, frank, camera: Browser
) -> None:
    with app.app_context():
        reference = make_ticket(frank.actor, checked_in=False)
    with serving(app) as address:
        page = signed_in(camera, frank, address).new_page()
        page.goto(f"/tickets/{reference}/shots")
        press_until(page, "[data-camera-start] button")
        page.keyboard.press("Enter")
        page.wait_for_selector("[data-snap]:focus")
        for taken in range(1, 7):
            page.keyboard.press("Space")
            page.wait_for_function("n => document.querySelectorAll('li.is-settled').length === n", arg=taken)
        page.wait_for_selector("[data-main]:focus")
        page.keyboard.press("Space")
        page.wait_for_selector("#shots-count:has-text('6 of 6 done')")
    assert len(settled(app, reference)) == 6


@pytest.mark.parametrize("script", [True, False])
def test_a_phone_sends_two_photos_one_after_the_other(app, frank, chromium: Browser, script: bool) -> None:
    with app.app_context():
        reference = make_ticket(frank.actor, checked_in=False)
    with serving(app) as address:
        page = signed_in(chromium, frank, address, script=script).new_page()
        page.goto(f"/tickets/{reference}/shots")
        submit(page, "text=Show a code for a phone")
        page.wait_for_selector(".phone-address")
        link = page.get_attribute(".phone-address a", "href") or ""
        hand = chromium.new_context(
            viewport={"width": 390, "height": 800}, base_url=address, java_script_enabled=script
        )
        phone = hand.new_page()
        phone.goto(f"/p/{link.rpartition('/')[2]}")
        for shot in ("back", "front"):
            press_until(phone, f"#shot-{shot}")
            choose_by_key(phone, jpeg())
            if not script:
                press_until(phone, "button")
                phone.keyboard.press("Enter")
            phone.wait_for_selector(f"li[data-shot={shot}].is-settled")
        assert not script or look(phone, "phone-two") == []
        phone.context.close()
        page.context.close()
    assert settled(app, reference) == {Shot.BACK, Shot.FRONT}
