"""The pickup pass without a connection, with the worker that keeps it: reloaded, reopened, and taken away.

The server is really gone here: its socket is closed, and opened again on the same port.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from repairshop.tickets import service as tickets
from repairshop.tickets.portal_links import revoke_links
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from tests.browser.live import Line, signed_in
from tests.builders import get_ticket, make_ticket
from tests.cast import Browser as Person
from tests.portal.guests import come_in
from tests.portal.test_pickup_pass import name_dana

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shop")]


@pytest.fixture
def line(app: Flask) -> Iterator[Line]:
    line = Line(app)
    line.join()
    yield line
    line.cut()


@pytest.fixture
def reference(app: Flask, tess: Person) -> str:
    with app.app_context():
        return make_ticket(tess.actor, stage=Stage.READY)


@pytest.fixture
def carl(app: Flask, reference: str) -> Person:
    return come_in(app, reference)


@pytest.fixture
def phone(chromium: Browser, carl: Person, line: Line) -> Iterator[BrowserContext]:
    window = signed_in(chromium, carl, line.address, width=390)
    yield window
    window.close()


def open_pass(page: Page, path: str) -> None:
    """Open it, and wait until the worker has its copy."""
    page.goto(path)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def kept(page: Page) -> list[str]:
    """The addresses of every copy that workers of this browser hold."""
    found: list[str] = page.evaluate(
        """async () => {
          const stores = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
          const requests = (await Promise.all(stores.map((store) => store.keys()))).flat();
          return requests.map((request) => new URL(request.url).pathname);
        }"""
    )
    return found


def workers(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        """navigator.serviceWorker.getRegistrations()
             .then((all) => all.map((one) => new URL(one.scope).pathname))"""
    )
    return found


def shows_the_copy(page: Page) -> None:
    expect(page.get_by_role("heading", name="Pickup pass")).to_be_visible()
    expect(page.get_by_text("No connection. This is the pass as of")).to_be_visible()
    expect(page.get_by_text("Save it as a file")).to_be_hidden()
    assert page.locator(".scan img").evaluate("img => img.complete && img.naturalWidth > 0")


def opens_nothing(page: Page, path: str) -> None:
    with pytest.raises(Error, match="ERR_"):
        page.goto(path)


@pytest.fixture(params=["customer", "collector"])
def path(request: pytest.FixtureRequest, carl: Person, reference: str) -> str:
    return f"/repair/{reference}/pass" if request.param == "customer" else name_dana(carl, reference)


def test_a_reload_and_a_new_tab_show_the_copy_and_say_so(
    phone: BrowserContext, line: Line, path: str
) -> None:
    page = phone.new_page()
    open_pass(page, path)
    expect(page.get_by_text("No connection.")).to_be_hidden()
    there = page.url
    line.cut()

    page.reload()
    shows_the_copy(page)
    page.reload()
    shows_the_copy(page)
    for address in (path, there):
        again = phone.new_page()
        again.goto(address)
        shows_the_copy(again)

    line.join()
    page.reload()
    expect(page.get_by_role("heading", name="Pickup pass")).to_be_visible()
    expect(page.get_by_text("No connection.")).to_be_hidden()


def test_the_copy_is_what_was_last_confirmed(
    phone: BrowserContext, line: Line, carl: Person, reference: str
) -> None:
    page = phone.new_page()
    open_pass(page, f"/repair/{reference}/pass")
    name_dana(carl, reference)
    page.reload()
    expect(page.get_by_text("Dana Diaz")).to_be_visible()
    line.cut()

    page.reload()

    expect(page.get_by_text("Dana Diaz")).to_be_visible()


def test_it_keeps_the_pass_and_no_other_page(phone: BrowserContext, line: Line, reference: str) -> None:
    page = phone.new_page()
    open_pass(page, f"/repair/{reference}/pass")
    for other in ("", "/history", "/privacy"):
        page.goto(f"/repair/{reference}{other}")
    assert kept(page) == [f"/repair/{reference}/pass"]
    assert workers(page) == [f"/repair/{reference}/pass"]
    line.cut()

    opens_nothing(page, f"/repair/{reference}/history")


@pytest.mark.parametrize("how", ["revoked", "used"])
def test_the_next_contact_takes_a_pass_that_is_over_away(
    app: Flask, phone: BrowserContext, line: Line, tess: Person, reference: str, how: str
) -> None:
    page = phone.new_page()
    path = f"/repair/{reference}/pass"
    open_pass(page, path)
    there = page.url
    line.cut()
    page.reload()
    shows_the_copy(page)
    with app.app_context(), transaction():
        ticket = get_ticket(reference)
        if how == "revoked":
            revoke_links(ticket.visit_id)
        else:
            tickets.move_ticket(ticket, Verb.HAND_OVER, by=tess.actor)
    line.join()

    page.reload()

    expect(page.get_by_role("heading", name="Pickup pass")).to_be_hidden()
    assert kept(page) == []
    assert workers(page) == []
    line.cut()
    for address in (path, there):
        opens_nothing(page, address)


def test_a_collectors_pass_that_was_taken_back_goes_as_well(
    phone: BrowserContext, line: Line, carl: Person, reference: str
) -> None:
    path = name_dana(carl, reference)
    page = phone.new_page()
    open_pass(page, path)
    there = page.url
    carl.send(f"/repair/{reference}/collector/end", {})

    assert page.reload().status == 404  # type: ignore[union-attr]

    assert kept(page) == []
    line.cut()
    for address in (path, there):
        opens_nothing(page, address)


def test_any_page_of_a_revoked_link_takes_it_away(
    app: Flask, phone: BrowserContext, line: Line, reference: str
) -> None:
    page = phone.new_page()
    open_pass(page, f"/repair/{reference}/pass")
    with app.app_context(), transaction():
        revoke_links(get_ticket(reference).visit_id)

    page.goto("/repair")

    assert kept(page) == []
    line.cut()
    opens_nothing(page, f"/repair/{reference}/pass")


def test_leaving_a_shared_computer_removes_it(phone: BrowserContext, line: Line, path: str) -> None:
    page = phone.new_page()
    open_pass(page, path)
    there = page.url
    page.get_by_role("link", name="Remove it from this browser").click()
    page.get_by_role("button", name="Leave this browser").click()

    expect(page.get_by_role("heading", name="You have left this browser")).to_be_visible()
    assert kept(page) == []
    assert workers(page) == []
    assert page.request.get("/repair").status == 404
    line.cut()
    for address in (path, there):
        opens_nothing(phone.new_page(), address)


def test_a_copy_whose_code_works_no_more_is_not_shown(
    phone: BrowserContext, line: Line, reference: str
) -> None:
    page = phone.new_page()
    path = f"/repair/{reference}/pass"
    open_pass(page, path)
    page.evaluate(
        """async (path) => {
          const store = await caches.open((await caches.keys())[0]);
          const copy = await store.match(path);
          const headers = new Headers(copy.headers);
          headers.set("Pass-Until", String(Date.now() - 1));
          await store.put(path, new Response(await copy.text(), { headers }));
        }""",
        path,
    )
    line.cut()

    opens_nothing(page, path)


def test_a_server_in_trouble_does_not_cost_the_copy(
    app: Flask, phone: BrowserContext, line: Line, reference: str
) -> None:
    """What stands before a stopped program answers 502 or 503."""
    page = phone.new_page()
    open_pass(page, f"/repair/{reference}/pass")
    trouble = app.wsgi_app
    app.wsgi_app = lambda _environ, start: (start("503 Service Unavailable", []), [b""])[1]  # type: ignore[method-assign]

    page.reload()
    shows_the_copy(page)
    app.wsgi_app = trouble  # type: ignore[method-assign]
    page.reload()

    expect(page.get_by_text("No connection.")).to_be_hidden()
