"""Every page of loaners and of who has what: axe finds nothing in both widths and schemes, buttons are large.

With CUSTODY_SHOTS set to a folder, each page is also drawn there to be looked at.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from repairshop.codes import Scan, ScanKind
from repairshop.custody import jobs
from repairshop.custody.rules import PlaceKind
from repairshop.custody.service import add_place, record_scan
from repairshop.database import db
from repairshop.loaners.models import Loan, Loaner
from repairshop.loaners.rules import Ending, Lending, LoanEnd
from repairshop.loaners.service import add_loaner, end_loan, lend, mark_wiped
from repairshop.staff.rules import Actor
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.browser.live import serving, signed_in, submit
from tests.browser.seeing import SIZES, flaws
from tests.builders import get_ticket, make_ticket
from tests.cast import Browser as Person
from tests.portal.guests import link_to

pytestmark = pytest.mark.browser

LARGE = 56
SHOTS = os.environ.get("CUSTODY_SHOTS", "")


def furnish(by: Actor) -> dict[str, str]:
    """A lost phone, one ready whose charger lies elsewhere, and loaners that are free, out and overdue."""
    with transaction():
        add_place("Shelf 3", by=by)
        add_place("Parcel Co", kind=PlaceKind.CARRIER, by=by)
        add_place("Board Medics", kind=PlaceKind.SPECIALIST, by=by)
        for name in ("Galaxy A14", "Pixel 4a", "iPhone SE"):
            add_loaner(name, number="R58 N12", by=by)
    galaxy, pixel, _ = (row.id for row in db.session.query(Loaner).order_by(Loaner.id))
    ready = make_ticket(by, stage=Stage.READY, accessories=("Charger", "Case"))
    lent, plain = make_ticket(by, name="Dana Dent", phone="07700 900124"), make_ticket(by)
    used = make_ticket(by)
    terms = {"condition": "No scratches", "deposit_minor": 50_00}
    with transaction():
        record_scan(ready, Scan(kind=ScanKind.PLACE, text="SHELF3"), item="Charger", by=by)
        today = datetime.now(UTC).date()
        lend(used, Lending(loaner_id=pixel, due_on=today, **terms), by=by)
        back = Ending(end=LoanEnd.BACK, deposit_back_minor=30_00, note="Glass scratched")
        end_loan(used, back, by=by)
        mark_wiped(pixel, by=by)
        lend(lent, Lending(loaner_id=galaxy, due_on=today, **terms), by=by)
    with transaction():  # time passes
        ticket = get_ticket(plain)
        ticket.holder_since -= timedelta(hours=3)
        loan = db.session.query(Loan).filter_by(loaner_id=galaxy).one()
        loan.due_on -= timedelta(days=4)
        get_ticket(lent).changed_at = datetime.now(UTC)
    jobs.raise_alerts()
    return {"ready": ready, "lent": lent, "plain": plain, "pixel": str(pixel)}


def look(page: Page, name: str) -> list[str]:
    """What is wrong with the page as it stands."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
    return flaws(page, name)


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_axe_finds_nothing_on_any_page(
    app: Flask, mira: Person, chromium: Browser, width: int, scheme: str
) -> None:
    with app.app_context():
        world = furnish(mira.actor)
    ready, lent, plain = world["ready"], world["lent"], world["plain"]
    paths = {
        "counter": "/counter",
        "hand-to-hand": "/hand-to-hand",
        "hand-to-hand-device": f"/hand-to-hand?ticket={plain}",
        "pass-on": f"/tickets/{plain}/pass-on",
        "places": "/shop/places",
        "sheet": "/shop/places/sheet",
        "loaners": "/shop/loaners",
        "loaner": f"/shop/loaners/{world['pixel']}",
        "lend": f"/tickets/{plain}/loaner",
        "take-back": f"/tickets/{lent}/loaner",
        "ticket": f"/tickets/{ready}",
        "hand-over": f"/tickets/{ready}/hand-over",
        "surrender": f"/tickets/{ready}/surrender",
    }
    found = []
    with serving(app) as address:
        page = signed_in(chromium, mira, address, width=width, scheme=scheme).new_page()
        kind = f"{width}-{scheme}"
        for name, path in paths.items():
            page.goto(path)
            found += look(page, f"{name}-{kind}")
        page.goto("/intake")
        page.click("text=Lend a loaner")
        found += look(page, f"intake-{kind}")
        for name, path in (("hand-over", "hand-over"), ("take-back", "loaner")):
            page.goto(f"/tickets/{ready if name == 'hand-over' else lent}/{path}")
            submit(page, page.locator("main form button.button").last)
            page.wait_for_selector(".error-summary")
            found += look(page, f"{name}-refused-{kind}")
        page.goto(f"/hand-to-hand?ticket={plain}")
        submit(page, "text=Off with a carrier")
        page.wait_for_selector("text=Undo")
        found += look(page, f"hand-to-hand-done-{kind}")
        page.context.close()
        guest = chromium.new_context(
            base_url=address, viewport={"width": width, "height": 800}, color_scheme=scheme
        ).new_page()
        guest.goto(link_to(app, lent))
        guest.wait_for_selector("text=You have our Galaxy A14 for now.")
        found += look(guest, f"portal-{kind}")
        guest.context.close()
    assert found == []


@pytest.mark.parametrize("width", [390, 1280])
def test_every_button_of_the_hand_to_hand_page_suits_a_gloved_hand(
    app: Flask, mira: Person, chromium: Browser, width: int
) -> None:
    with app.app_context():
        plain = furnish(mira.actor)["plain"]
    with serving(app) as address:
        page = signed_in(chromium, mira, address, width=width).new_page()
        page.goto(f"/hand-to-hand?ticket={plain}")
        heights = list_heights(page)
        submit(page, "text=I have it")
        page.wait_for_selector("text=Undo")
        heights |= list_heights(page)
        page.context.close()

    assert {"Go", "Undo", "I have it", "Shelf 3"} <= heights.keys()
    assert {name: height for name, height in heights.items() if height < LARGE} == {}


def list_heights(page: Page) -> dict[str, float]:
    return {
        button.inner_text(): (button.bounding_box() or {"height": 0})["height"]
        for button in page.locator("main form button").all()
    }


def test_a_loaner_that_was_chosen_before_is_seen_when_the_hand_in_comes_back(
    app: Flask, mira: Person, chromium: Browser
) -> None:
    with app.app_context():
        furnish(mira.actor)
    with serving(app) as address:
        page = signed_in(chromium, mira, address).new_page()
        page.goto("/intake")
        is_folded = not page.locator("#loaner").is_visible()
        page.click("text=Lend a loaner")
        page.select_option("#loaner", label="Pixel 4a")
        page.goto("/counter")
        page.goto("/intake")
        chosen = page.locator("#loaner option:checked").inner_text()
        is_seen = page.locator("#loaner").is_visible()
        page.context.close()

    assert is_folded
    assert (chosen, is_seen) == ("Pixel 4a", True)
