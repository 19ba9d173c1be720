"""A walk-in repaired, in a real browser: staff on a desktop, mostly by keyboard, the customer on a phone.

Every screen on the way is also drawn narrow and light, wide and dark, and checked for accessibility.
JOURNEY_SHOTS names a folder for pictures of them.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from repairshop.catalogue.service import load_catalogue
from repairshop.staff.queries import ShopFacts
from repairshop.tickets.stages import Outcome, Stage
from repairshop.transaction import transaction
from tests.browser.live import serving, signed_in, submit
from tests.browser.seeing import flaws
from tests.builders import get_ticket, open_day
from tests.cast import Browser as Person
from tests.portal.guests import link_to

pytestmark = pytest.mark.browser

LOOKS = ((390, 844, "light"), (1280, 800, "dark"))
SHOTS = os.environ.get("JOURNEY_SHOTS", "")
_TICKET = re.compile(r"/tickets/(\w+)")
_PRIVACY = {
    "credential-choice": "not_needed",
    "notice-choice": "acknowledged",
    "backup-choice": "yes",
    "repair_mode-choice": "no_such_mode",
    "sim_and_accounts-choice": "nothing_in_it",
    "data_use-choice": "none",
    "sealed-choice": "no",
}
_CLOSE_OUT = {
    "credential_purged": "never_taken",
    "copies_erased": "no_copies",
    "normal_mode": "back_to_normal",
    "access_reviewed": "no_openings",
}


@dataclass
class Eyes:
    """Looks at a screen in both sizes and schemes; the finds are asserted on at the end of the story."""

    found: list[str] = field(default_factory=list)
    seen: int = 0

    def look(self, page: Page, name: str) -> None:
        before = page.viewport_size
        self.seen += 1
        for width, height, scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
            self.found += flaws(page, f"{name} {width} {scheme}")
            if SHOTS:
                shot = Path(SHOTS) / f"{self.seen:02} {name} {width}.png"
                page.screenshot(path=shot, full_page=True)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        if before:
            page.set_viewport_size(before)


@pytest.fixture
def address(app: Flask, shop: ShopFacts) -> Iterator[str]:
    with app.app_context(), transaction():
        load_catalogue()
    with serving(app) as address:
        yield address


def take_in(page: Page) -> str:
    page.goto("/intake")
    for name, text in {
        "name": "Carl Cooper",
        "phone": "07700 900123",
        "email": "carl@example.com",
        "brand": "Apple",
        "model": "iPhone 13",
        "imei": "490154203237518",
        "reported_fault": "It fell and stays dark",
        "condition_note": "Glass broken, frame straight",
        "reach_note": "At work, 0161 496 0001",
    }.items():
        page.fill(f"[name={name}]", text)
    page.select_option("[name=device_type]", "phone")


def reference_of(page: Page) -> str:
    found = _TICKET.search(page.url)
    assert found, page.url
    return found[1]


def settle_check_in(page: Page) -> None:
    for name, value in _PRIVACY.items():
        page.check(f"input[name={name}][value={value}]")
    page.select_option("[name=data_use-wish]", "nothing")
    page.fill("[name=signed_name]", "Carl Cooper")
    page.check("[name=agreed]")


def write_quote(page: Page, reference: str) -> None:
    page.goto(f"/tickets/{reference}/quote")
    while page.locator("button[value=remove-0]").count():
        submit(page, "button[value=remove-0]")
    submit(page, "button[value=add-part-0]")
    page.fill("[name=lines-0-description]", "Screen")
    page.fill("[name=lines-0-unit_price]", "74.00")
    page.select_option("[name=lines-0-origin]", "new_original")
    page.fill("[name=lines-0-device_will_show]", "Nothing")
    page.fill("[name=earliest]", open_day(7).isoformat())
    page.fill("[name=latest]", open_day(9).isoformat())
    page.fill("[name=message]", "The glass and the picture below it are broken.")


def pass_every_check(page: Page, reference: str, kind: str) -> None:
    page.goto(f"/tickets/{reference}/tests/{kind}")
    for check in page.locator("input[value=pass]").all():
        check.check(force=True)


def close_out(page: Page, reference: str) -> None:
    for kind, choice in _CLOSE_OUT.items():
        page.goto(f"/tickets/{reference}/privacy/{kind}")
        page.check(f"input[value={choice}]")
        submit(page, "main button:has-text('Save')")


def ended(app: Flask, reference: str) -> tuple[Stage, Outcome | None]:
    with app.app_context():
        ticket = get_ticket(reference)
        return ticket.stage, ticket.outcome


def test_a_walk_in_by_keyboard_and_phone(
    app: Flask, chromium: Browser, address: str, frank: Person, tess: Person
) -> None:
    eyes = Eyes()
    counter = signed_in(chromium, frank, address).new_page()
    bench = signed_in(chromium, tess, address).new_page()
    phone = chromium.new_context(base_url=address, viewport={"width": 390, "height": 844}).new_page()

    take_in(counter)
    eyes.look(counter, "take in")
    counter.keyboard.press("Control+Enter")
    counter.wait_for_url("**/check-in-complete*")
    reference = reference_of(counter)
    settle_check_in(counter)
    eyes.look(counter, "check-in")
    counter.keyboard.press("Control+Enter")
    counter.wait_for_url(f"**/tickets/{reference}")
    phone.goto(link_to(app, reference))

    bench.goto(f"/tickets/{reference}")
    bench.keyboard.press("1")
    bench.wait_for_selector("text=Diagnosis started")
    eyes.look(bench, "ticket, in diagnosis")
    pass_every_check(bench, reference, "before")
    submit(bench, "button[name=close]")
    write_quote(bench, reference)
    submit(bench, "button[value=check]")
    eyes.look(bench, "quote check")
    bench.keyboard.press("Control+Enter")
    bench.wait_for_url(f"**/tickets/{reference}")
    bench.goto("/bench")
    eyes.look(bench, "bench")

    phone.goto(link_to(app, reference))
    eyes.look(phone, "portal, your decision")
    submit(phone, "text=Check and answer")
    eyes.look(phone, "portal, quote")
    submit(phone, "button:has-text('Approve')")
    phone.wait_for_selector("text=You said yes")

    bench.goto(f"/tickets/{reference}/order-part")
    bench.fill("[name=name]", "Screen")
    bench.fill("[name=expected_on]", open_day(3).isoformat())
    bench.keyboard.press("Control+Enter")
    bench.wait_for_url(f"**/tickets/{reference}")
    bench.goto(f"/tickets/{reference}/parts")
    eyes.look(bench, "parts")
    submit(bench, "text=It arrived")
    bench.goto(f"/tickets/{reference}")
    bench.keyboard.press("1")
    bench.wait_for_selector("text=Done: Start repair")
    bench.goto(f"/tickets/{reference}/parts")
    bench.fill("[name=name]", "Screen")
    bench.fill("[name=serial]", "SCR-0042")
    submit(bench, "text=Record the part")
    bench.goto(f"/tickets/{reference}")
    bench.keyboard.press("1")
    bench.wait_for_selector("text=Done: Finish")
    pass_every_check(bench, reference, "after")
    submit(bench, "button[name=close]")
    close_out(bench, reference)
    bench.goto(f"/tickets/{reference}/privacy")
    bench.goto(f"/tickets/{reference}/release")
    bench.check("[name=put_together]")
    eyes.look(bench, "release")
    bench.keyboard.press("Control+Enter")
    bench.wait_for_url(f"**/tickets/{reference}")

    phone.goto(link_to(app, reference))
    eyes.look(phone, "portal, ready")
    counter.goto("/counter")
    counter.goto(f"/tickets/{reference}/hand-over")
    counter.select_option("[name=proof]", "receipt")
    counter.check("[name=pay_method][value=cash]")
    counter.fill("[name=signed_name]", "Carl Cooper")
    counter.check("[name=agreed]")
    eyes.look(counter, "hand over")
    counter.keyboard.press("Control+Enter")
    counter.wait_for_url(f"**/tickets/{reference}/handed-over")
    eyes.look(counter, "what is printed at the door")
    counter.goto(f"/tickets/{reference}")
    eyes.look(counter, "ticket, handed over")
    for path, name in (("", "collected"), ("/history", "history"), ("/privacy", "privacy log")):
        phone.goto(f"/repair/{reference}{path}")
        eyes.look(phone, f"portal, {name}")
    counter.goto("/messages")

    assert ended(app, reference) == (Stage.HANDED_OVER, Outcome.REPAIRED)
    assert eyes.found == []


def test_a_walk_in_without_a_script(
    app: Flask, chromium: Browser, address: str, frank: Person, tess: Person
) -> None:
    counter = signed_in(chromium, frank, address, script=False).new_page()
    bench = signed_in(chromium, tess, address, script=False).new_page()
    phone = chromium.new_context(base_url=address, java_script_enabled=False).new_page()

    take_in(counter)
    submit(counter, "button:has-text('Take in and save')")
    reference = reference_of(counter)
    settle_check_in(counter)
    submit(counter, "button:has-text('Complete the check-in')")
    bench.goto(f"/tickets/{reference}")
    submit(bench, "button:has-text('Start diagnosis')")
    write_quote(bench, reference)
    submit(bench, "button[value=check]")
    submit(bench, "button:has-text('Send the')")
    phone.goto(link_to(app, reference))
    submit(phone, "text=Check and answer")
    submit(phone, "button:has-text('Approve')")
    bench.goto(f"/tickets/{reference}")
    submit(bench, "button:has-text('Start repair')")
    bench.goto(f"/tickets/{reference}/parts")
    bench.fill("[name=name]", "Screen")
    submit(bench, "text=Record the part")
    bench.goto(f"/tickets/{reference}")
    submit(bench, "button:has-text('Finish')")
    pass_every_check(bench, reference, "after")
    submit(bench, "button[name=close]")
    close_out(bench, reference)
    bench.goto(f"/tickets/{reference}/release")
    bench.check("[name=put_together]")
    submit(bench, "button:has-text('Release for collection')")
    counter.goto(f"/tickets/{reference}/hand-over")
    counter.select_option("[name=proof]", "receipt")
    counter.check("[name=pay_method][value=cash]")
    counter.fill("[name=signed_name]", "Carl Cooper")
    counter.check("[name=agreed]")
    submit(counter, "button:has-text('Hand over')")

    assert ended(app, reference) == (Stage.HANDED_OVER, Outcome.REPAIRED)
