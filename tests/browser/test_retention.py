"""The pages about what is kept: no violation at either size, and an erasing by keyboard without scripting."""

import os

import pytest
from playwright.sync_api import Browser, Page

from repairshop.database import db
from repairshop.transaction import transaction
from tests.browser.live import serving, signed_in
from tests.browser.seeing import flaws
from tests.builders import get_ticket, make_customer
from tests.retention.lived import MARK, everything_kept, live

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("app_context")]
PICTURES = os.environ.get("RETENTION_PICTURES", "")


def look(page: Page, name: str) -> list[str]:
    """What axe finds, and whether the page is too wide; a picture too where somebody wants to look."""
    page.wait_for_load_state()
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)
    return flaws(page, name)


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_axe_finds_nothing(app, olga, chromium: Browser, width: int, scheme: str) -> None:
    over = get_ticket(live(olga.actor)).visit.customer_id
    under_way = get_ticket(live(olga.actor, over=False)).visit.customer_id
    db.session.rollback()  # the server writes now
    found = []
    with serving(app) as address:
        window = signed_in(chromium, olga, address, width=width, scheme=scheme)
        window.set_default_timeout(
            90_000
        )  # an erasing beside other tests has taken longer than the usual 30 s
        page = window.new_page()
        for name, path in {
            "periods": "/shop/kept",
            "data": f"/customers/{over}/data",
            "refused": f"/customers/{under_way}/data",
        }.items():
            page.goto(path)
            found += look(page, f"{name}-{width}")
        page.goto("/shop/kept")
        page.fill("#ticket", "3")
        with page.expect_navigation():
            page.click("[data-save]")
        page.wait_for_selector(".error-summary:focus")
        found += look(page, f"periods-error-{width}")
        page.goto(f"/customers/{over}/data")
        with page.expect_navigation():
            page.click("text=Erase them for good")
        page.wait_for_selector(".error-summary:focus")
        found += look(page, f"data-error-{width}")
        page.check("[name=because] >> nth=0")
        with page.expect_navigation():
            page.click("text=Erase them for good")
        page.wait_for_selector("text=was erased on")
        found += look(page, f"erased-{width}")
        page.goto("/shop/kept/removed")
        found += look(page, f"removed-{width}")
        window.close()
    assert found == []


def test_a_person_is_erased_by_keyboard_without_scripting(app, mira, chromium: Browser) -> None:
    with transaction():
        customer_id = make_customer(mira.actor, f"{MARK} Cooper", phone=None).id
    with serving(app) as address:
        window = signed_in(chromium, mira, address, script=False)
        page = window.new_page()
        page.goto(f"/customers/{customer_id}/data")
        while page.evaluate("document.activeElement.name") != "because":
            page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=was erased on")
        window.close()

    assert MARK not in everything_kept()
