"""A claim from the page of the customer to the decision, and a hand-over with its errors."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from repairshop.tickets import service as tickets
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from tests.browser.live import serving, signed_in, submit
from tests.browser.seeing import SIZES, flaws
from tests.builders import make_ticket
from tests.cast import Browser as Person
from tests.portal.guests import come_in
from tests.warranty.builders import handed_over, in_diagnosis

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shop")]


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    with serving(app) as address:
        yield address


@pytest.fixture
def reference(app: Flask, tess: Person) -> str:
    with app.app_context():
        return handed_over(tess.actor)


def read(page: Page) -> str:
    return page.locator("main").inner_text()


def test_a_claim_is_made_decided_and_read_without_scripting(
    app: Flask, chromium: Browser, site: str, tess: Person, reference: str
) -> None:
    carl = signed_in(chromium, come_in(app, reference), site, width=390, script=False)
    bench = signed_in(chromium, tess, site, width=390, script=False)
    phone, staff = carl.new_page(), bench.new_page()
    phone.goto("/repair")
    phone.locator("summary", has_text="Warranty").click()
    submit(phone, phone.get_by_role("link", name="Something is wrong again"))
    phone.get_by_label("What is wrong now?").fill("The screen is dark again")
    submit(phone, phone.get_by_role("button", name="Send the claim"))
    assert "We have not looked at it yet" in read(phone)

    staff.goto("/find?q=R-2")
    claimed = staff.url.rpartition("/")[2]
    with app.app_context():
        _arrive(claimed, tess)
        in_diagnosis(claimed, tess.actor)
    staff.goto(f"/tickets/{claimed}/proceed-under-warranty")
    submit(staff, staff.get_by_role("link", name="It is not covered"))
    staff.get_by_label("The work, covered until").check()
    staff.get_by_label("Why it is not covered").fill("It fell again")
    submit(staff, staff.get_by_role("button", name="It is not covered"))

    phone.reload()
    assert "The warranty does not cover it. It fell again" in read(phone)
    assert "It is about the work, covered until" in read(phone)
    carl.close()
    bench.close()


def _arrive(reference: str, tess: Person) -> None:
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=tess.actor)
        tickets.move_ticket(ticket, Verb.CHECK_IN, by=tess.actor)
        tickets.complete_check_in(ticket, by=tess.actor)


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_axe_finds_nothing_on_a_claim_and_its_error(
    app: Flask, chromium: Browser, site: str, reference: str, width: int, scheme: str
) -> None:
    window = signed_in(chromium, come_in(app, reference), site, width=width, scheme=scheme)
    page = window.new_page()
    page.goto(f"/repair/{reference}/claim")
    found = flaws(page, page.url)
    submit(page, page.get_by_role("button", name="Send the claim"))
    page.wait_for_selector(".error-summary")
    found += flaws(page, page.url)
    page.get_by_label("What is wrong now?").fill("Dark")
    submit(page, page.get_by_role("button", name="Send the claim"))
    page.wait_for_url(f"**/repair/{reference}/claim")
    found += flaws(page, page.url)
    window.close()

    assert found == []


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_axe_finds_nothing_on_a_hand_over_its_error_and_its_end(
    app: Flask, chromium: Browser, site: str, frank: Person, tess: Person, width: int, scheme: str
) -> None:
    with app.app_context():
        ready = make_ticket(tess.actor, stage=Stage.READY)
    window = signed_in(chromium, frank, site, width=width, scheme=scheme)
    page = window.new_page()
    page.goto(f"/tickets/{ready}/hand-over")
    found = flaws(page, page.url)
    page.get_by_label("Sent by a carrier").check()
    found += flaws(page, page.url)
    submit(page, page.get_by_role("button", name="Hand over"))
    page.wait_for_selector(".error-summary")
    assert "on its way to you" in read(page)  # what would be sent goes by the way it leaves
    found += flaws(page, page.url)
    page.get_by_label("Address", exact=True).fill("1 Low Lane, Leeds")
    page.get_by_label("The customer confirmed the address").check()
    page.get_by_label("Carrier", exact=True).fill("Parcel Co")
    page.get_by_label("Tracking number").fill("PC123456")
    submit(page, page.get_by_role("button", name="Hand over"))
    page.wait_for_url(f"**/tickets/{ready}/handed-over")
    assert "PC123456" in read(page)
    found += flaws(page, page.url)
    window.close()

    assert found == []
