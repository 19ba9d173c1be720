"""Parts in a browser: found by keys and by scan, kept without a script; what axe finds at both sizes."""

import pytest
from playwright.sync_api import Browser, expect

from repairshop.database import db
from repairshop.parts import catalogue, orders, stock
from repairshop.parts.models import PartEffect
from repairshop.parts.rules import NewOrder
from repairshop.promises.rules import PromiseReason
from repairshop.promises.service import make_promise
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from repairshop.workshop import service as workshop
from tests.browser.live import serving, signed_in, submit
from tests.browser.scanning import Scanner
from tests.browser.seeing import violations
from tests.builders import get_ticket, make_ticket, open_day
from tests.parts.builders import make_part, make_supplier

pytestmark = pytest.mark.browser


SIZES = [
    (390, "light"),
    (1280, "dark"),
    *(pytest.param(*look, marks=pytest.mark.heavy) for look in ((390, "dark"), (1280, "light"))),
]


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_axe_finds_nothing_on_the_catalogues_pages(
    app, mira, chromium: Browser, width: int, scheme: str
) -> None:
    with app.app_context():
        supplier = make_supplier(mira.actor)
        part_id = make_part(mira.actor, supplier_id=supplier, barcode="4006381333931")
        scanned = make_part(mira.actor, "Screen with numbers", serialised=True)
        reference = make_ticket(mira.actor, stage=Stage.IN_REPAIR)
        with transaction():
            stock.receive(part_id, count=2, by=mira.actor)
            stock.receive(scanned, serials=("GX12345678", "GX12345679"), lot="L7", by=mira.actor)
            stock.reserve(reference, part_id, by=mira.actor)
            orders.order_for_stock(scanned, quantity=2, expected_on=open_day(3), by=mira.actor)
            orders.order_for_stock(part_id, quantity=5, expected_on=None, by=mira.actor)
            stock.find_faulty(scanned, serial="GX12345679", reason="Dead pixels", by=mira.actor)
        make_part(mira.actor, "Screen for all iPhones, with a very long name that has to wrap", models=())
        waiting = make_ticket(mira.actor, stage=Stage.APPROVED)
        with transaction():
            make_promise(
                get_ticket(waiting),
                earliest=open_day(1),
                latest=open_day(2),
                by=mira.actor,
                reason=PromiseReason.QUOTE,
            )
        with transaction():
            order = NewOrder(name="Screen", part_id=scanned, expected_on=open_day(9))
            workshop.order_part(waiting, order, by=mira.actor)
        with transaction():
            catalogue.load_effects()
            db.session.flush()
            known = db.session.query(PartEffect).filter_by(seed_key="apple-screen-true-tone").one()
            catalogue.hide_effect(known.id, by=mira.actor)
            effect_id = known.id
    found = []
    with serving(app) as address:
        page = signed_in(chromium, mira, address, width=width, scheme=scheme).new_page()
        for path in (
            "/shop/parts",
            "/shop/parts?q=nothing",
            f"/shop/parts/{part_id}",
            f"/shop/parts/{scanned}",
            f"/tickets/{reference}/parts",
            f"/tickets/{reference}/parts?part={scanned}",
            "/shop/parts/new",
            f"/shop/parts/{part_id}/change",
            f"/tickets/{waiting}",
            f"/tickets/{waiting}/parts",
            f"/tickets/{waiting}/parts/late",
            f"/tickets/{waiting}/order-part?part={part_id}",
            "/shop/part-orders",
            "/shop/suppliers",
            f"/shop/suppliers/{supplier}",
            "/shop/part-effects",
            "/shop/part-effects/new",
            f"/shop/part-effects/{effect_id + 1}",
        ):
            page.goto(path)
            page.evaluate("document.querySelectorAll('details.more').forEach(one => one.open = true)")
            found += [f"{path}: {one}" for one in violations(page)]
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        page.context.close()
    assert found == []


def test_a_part_is_opened_by_a_number_key_and_by_its_barcode(app, tess, chromium: Browser) -> None:
    with app.app_context():
        make_part(tess.actor, "Screen A")
        make_part(tess.actor, "Screen B", barcode="4006381333931")
    with serving(app) as address:
        page = signed_in(chromium, tess, address).new_page()
        page.goto("/shop/parts")
        page.keyboard.press("Escape")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("2")
        expect(page.get_by_role("heading", level=1)).to_have_text("Screen B")
        page.goto("/shop/parts")
        Scanner(page).type("4006381333931", gap_ms=8)
        expect(page.get_by_role("heading", level=1)).to_have_text("Screen B")
        page.goto("/shop/parts")
        page.evaluate("document.activeElement.blur()")
        Scanner(page).type("4006381333931", gap_ms=8)
        expect(page.get_by_role("heading", level=1)).to_have_text("Screen B")
        page.context.close()


def test_a_part_is_written_down_without_a_script(app, mira, chromium: Browser) -> None:
    with serving(app) as address:
        page = signed_in(chromium, mira, address, width=390, script=False).new_page()
        page.goto("/shop/parts/new")
        page.fill("[name=name]", "Battery for iPhone 12")
        page.fill("[name=price]", "nothing")
        submit(page, "text=Save the part")
        expect(page.locator(".error-summary")).to_be_visible()
        page.fill("[name=price]", "45")
        submit(page, "text=Save the part")
        expect(page.locator(".part-list")).to_contain_text("£45.00")
        page.context.close()


def test_a_part_is_set_aside_by_a_number_key_and_fitted_with_its_scanned_serial(
    app, tess, chromium: Browser
) -> None:
    with app.app_context():
        part_id = make_part(tess.actor, serialised=True)
        reference = make_ticket(tess.actor, stage=Stage.IN_REPAIR)
        with transaction():
            stock.receive(part_id, serials=("GX12345678",), by=tess.actor)
    with serving(app) as address:
        page = signed_in(chromium, tess, address).new_page()
        page.goto(f"/tickets/{reference}/parts")
        with page.expect_navigation():
            page.keyboard.press("1")
        expect(page.get_by_role("heading", name="Set aside for it")).to_be_visible()
        submit(page, "section.part-offer >> text=Fit it")
        page.focus("[name=serial]")
        Scanner(page).type("GX12345678", gap_ms=8)
        expect(page.locator("[name=serial]")).to_have_value("GX12345678")
        submit(page, "text=Record the part")
        expect(page.locator("main")).to_contain_text("GX12345678")
        expect(page.get_by_role("heading", name="Set aside for it")).to_have_count(0)
        page.context.close()


def test_a_parcel_is_taken_in_by_two_scans(app, tess, chromium: Browser) -> None:
    with app.app_context():
        part_id = make_part(tess.actor, serialised=True, barcode="4006381333931")
        reference = make_ticket(tess.actor, stage=Stage.APPROVED)
        with transaction():
            workshop.order_part(reference, NewOrder(name="Screen", part_id=part_id), by=tess.actor)
    with serving(app) as address:
        page = signed_in(chromium, tess, address).new_page()
        page.goto("/shop/part-orders")
        page.evaluate("document.activeElement.blur()")
        with page.expect_navigation():
            Scanner(page).type("4006381333931", gap_ms=8)
        page.focus("[name=serial]")
        Scanner(page).type("GX12345678", gap_ms=16)
        expect(page.locator("[name=serial]")).to_have_value("GX12345678")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/tickets/{reference}")
        page.context.close()
    with app.app_context():
        assert get_ticket(reference).stage is Stage.APPROVED
