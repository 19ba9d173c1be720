"""Pages read from right to left: mirrored as a whole, nothing pushed out of the window."""

import pytest
from playwright.sync_api import Page

from tests.browser.live import stop_the_clock

pytestmark = pytest.mark.browser

TURN = "document.documentElement.dir = 'rtl'"


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", ["/", "/bench", "/repair", "/form"])
def test_a_page_begins_at_the_right_and_stays_in_the_window(
    page: Page, gallery: str, path: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(gallery + path)
    begins = page.locator("h1").first.bounding_box()
    page.evaluate(TURN)
    mirrored = page.locator("h1").first.bounding_box()

    assert begins is not None
    assert mirrored is not None
    assert abs((width - mirrored["x"] - mirrored["width"]) - begins["x"]) < 2
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_key_to_the_left_goes_to_the_column_at_the_left(page: Page, gallery: str) -> None:
    stop_the_clock(page)
    page.goto(f"{gallery}/bench")
    page.evaluate(TURN)
    places = []
    for key in ("j", "h", "ArrowRight"):
        page.keyboard.press(key)
        page.clock.run_for(250)  # faster keys are a scanner's
        box = page.locator(":focus").bounding_box()
        assert box is not None
        places.append(box["x"])

    assert places[1] < places[0]
    assert places[2] == places[0]


def test_numbers_and_addresses_keep_their_order_in_fields(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/form")
    page.evaluate(TURN)
    phone = page.locator("input[type=tel]").first.evaluate("field => getComputedStyle(field).direction")
    name = page.locator("input[type=text]").first.evaluate("field => getComputedStyle(field).unicodeBidi")

    assert phone == "ltr"
    assert name == "plaintext"
