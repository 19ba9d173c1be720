"""People who look alike, in the browser: said while typing, and every page of a merge accessible."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from repairshop.merging.rules import Side
from repairshop.merging.service import merge
from repairshop.notifications.consent import opt_out
from repairshop.notifications.rules import Channel
from repairshop.transaction import transaction
from tests.browser.live import serving, signed_in
from tests.browser.test_look import SIZES, violations
from tests.builders import get_ticket, make_customer, make_ticket

pytestmark = pytest.mark.browser


@pytest.fixture
def carl(app, frank) -> int:
    with app.app_context():
        reference = make_ticket(frank.actor, email="carl@example.com")
        with transaction():
            return get_ticket(reference).visit.customer_id


@pytest.fixture
def address(app, carl) -> Iterator[str]:
    with serving(app) as address:
        yield address


def test_somebody_known_is_said_while_typing_and_takes_over_what_was_typed(
    chromium: Browser, address, frank, carl
) -> None:
    page = signed_in(chromium, frank, address).new_page()
    page.goto("/intake")
    warning = page.locator("[data-alike]")

    page.locator("#name").press_sequentially("Dana Dale", delay=10)
    page.locator("#phone").press_sequentially("07700 900 123", delay=10)

    warning.get_by_text("same number", exact=True).wait_for()
    assert page.evaluate("document.activeElement.id") == "phone"
    warning.get_by_role("checkbox").check()
    page.locator("#name").press_sequentially("x", delay=10)
    page.wait_for_timeout(600)  # the pause before the server is asked again
    assert warning.get_by_role("checkbox").is_checked()
    page.fill("[name=model]", "iPhone 13")
    page.fill("[name=reported_fault]", "Falls asleep")
    warning.get_by_role("link").click()
    page.wait_for_url(f"**/intake?customer={carl}")
    page.wait_for_selector("[data-kept-note]:not([hidden])")
    assert page.input_value("[name=reported_fault]") == "Falls asleep"
    assert page.input_value("[name=model]") == "iPhone 13"
    assert page.locator("[data-device]:checked").get_attribute("value") == "new"
    assert page.is_visible("[name=model]")
    page.context.close()


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_axe_finds_nothing_on_the_pages_of_a_merge(
    chromium: Browser, app, frank, address, carl, width: int, scheme: str
) -> None:
    with app.app_context(), transaction():
        other = make_customer(frank.actor, "Karl Cooper", phone="07700 900222").id
        make_customer(frank.actor, "Dana Dale", phone="07700 900123")
        away = make_customer(frank.actor, "C. Cooper", phone="07700 900333").id
        merge_id = merge(carl, away, name_of=Side.KEPT, language_of=Side.KEPT, by=frank.actor)
        opt_out(Channel.SMS, "+447700900222", source="stop")
    page = signed_in(chromium, frank, address, width=width, scheme=scheme).new_page()

    for path in (
        "/customers/alike",
        f"/customers/{carl}?was={away}",
        f"/customers/{carl}/merge/{other}",
        f"/customers/{carl}/merges/{merge_id}/undo",
    ):
        page.goto(path)
        assert violations(page) == [], path
    page.goto(f"/customers/{carl}/contacts/new")
    page.locator("#value").press_sequentially("07700 900222", delay=5)
    page.locator("[data-alike]").get_by_text("same number", exact=True).wait_for()
    assert violations(page) == []
    page.goto("/intake")
    page.locator("#name").press_sequentially("Cooper Carl", delay=5)
    page.locator("[data-alike]").get_by_text("same name").first.wait_for()
    assert violations(page) == []
    page.context.close()
