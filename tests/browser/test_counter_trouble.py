"""A visit as the counter lives it, with a script and without: a lost line, two tabs, two presses."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Error, Page
from sqlalchemy import func, select

from repairshop.catalogue.service import load_catalogue
from repairshop.database import db
from repairshop.tickets.models import Ticket, Visit
from repairshop.transaction import transaction
from tests.browser.live import serving, signed_in

pytestmark = pytest.mark.browser

SAVE = "button[form=intake]"
TYPED = {
    "name": "Gina Garcia",
    "phone": "07700 900811",
    "brand": "Apple",
    "model": "iPhone 13",
    "reported_fault": "Drops calls",
    "accessories": "charger, case",
    "spend_limit": "80",
    "reach_note": "gina@example.com",
}


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def page(chromium: Browser, app, frank, request) -> Iterator[Page]:
    with app.app_context(), transaction():
        load_catalogue()
    with serving(app) as address:
        context = signed_in(chromium, frank, address, script=request.param)
        page = context.new_page()
        yield page
        context.close()


def type_in(page: Page, **changed: str) -> None:
    page.select_option("[name=device_type]", "phone")
    for name, text in {**TYPED, **changed}.items():
        page.fill(f"[name={name}]", text)


def saved(page: Page) -> str:
    """The reference of what was saved."""
    page.wait_for_url("**/check-in-complete**")
    return page.url.split("/tickets/")[1].split("/")[0]


def count(app, model) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model))


def test_two_devices_of_one_visit_stand_on_one_receipt(app, page) -> None:
    page.goto("/intake")
    type_in(page)
    page.click(SAVE)
    first = saved(page)
    page.click("a[href*='/intake?visit=']")
    page.check("[name=device][value=new]")
    page.select_option("[name=device_type]", "tablet")
    page.fill("[name=model]", "iPad Air")
    page.fill("[name=reported_fault]", "Cracked")
    page.click(SAVE)
    page.wait_for_url(lambda url: "check-in-complete" in url and first not in url)

    page.goto(f"/tickets/{saved(page)}/receipt")

    receipt = page.inner_text("body")
    assert "iPad Air" in receipt
    assert "iPhone 13" in receipt
    assert (count(app, Ticket), count(app, Visit)) == (2, 1)


def test_the_facts_of_the_hand_in_are_on_the_ticket(app, page) -> None:
    page.goto("/intake")
    type_in(page)
    page.click(SAVE)
    saved(page)

    with app.app_context():
        ticket = db.session.scalars(select(Ticket)).one()
        assert ticket.accessories == ["charger", "case"]
        assert ticket.spend_limit_minor == 8000
        assert ticket.visit.reach_note == "gina@example.com"


def test_two_presses_make_one_ticket(app, page) -> None:
    page.goto("/intake")
    type_in(page)

    page.dblclick(SAVE)

    saved(page)
    assert count(app, Ticket) == 1


def test_a_line_lost_while_saving_loses_nothing_and_doubles_nothing(app, page) -> None:
    page.goto("/intake")
    type_in(page)
    page.context.set_offline(True)
    page.click(SAVE)
    page.wait_for_url("chrome-error://**")
    page.context.set_offline(False)

    page.reload()  # the browser sends the same form again

    saved(page)
    assert count(app, Ticket) == 1
    with app.app_context():
        assert db.session.scalars(select(Ticket.reported_fault)).one() == "Drops calls"


def test_an_error_keeps_everything_typed(app, page) -> None:
    page.goto("/intake")
    type_in(page, spend_limit="lots")
    page.click(SAVE)
    page.wait_for_selector(".error-summary")

    shown = {name: page.input_value(f"[name={name}]") for name in TYPED}

    assert shown == {**TYPED, "spend_limit": "lots"}
    page.fill("[name=spend_limit]", "80")
    page.click(SAVE)
    saved(page)
    assert count(app, Ticket) == 1


def test_back_after_saving_offers_nothing_that_could_be_saved_twice(app, page) -> None:
    page.goto("/intake")
    type_in(page)
    page.click(SAVE)
    first = saved(page)

    try:
        page.go_back()
    except Error:
        page.goto("/intake")
    if page.locator("[name=name]").count() and page.input_value("[name=name]"):
        page.click(SAVE)
        assert saved(page) == first

    assert count(app, Ticket) == 1


def test_two_tabs_make_two_tickets_and_neither_sees_the_others_words(app, page) -> None:
    other = page.context.new_page()
    for tab, name, number in ((page, "Gina Garcia", "811"), (other, "Hana Hoffmann", "812")):
        tab.goto("/intake")
        type_in(tab, name=name, phone=f"07700 900{number}", reported_fault=f"Fault of {name}")
    for tab in (page, other):
        tab.click(SAVE)

    assert saved(page) != saved(other)
    with app.app_context():
        faults = db.session.scalars(select(Ticket.reported_fault).order_by(Ticket.id)).all()
        assert faults == ["Fault of Gina Garcia", "Fault of Hana Hoffmann"]


def test_a_booking_checked_in_from_two_tabs_keeps_the_words_of_both(app, page) -> None:
    page.goto("/book")
    page.fill("[name=name]", "Gina Garcia")
    page.fill("[name=phone]", "07700 900811")
    page.select_option("[name=device_type]", "phone")
    page.fill("[name=model]", "Pixel 8")
    page.fill("[name=reported_fault]", "Screen")
    page.click(SAVE)
    page.wait_for_url("**/tickets/*")
    reference = page.url.split("/tickets/")[1]
    other = page.context.new_page()
    for tab, words in ((page, "scratched"), (other, "dented at a corner")):
        tab.goto(f"/tickets/{reference}/check-in")
        tab.fill("[name=condition_note]", words)
        tab.fill("[name=reach_note]", "at work")

    page.click(SAVE)
    saved(page)
    with other.expect_navigation():
        other.click(SAVE)

    assert "Nothing of yours was saved" in other.inner_text("main")
    assert "dented at a corner" in other.locator("input[readonly]").evaluate_all(
        "all => all.map(it => it.value)"
    )
