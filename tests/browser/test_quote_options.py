"""Quotes with several options: written by keyboard, read and answered on a phone, no rule broken."""

import os
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from repairshop.tickets.stages import Stage
from tests.browser.live import KEY_PAUSE, serving, signed_in
from tests.browser.seeing import SIZES, flaws
from tests.builders import get_ticket, make_ticket, open_day
from tests.portal.guests import link_to
from tests.quotes.builders import AFTERMARKET, ORIGINAL, RESCUE, current, draft, quoted_ticket
from tests.quotes.test_repair_form import SAID, give_forms

pytestmark = pytest.mark.browser

WAYS = (ORIGINAL, AFTERMARKET, RESCUE)


def dates() -> dict[str, object]:
    return {"earliest": open_day(7), "latest": open_day(8)}


def guest(chromium: Chromium, app: Flask, reference: str, address: str, **options: object) -> Page:
    page = chromium.new_context(base_url=address, reduced_motion="reduce", **options).new_page()
    page.goto(link_to(app, reference))
    return page


def picture(page: Page, name: str) -> None:
    """Kept only where somebody asked for pictures to look at."""
    if folder := os.environ.get("REPAIRSHOP_SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_second_option_is_written_with_the_keyboard_alone(app, tess, chromium) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.DIAGNOSING)
        draft(reference, by=tess.actor, options=(ORIGINAL,), **dates())
    with serving(app) as address:
        page = signed_in(chromium, tess, address).new_page()
        page.goto(f"/tickets/{reference}/quote")
        page.get_by_role("button", name="Copy as another option").focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        page.locator("#options-1-label").focus()
        page.keyboard.type("Aftermarket part", delay=KEY_PAUSE)
        page.locator("#lines-2-unit_price").focus()
        page.keyboard.press("Control+a")
        page.keyboard.type("42", delay=KEY_PAUSE)
        page.get_by_role("button", name="Save and check it").focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        with page.expect_navigation():
            page.keyboard.press("Control+Enter")

    with app.app_context():
        assert [one.label for one in current(reference).options] == ["Original part", "Aftermarket part"]
        assert get_ticket(reference).stage is Stage.AWAITING_APPROVAL


def test_one_of_three_is_approved_on_a_phone_without_scripting(app, tess, chromium) -> None:
    with app.app_context():
        reference = quoted_ticket(tess.actor, options=WAYS, **dates())
    with serving(app) as address:
        page = guest(
            chromium,
            app,
            reference,
            address,
            java_script_enabled=False,
            viewport={"width": 390, "height": 844},
        )
        page.get_by_role("link", name="Check and answer").click()
        page.get_by_label("Battery, £24.00").check()
        page.get_by_role("button", name="Work out the total").click()
        page.get_by_role("button", name="Approve Aftermarket part for £97.00").click()
        expect(page.get_by_text("You said yes to £97.00")).to_be_visible()

    with app.app_context():
        assert current(reference).agreed_option.label == "Aftermarket part"


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_pages_break_no_accessibility_rule_and_fit(app, tess, chromium, width, scheme) -> None:
    with app.app_context():
        reference = quoted_ticket(tess.actor, options=WAYS, **dates())
        diagnosing = make_ticket(tess.actor, stage=Stage.DIAGNOSING)
        draft(diagnosing, by=tess.actor, options=WAYS, **dates())
    found = []
    with serving(app) as address:
        page = signed_in(chromium, tess, address, width=width, scheme=scheme).new_page()
        paths = [f"{diagnosing}/quote?add=part&to=2", f"{diagnosing}/send-quote"]
        for path in [*paths, f"{reference}/quotes", f"{reference}/approve", reference]:
            page.goto(f"/tickets/{path}")
            found += flaws(page, path)
            picture(page, f"{path.split('/')[-1].split('?')[0]}-{width}-{scheme}")
        size = {"width": width, "height": 844}
        phone = guest(chromium, app, reference, address, viewport=size, color_scheme=scheme)
        for path in ("", "/quote", "/decline"):
            phone.goto(f"/repair/{reference}{path}")
            found += flaws(phone, path)
            picture(phone, f"portal{path.replace('/', '-')}-{width}-{scheme}")
    assert found == []


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_the_repair_form_breaks_no_rule_and_fits(app, tess, chromium, width, scheme) -> None:
    with app.app_context():
        give_forms()
        reference = quoted_ticket(tess.actor, options=WAYS, form=SAID, **dates())
        diagnosing = make_ticket(tess.actor, stage=Stage.DIAGNOSING)
        draft(diagnosing, by=tess.actor, options=WAYS[:1], form=SAID, **dates())
    found = []
    with serving(app) as address:
        page = signed_in(chromium, tess, address, width=width, scheme=scheme).new_page()
        for path in (
            f"{diagnosing}/quote",
            f"{reference}/revise-quote",
            f"{reference}/withdraw-quote",
            f"{reference}/quotes",
            f"{reference}/quotes/1/repair-form",
        ):
            page.goto(f"/tickets/{path}")
            found += flaws(page, path)
            picture(page, f"form-{path.split('/')[-1]}-{width}-{scheme}")
        size = {"width": width, "height": 844}
        phone = guest(chromium, app, reference, address, viewport=size, color_scheme=scheme)
        for path in ("quote", "quotes", "repair-form/1"):
            phone.goto(f"/repair/{reference}/{path}")
            found += flaws(phone, path)
            picture(phone, f"form-portal-{path.replace('/', '-')}-{width}-{scheme}")
    assert found == []


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_repair_or_replace_is_worked_out_without_scripting(app, tess, chromium, width, scheme) -> None:
    with app.app_context():
        reference = quoted_ticket(tess.actor, options=WAYS, **dates())
    with serving(app) as address:
        size = {"width": width, "height": 844}
        options = {"viewport": size, "color_scheme": scheme}
        page = guest(chromium, app, reference, address, java_script_enabled=False, **options)
        page.goto(f"/repair/{reference}/quote")
        page.get_by_text("Repair or replace?").click()
        page.get_by_label("Price of a like new device").fill("400")
        page.get_by_label("Years it still lasts after the repair").fill("3")
        page.get_by_role("button", name="Work it out").click()
        expect(page.get_by_text("£100.00 a year")).to_be_visible()
        expect(page.get_by_text("£35.00 a year")).to_be_visible()
        scripted = guest(chromium, app, reference, address, **options)
        scripted.goto(page.url)
        found = flaws(scripted, "worth")
        picture(scripted, f"worth-{width}-{scheme}")
    assert found == []
