"""Forms in a real browser: errors are found, nothing is sent twice, nothing typed is lost."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_errors_take_the_focus_name_the_page_and_lead_to_their_fields(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/form")
    page.fill("#fault", "Screen is cracked")

    page.click("text=Check in the phone")

    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.locator("#fault")).to_have_value("Screen is cracked")
    expect(page.locator("#name")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#name")).to_have_attribute("aria-describedby", "name-error")
    expect(page.locator("#name-error")).to_contain_text("Enter the customer's full name")
    page.click(".error-summary >> text=Enter the customer's full name")
    expect(page.locator("#name")).to_be_focused()
    page.click(".error-summary >> text=Choose how we reach you")
    expect(page.locator("#reach-0")).to_be_focused()


def test_no_attribute_says_none(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/form")

    assert '"None"' not in page.content()
    assert page.locator("[required], [maxlength]").count() == 0


def test_a_second_click_sends_nothing(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/form")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.route("**/form", lambda route: None if route.request.method == "POST" else route.continue_())

    with page.expect_request(lambda request: request.method == "POST"):
        disabled = page.evaluate(
            """() => { const button = document.querySelector('.buttons button');
            button.click(); button.click(); button.click(); return button.getAttribute('aria-disabled'); }"""
        )
    page.wait_for_timeout(300)  # another one would have followed

    assert len(sent) == 1
    assert disabled == "true"


def test_control_enter_sends_the_form_one_is_in(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/form")
    page.focus("#fault")

    page.keyboard.press("Control+Enter")

    expect(page.locator(".error-summary")).to_be_visible()


def test_leaving_with_typed_text_asks_first(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/form")
    page.locator("#fault").press_sequentially("Cracked")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))

    page.click(".topbar-nav a >> nth=1")
    page.wait_for_url(re.compile("/bench"))

    assert asked == ["beforeunload"]


def test_a_drawn_signature_becomes_a_picture_and_can_be_cleared(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/form")
    pad = page.locator(".signature canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box

    page.mouse.move(box["x"] + 30, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 130, box["y"] + 90, steps=8)
    page.mouse.up()
    drawn = page.input_value("#drawn")
    assert drawn.startswith("data:image/png;base64,")

    before = pad.evaluate("pad => pad.width")
    page.set_viewport_size({"width": 500, "height": 760})
    page.wait_for_function(
        """before => { const c = document.querySelector('.signature canvas');
        if (c.width === before) return false;
        const pixels = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        return pixels.filter((value, place) => place % 4 === 3 && value > 0).length > 50; }""",
        arg=before,
    )  # turning the tablet keeps the strokes

    page.click("text=Clear and sign again")
    assert page.input_value("#drawn") == ""


def test_the_combobox_takes_the_typed_choice(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/form")
    page.focus("#device")

    page.keyboard.type("lap", delay=80)
    expect(page.locator("[role=option]")).to_have_text(["Laptop"])
    page.keyboard.press("Enter")

    expect(page.locator("#device")).to_have_value("Laptop")
    assert page.evaluate("document.querySelector('#device-select').value") == "laptop"
    assert page.evaluate("new FormData(document.querySelector('form[data-guard]')).get('device')") == "laptop"

    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator("#device")).to_have_attribute("aria-expanded", "false")


def test_large_photos_shrink_before_they_travel(page: Page, gallery: str, tmp_path: object) -> None:
    from pathlib import Path

    from PIL import Image

    photo = Path(str(tmp_path)) / "front.jpg"
    picture = Image.effect_noise((3000, 2000), 60).convert("RGB")
    exif = Image.Exif()
    exif[0x010F] = "Camera maker"
    picture.save(photo, exif=exif)
    page.goto(f"{gallery}/form")

    page.set_input_files("#photos", str(photo))
    expect(page.locator("[data-photos-list] img")).to_be_visible()
    size = page.evaluate(
        """async () => { const file = document.querySelector('#photos').files[0];
        const bitmap = await createImageBitmap(file); const text = await file.text();
        return [bitmap.width, bitmap.height, text.includes('Camera maker')]; }"""
    )

    assert size == [1600, 1067, False]
