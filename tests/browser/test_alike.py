"""People who look alike, in the browser: said while typing, and every page of a merge accessible."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from repairshop.merging.rules import Side
from repairshop.merging.service import merge, tell_apart
from repairshop.notifications.consent import opt_out
from repairshop.notifications.rules import Channel
from repairshop.transaction import transaction
from tests.browser.live import serving, signed_in, submit
from tests.browser.seeing import SIZES, violations
from tests.builders import get_ticket, make_customer, make_ticket
from tests.media.corpus import picture, written

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

    page.locator("#name").press_sequentially("Dana Cooper", delay=10)
    page.locator("#phone").press_sequentially("07700 900 123", delay=10)
    warning.get_by_text("same number", exact=True).wait_for()
    assert page.evaluate("document.activeElement.id") == "phone"
    assert warning.get_by_role("checkbox").count() == 0, "families share numbers"
    page.fill("#name", "Karl Cooper")
    warning.get_by_role("checkbox").check()
    with page.expect_response(re.compile("/alike/found.*name=[^&]*x")):
        page.locator("#name").press_sequentially("x", delay=10)
    expect(warning.get_by_role("checkbox")).to_be_checked()
    page.fill("[name=model]", "iPhone 13")
    page.fill("[name=reported_fault]", "Falls asleep")
    page.fill("[name=phone2]", "07700 900 456")

    warning.get_by_role("button").first.click()
    page.wait_for_url(f"**/intake?customer={carl}")

    assert page.input_value("[name=reported_fault]") == "Falls asleep"
    assert page.input_value("[name=model]") == "iPhone 13"
    assert page.input_value("[name=phone2]") == "07700 900 456"
    assert page.locator("[name=phone]").count() == 0, "that number is Carl's already"
    assert page.locator("[data-device]:checked").get_attribute("value") == "new"
    assert page.is_visible("[name=model]")
    page.reload()
    assert page.input_value("[name=reported_fault]") == "Falls asleep"
    page.goto("/intake")
    assert page.input_value("[name=reported_fault]") == "", "nothing of it waits for the next customer"
    page.context.close()


def test_enter_in_a_field_saves_and_chooses_nobody(chromium: Browser, address, frank, carl) -> None:
    page = signed_in(chromium, frank, address).new_page()
    page.goto("/intake")
    page.locator("#name").press_sequentially("Dana Cooper", delay=10)
    page.locator("#phone").press_sequentially("07700 900 123", delay=10)
    page.locator("[data-alike]").get_by_role("button").wait_for()

    page.keyboard.press("Enter")

    page.wait_for_selector(".error-summary")
    assert page.input_value("#name") == "Dana Cooper"
    page.context.close()


@pytest.mark.parametrize("path", ["/intake", "/book"])
def test_without_a_script_the_chosen_person_takes_over_everything_typed(
    chromium: Browser, address, frank, carl, path
) -> None:
    page = signed_in(chromium, frank, address, script=False).new_page()
    page.goto(path)
    typed = {
        "phone2": "07700 900 456",
        "email": "CARL@example.com",
        "brand": "Apple",
        "model": "iPhone 13",
        "colour": "midnight",
        "reported_fault": "Falls asleep",
        "spend_limit": "80",
        "needed_by": "Friday",
    }
    if path == "/intake":
        typed |= {"accessories": "charger, case", "condition_note": "scratched", "place": "A3"}
        page.set_input_files("[name=photos]", [photo()])
        page.select_option("[name=sim_number]", "new")
    page.fill("#name", "Karl Cooper")
    page.fill("#phone", "07700 900 123")
    page.select_option("[name=device_type]", "phone")
    for name, text in typed.items():
        page.fill(f"[name={name}]", text)
    submit(page, "button[form=intake]")

    submit(page, page.get_by_role("button", name="Use this person"))

    page.get_by_text("Carl Cooper").first.wait_for()
    del typed["email"]  # it is Carl's already
    assert {name: page.input_value(f"[name={name}]") for name in typed} == typed
    assert page.input_value("[name=device_type]") == "phone"
    assert page.locator("[name=email]").count() == page.locator("[name=name]").count() == 0
    if path == "/intake":
        assert page.locator("[name=sim_number] option:checked").inner_text() == "07700 900123"
        assert "1 photo is kept" in page.content()
        page.fill("[name=reach_note]", "at work")
    page.locator("button[form=intake]").click()
    page.wait_for_url("**/check-in-complete?saved=1" if path == "/intake" else "**/tickets/*")
    page.goto(f"/customers/{carl}")
    numbers = page.content()
    assert numbers.count("07700 900123") >= 1
    assert "07700 900 456" in numbers
    assert numbers.count("carl@example.com") == 1
    assert "Karl" not in page.inner_text("main")
    page.context.close()


def photo() -> FilePayload:
    return {"name": "crack.jpg", "mimeType": "image/jpeg", "buffer": written(picture(), "JPEG")}


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_axe_finds_nothing_on_the_pages_of_a_merge(
    chromium: Browser, app, frank, mira, address, carl, width: int, scheme: str
) -> None:
    with app.app_context(), transaction():
        other = make_customer(frank.actor, "Karl Cooper", phone="07700 900222").id
        dana = make_customer(frank.actor, "Dana Dale", phone="07700 900123").id
        away = make_customer(frank.actor, "C. Cooper", phone="07700 900333").id
        merge_id = merge(carl, away, name_of=Side.KEPT, language_of=Side.KEPT, by=frank.actor)
        opt_out(Channel.SMS, "+447700900222", source="stop")
        tell_apart(carl, dana, by=frank.actor)
    page = signed_in(chromium, mira, address, width=width, scheme=scheme).new_page()

    for path in (
        "/customers/alike",
        f"/customers/{carl}?was={away}",
        f"/customers/{carl}/merge/{other}",
        f"/customers/{carl}/merge/{dana}",
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
