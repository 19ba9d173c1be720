"""The privacy pages of staff, managers and customers: accessibility, and a screen that leads nowhere."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from repairshop.privacy import service
from repairshop.transaction import transaction
from tests.browser.live import serving, signed_in
from tests.browser.seeing import SIZES, violations
from tests.builders import get_ticket, make_ticket
from tests.portal.guests import come_in

pytestmark = pytest.mark.browser

STAFF = (
    "privacy",
    "privacy-sheet",
    "privacy-paper",
    "turn-round",
    "erasure-certificate",
    "privacy/credential",
)
LISTS = ("privacy-lists", "privacy-lists/phone", "privacy-lists/phone/draft/repair_mode/es", "privacy-notice")


@pytest.fixture
def reference(app, frank, mira) -> str:
    with app.app_context():
        reference = make_ticket(frank.actor, checked_in=False)
        with transaction():
            service.open_task_list(get_ticket(reference), by=frank.actor)
    mira.send("/privacy-lists/phone/draft")
    return reference


@pytest.fixture
def address(app) -> Iterator[str]:
    with serving(app) as address:
        yield address


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_axe_finds_nothing(chromium: Browser, app, mira, reference, address, width, scheme) -> None:
    staff = [f"/tickets/{reference}/{name}" for name in STAFF] + [f"/{name}" for name in LISTS]
    customers = [f"/repair/{reference}/privacy", f"/repair/{reference}/privacy-answers"]
    found = {}
    for person, paths in ((mira, staff), (come_in(app, reference), customers)):
        context = signed_in(chromium, person, address, width=width, scheme=scheme)
        page = context.new_page()
        for path in paths:
            assert page.goto(path).status == 200
            found[path] = violations(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        context.close()

    assert {path: broken for path, broken in found.items() if broken} == {}


def test_the_screen_turned_round_is_large_and_leads_nowhere(chromium, mira, reference, address) -> None:
    context = signed_in(chromium, mira, address, width=1280)
    page = context.new_page()
    page.goto(f"/tickets/{reference}/turn-round")

    page.click("text=Sign me out and show the questions")

    page.wait_for_url("**/counter-screen")
    assert violations(page) == []
    assert page.eval_on_selector(".turned label", "one => getComputedStyle(one).fontSize") == "18px"
    leads = page.eval_on_selector_all("a", "all => all.map(one => one.getAttribute('href'))")
    assert all(to.startswith(("#", "tel:")) for to in leads)
    page.check("text=Impossible, because >> nth=0")
    assert page.is_visible("#backup-reason")
    page.go_back()
    assert "/sign-in" in page.url or page.url.endswith("/counter-screen")
    context.close()
