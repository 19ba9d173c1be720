"""The counter by keyboard alone, and without a script at all."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from repairshop.catalogue.rules import DeviceType
from repairshop.catalogue.service import load_catalogue
from repairshop.customers.service import NewDevice
from repairshop.database import db
from repairshop.diagnostics.queries import find_run
from repairshop.diagnostics.rules import RunKind
from repairshop.intake import service
from repairshop.intake.people import NewCustomer, Person
from repairshop.intake.service import Arrival, Job, Thing
from repairshop.staff.rules import Role
from repairshop.tickets.models import Ticket
from repairshop.transaction import transaction
from tests.browser.live import KEY_PAUSE, serving, submit
from tests.browser.scanning import WATCH, Scanner, make_codes
from tests.browser.seeing import flaws
from tests.cast import add_person, sign_in

pytestmark = pytest.mark.browser

# Keystroke-level model (Card, Moran and Newell, "The keystroke-level model for user performance time with
# interactive systems", CACM 23(7), 1980): a key of a skilled typist, a pointing, a hand between keyboard and
# mouse, and thinking where something is decided.
KEY_SECONDS, POINT_SECONDS, HOME_SECONDS, THINK_SECONDS = 0.2, 1.1, 0.4, 1.35


@pytest.fixture
def counter(app, shop) -> Iterator[str]:
    """The shop's address, its catalogue loaded and Carl known with his phone.

    Tests ask for it before `page`: the browser goes first, or it would miss a server it still loads from.
    """
    frank = add_person(app, shop, "Frank", Role.COUNTER)
    with app.app_context():
        with transaction():
            load_catalogue()
        with transaction():
            service.take_in(
                Person(
                    new=NewCustomer(name="Carl Cooper", phones=("07700 900123",), email="carl@example.com")
                ),
                Thing(facts=NewDevice(device_type=DeviceType.PHONE, brand="Apple", model="iPhone 13")),
                Job(reported_fault="Battery"),
                Arrival(reach_note="carl@example.com"),
                by=frank,
            )
        db.session.remove()
    browser = sign_in(app, frank)
    cookie = browser.get_cookie(app.config["SESSION_COOKIE_NAME"])
    with serving(app) as address:
        yield f"{address}|{app.config['SESSION_COOKIE_NAME']}|{cookie.value}"


def enter(page: Page, counter: str) -> str:
    address, name, value = counter.split("|")
    page.context.add_cookies([{"name": name, "value": value, "url": address}])
    return address


class Typist:
    """Counts what a person at the counter presses."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys, self.thoughts, self.pointings = page, 0, 0, 0

    def type(self, text: str) -> None:
        self.thoughts += 1
        for sign in text:
            self.page.keyboard.type(sign)
            self.page.wait_for_timeout(KEY_PAUSE)
            self.keys += 1

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.page.wait_for_timeout(KEY_PAUSE)
        self.keys += key.count("+") + 1

    def decide(self) -> None:
        self.thoughts += 1

    def point(self) -> None:
        """To the mouse, to the place, and back."""
        self.pointings += 1

    @property
    def seconds(self) -> float:
        by_pointer = self.pointings * (POINT_SECONDS + 2 * HOME_SECONDS)
        return self.keys * KEY_SECONDS + self.thoughts * THINK_SECONDS + by_pointer

    def report(self, what: str) -> None:
        print(f"{what}: {self.keys} keys, {self.pointings} pointings, {self.seconds:.1f} s by the model")


def tickets(app) -> int:
    with app.app_context():
        return len(list(db.session.scalars(select(Ticket.id))))


def test_a_returning_customer_is_saved_within_twenty_keys_and_no_pointer(app, counter, page):
    address = enter(page, counter)
    page.goto(f"{address}/intake")
    hands = Typist(page)

    hands.type("0123")
    page.wait_for_selector("#found[data-shown-for='0123'] a")
    hands.press("Enter")
    page.wait_for_url("**customer=*")
    page.wait_for_selector("[role=combobox]")
    hands.type("1")
    expect(page.locator("#preset")).to_be_focused()
    hands.type("scr")
    page.wait_for_selector("[role=option]")
    hands.press("Enter")
    page.wait_for_selector("[data-preset-facts]:not([hidden])")
    hands.press("Control+Enter")
    page.wait_for_url("**/check-in-complete*")

    hands.report("returning customer")
    assert tickets(app) == 2
    assert hands.keys <= 20
    assert hands.pointings == 0
    assert hands.seconds <= 20
    assert "Screen" in page.inner_text("h1")


def test_a_new_customer_with_a_new_device_needs_at_most_sixty_keys_besides_the_name(app, counter, page):
    address = enter(page, counter)
    page.goto(f"{address}/intake")
    hands = Typist(page)

    for _ in range(2):
        hands.press("Tab")  # from the search over "Find" to the name
    page.keyboard.type("Dana Dale")
    hands.press("Tab")
    hands.type("07700900456")
    for _ in range(4):
        hands.press("Tab")  # second phone, mail, language, the model's search
    assert page.evaluate("document.activeElement.id") == "find-model"
    hands.type("pixel 7")
    page.wait_for_selector("#found-models[data-shown-for='pixel 7'] button")
    hands.press("Enter")
    for _ in range(4):
        hands.press("Tab")  # colour has the focus: IMEI, serial, unreadable, fault
    hands.type("bat")
    page.wait_for_selector("[role=option]")
    hands.press("Enter")
    hands.press("Control+Enter")
    page.wait_for_url("**/check-in-complete*")

    hands.report("new customer, besides the name")
    assert tickets(app) == 2
    assert hands.keys <= 60


def test_saving_prints_the_label_once_and_a_lost_line_loses_and_doubles_nothing(app, counter, page):
    page.add_init_script(
        "window.prints = []; window.print = () => prints.push(document.querySelector('.printed').innerText)"
    )
    address = enter(page, counter)
    page.goto(f"{address}/intake?customer=1")
    page.fill("[name=reported_fault]", "Falls asleep")
    page.check("[data-device] >> nth=0")
    sending = page.input_value("[name=once]")

    page.reload()
    kept = page.input_value("[name=reported_fault]"), page.input_value("[name=once]")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/check-in-complete*")
    page.wait_for_selector(".printed", state="attached")

    assert kept == ("Falls asleep", sending)
    assert tickets(app) == 2
    with app.app_context():
        number = list(db.session.scalars(select(Ticket.number).order_by(Ticket.id)))[-1]
        db.session.remove()
    printed = page.evaluate("prints")
    assert len(printed) == 1
    assert f"R-{number}" in printed[0]
    assert "Carl" not in printed[0]
    assert page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('kept'))") == []


def test_the_counter_check_takes_one_key_a_test(app, counter, page):
    address = enter(page, counter)
    with app.app_context():
        ticket = db.session.scalars(select(Ticket)).one()
        reference, ticket_id = ticket.code, ticket.id
        db.session.remove()
    page.goto(f"{address}/tickets/{reference}/counter-check")
    page.wait_for_selector(".is-now")
    asked = page.locator("[data-check]").count()
    hands = Typist(page)

    for number in range(asked):
        hands.decide()
        hands.press("312"[number % 3])
    hands.press("Control+Enter")
    page.wait_for_url("**/check-in-complete*")

    hands.report("counter check")
    with app.app_context():
        run = find_run(ticket_id, RunKind.BEFORE)
        db.session.remove()
    assert sum(1 for result in run.results if result.verdict) == asked <= 8


@pytest.mark.parametrize("gap_ms", [5, 8, 16, 40])
def test_scans_on_the_hand_in_find_their_tickets_and_leave_the_form_alone(counter, page, gap_ms):
    page.goto(f"{enter(page, counter)}/intake?customer=1")
    page.fill("[name=reported_fault]", "Does not charge")
    page.evaluate(WATCH)
    scanner, codes = Scanner(page), make_codes(25)
    fields = ["[name=reported_fault]", "#preset", "[name=spend_limit]", "[name=accessories]", "[data-device]"]
    shown = """[...document.querySelector("#intake").elements]
        .map((one) => [one.name, one.value, one.checked])"""
    before = page.evaluate(shown)

    for number, code in enumerate(codes):
        page.focus(fields[number % len(fields)])
        scanner.type(code, gap_ms=gap_ms)

    assert page.evaluate("scans") == codes
    assert page.evaluate("strays") == []
    assert page.evaluate(shown) == before


def test_the_whole_hand_in_works_without_a_script(app, chromium: Browser, counter):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    address = enter(page, counter)
    page.goto(f"{address}/intake?q=0123")
    submit(page, "#found a")
    page.check("input[name=device] >> nth=0")
    page.fill("[name=reported_fault]", "Cracked")
    submit(page, ".actionbar button")
    page.wait_for_url("**/check-in-complete*")
    page.fill("[name=condition_note]", "Cracked glass")
    for name, value in {
        "notice-choice": "acknowledged",
        "backup-choice": "yes",
        "repair_mode-choice": "no_such_mode",
        "sim_and_accounts-choice": "nothing_in_it",
        "data_use-choice": "none",
    }.items():
        page.check(f"input[name={name}][value={value}]")
    page.check("input[name=credential-choice][value=not_needed]")
    page.select_option("[name=data_use-wish]", "nothing")
    page.check("[name=agreed]")
    submit(page, ".actionbar button >> nth=0")

    page.wait_for_url(re.compile(r"/tickets/\w+$"))
    context.close()
    with app.app_context():
        done = list(db.session.scalars(select(Ticket).where(Ticket.checked_in_at.is_not(None))))
        assert len(done) == 1


@pytest.mark.parametrize("look", [(390, "light"), (1280, "dark")], ids=str)
def test_the_counters_pages_are_readable_for_everybody_and_fit(app, counter, page, look):
    width, scheme = look
    address = enter(page, counter)
    with app.app_context():
        reference = db.session.scalars(select(Ticket.code)).one()
        db.session.remove()
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    pages = (
        "/intake", "/intake?customer=1", "/book", "/customers?q=carl", "/customers/1",
        "/customers/1/contacts/1",
        f"/tickets/{reference}/check-in-complete", f"/tickets/{reference}/counter-check",
        f"/tickets/{reference}/privacy",
        f"/tickets/{reference}/privacy/sim_and_accounts", f"/tickets/{reference}/facts",
    )  # fmt: skip
    problems = []
    for path in pages:
        page.goto(address + path)
        problems += flaws(page, path)
    assert problems == []
