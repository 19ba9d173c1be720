"""The flows of privacy, people and staff security where scripting is off: links, forms, buttons."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from passlib.totp import TOTP
from playwright.sync_api import Browser, Page

from repairshop.clock import now
from repairshop.privacy import service as privacy
from repairshop.staff.rules import Role
from repairshop.transaction import transaction
from tests.browser.live import serving, signed_in, submit
from tests.builders import get_ticket, make_customer, make_ticket
from tests.cast import PASSWORD
from tests.cast import Browser as Person
from tests.staff.test_second_factor import code_for, demand

pytestmark = pytest.mark.browser


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    with serving(app) as address:
        yield address


@pytest.fixture
def reference(app: Flask, frank: Person) -> str:
    with app.app_context():
        reference = make_ticket(frank.actor, checked_in=False)
        with transaction():
            privacy.open_task_list(get_ticket(reference), by=frank.actor)
    return reference


@pytest.fixture
def page(request: pytest.FixtureRequest, chromium: Browser, mira: Person, site: str) -> Iterator[Page]:
    """The manager's, without scripting."""
    window = signed_in(chromium, mira, site, width=390, script=False)
    yield window.new_page()
    window.close()


def press(page: Page, name: str, *, nth: int = 0) -> None:
    submit(page, page.locator("main").get_by_role("button", name=name).nth(nth))


def follow(page: Page, name: str, *, nth: int = 0) -> None:
    submit(page, page.locator("main").get_by_role("link", name=name).nth(nth))


def heading(page: Page) -> str:
    return page.locator("main h1").first.inner_text()


def test_signing_in_with_a_second_factor_that_the_shop_demands(
    app: Flask, olga: Person, frank: Person, chromium: Browser, site: str
) -> None:
    demand(app, olga, Role.COUNTER)
    window = chromium.new_context(base_url=site, java_script_enabled=False)
    page = window.new_page()

    def type_the_password() -> None:
        page.goto("/sign-in")
        page.fill("[name=email]", frank.email)
        page.fill("[name=password]", PASSWORD)
        press(page, "Sign in")

    type_the_password()
    follow(page, "Set up an app")
    secret = page.locator("main .code").inner_text().replace(" ", "")
    page.fill("[name=code]", str(TOTP(secret, format="base32").generate(time=int(now().timestamp())).token))
    press(page, "Add the app")
    assert heading(page) == "Write down your recovery codes"
    codes = page.locator("main li.code").all_inner_texts()
    follow(page, "I have them")
    page.locator("summary", has_text="Frank").click()
    page.get_by_role("button", name="Sign out").click()

    type_the_password()
    page.fill("[name=code]", "000000")
    press(page, "Continue with the code")
    assert page.locator(".error-summary").is_visible()
    page.fill("[name=code]", code_for(app, frank, later=30))
    press(page, "Continue with the code")
    page.goto("/counter")
    assert heading(page) == "Counter"

    window.clear_cookies()
    type_the_password()
    page.fill("[name=code]", codes[0])
    press(page, "Continue with the code")
    page.goto("/counter")
    assert heading(page) == "Counter"
    window.close()


def test_the_task_list_of_a_ticket(page: Page, reference: str) -> None:
    page.goto(f"/tickets/{reference}/privacy")
    answers = {
        "notice": {"choice": "acknowledged"},
        "backup": {"choice": "impossible", "reason": "It does not start"},
        "repair_mode": {"choice": "impossible", "reason": "It does not start"},
        "sim_and_accounts": {"choice": "nothing_in_it"},
        "data_use": {"choice": "none", "wish": "nothing"},
    }
    for kind, fields in answers.items():
        page.locator(f"main a[href$='/privacy/{kind}']").first.click()
        press(page, "Save")  # said to choose, with the words kept
        for name, value in fields.items():
            control = page.locator(f"main [name$='{name}']")
            if name == "reason":
                control.fill(value)
            elif name == "wish":
                control.select_option(value)
            else:
                control.and_(page.locator(f"[value={value}]")).check()
        press(page, "Save")
        assert page.url.endswith("/privacy"), kind
    assert page.locator("main").inner_text().count("It does not start") == 2

    follow(page, "Let the customer answer on a screen")
    assert heading(page)


def test_opening_the_customers_data_and_closing_it(page: Page, reference: str) -> None:
    page.goto(f"/tickets/{reference}/privacy")
    press(page, "Open the customer's data")
    assert page.locator(".error-summary").is_visible()
    page.locator("main [name=reason]").fill("To test the calls")
    press(page, "Open the customer's data")
    assert "closes by itself at" in page.locator(".opening").inner_text()
    press(page, "Close the customer's data")

    assert "1 minute" in page.locator(".openings").inner_text()
    assert "1 opening of the customer's data" in page.locator("main").inner_text()


def test_storing_seeing_and_destroying_a_passcode(page: Page, reference: str) -> None:
    page.goto(f"/tickets/{reference}/privacy/credential")
    page.locator("main [value=needed]").check()
    page.locator("main [name$=reason]").fill("The touch has to be tested")
    press(page, "Save")
    follow(page, "Passcode vault")
    page.locator("main [name=kind][value=pattern]").check()
    page.locator("main [name=passcode]").fill("9-6-3-2")
    press(page, "Lock it in the vault")
    assert "9-6-3-2" not in page.content()
    page.locator("main [name=reason]").fill("To test the touch")
    press(page, "Show the passcode")
    assert page.locator(".passcode").inner_text() == "9-6-3-2"
    follow(page, "Done")
    press(page, "Destroy the passcode")

    assert "No passcode is stored" in page.content() or "Destroyed" in page.locator("main").inner_text()


def test_writing_and_publishing_the_next_list_and_notice(page: Page) -> None:
    page.goto("/privacy-lists")
    follow(page, "Phone")
    press(page, "Write the next version")
    press(page, "Up", nth=1)
    follow(page, "Words and answers", nth=0)
    page.locator("main [name=title]").fill("Is a passcode needed, Fixwell asks?")
    press(page, "Save to the draft")
    assert "Fixwell asks" in page.locator(".drafted").inner_text()
    press(page, "Publish this list")
    assert "Fixwell asks" in page.locator("main").inner_text()
    assert page.locator(".drafted").count() == 0

    page.goto("/privacy-notice")
    page.locator("main textarea").first.fill("We look at nothing.\n\nEver.")
    submit(page, "main form button")
    assert page.locator("main textarea").first.input_value() == "We look at nothing.\n\nEver."


def test_choosing_how_long_data_is_kept(olga: Person, chromium: Browser, site: str) -> None:
    window = signed_in(chromium, olga, site, script=False)
    page = window.new_page()
    page.goto("/shop/kept")
    page.fill("#photos", "-1")
    press(page, "Save")
    assert page.locator(".error-summary").is_visible()
    page.fill("#photos", "30")
    press(page, "Save")

    assert page.input_value("#photos") == "30"
    window.close()


def test_giving_out_and_erasing_what_is_known_of_a_person(
    app: Flask, page: Page, mira: Person, tmp_path: Path
) -> None:
    with app.app_context(), transaction():
        customer_id = make_customer(mira.actor, "Zelda Zander", phone="07700 900654").id
    page.goto(f"/customers/{customer_id}")
    follow(page, "A copy of their data, or erase them")
    with page.expect_download() as download:
        page.get_by_role("button", name="Get the file").click()
    file = tmp_path / "zelda.zip"
    download.value.save_as(file)
    with zipfile.ZipFile(file) as archive:
        assert "Zelda Zander" in json.dumps(json.loads(archive.read("customer.json")))
    page.goto(f"/customers/{customer_id}/data")
    press(page, "Erase them for good")
    assert page.locator(".error-summary").is_visible()
    page.locator("[name=because]").first.check()
    press(page, "Erase them for good")

    assert "was erased on" in page.locator("main").inner_text()
    assert "Zelda" not in page.content()


def test_merging_two_records_and_taking_them_apart(app: Flask, page: Page, mira: Person) -> None:
    with app.app_context(), transaction():
        for name, phone in (("Dana Diaz", "07700 900661"), ("Dana Dias", "07700 900661")):
            make_customer(mira.actor, name, phone=phone)
    page.goto("/customers/alike")
    follow(page, "Compare")
    page.locator("main [name=name_of]").first.check()
    press(page, "Merge the two")
    assert "Merged into this person" in page.locator("main").inner_text()
    follow(page, "Undo the merge")
    press(page, "Undo the merge")

    page.goto("/customers/alike")
    assert page.get_by_role("link", name="Compare").count() == 1
