"""Hand to hand in a browser: scans wherever the focus is, the buttons, the undo; what axe finds."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.live import serving, signed_in, submit
from tests.browser.scanning import Scanner
from tests.browser.seeing import violations
from tests.builders import make_ticket

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_label_place_button_and_undo(app, mira, chromium: Browser, width: int, scheme: str) -> None:
    mira.send("/shop/places", {"name": "Shelf 3"})
    with app.app_context():
        reference = make_ticket(mira.actor)
    with serving(app) as address:
        page = signed_in(chromium, mira, address, width=width, scheme=scheme).new_page()
        page.goto("/hand-to-hand")
        found = violations(page)
        page.evaluate("document.activeElement.blur()")
        Scanner(page).type(f"RST{reference}", gap_ms=8)
        page.wait_for_url("**ticket=**")
        found += violations(page)
        with page.expect_navigation():
            Scanner(page).type("RSPSHELF3", gap_ms=16)
        expect(page.get_by_role("status")).to_contain_text("In the shop, Shelf 3")
        found += violations(page)
        page.goto(f"/hand-to-hand?ticket={reference}")
        submit(page, "text=I have it")
        expect(page.get_by_role("status")).to_contain_text("In the hands of Mira")
        submit(page, "text=Undo")
        expect(page.locator(".holder-now")).to_contain_text("Shelf 3")
        for path in ("/shop/places", "/shop/places/sheet"):
            page.goto(path)
            found += violations(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.context.close()
    assert found == []
