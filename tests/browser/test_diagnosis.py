"""The bench in a real browser: tests by key, a quote by keyboard alone, everything without scripting."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from repairshop.diagnostics.queries import find_run
from repairshop.diagnostics.rules import RunKind, TestAnswer, Verdict
from repairshop.diagnostics.service import record_tests
from repairshop.quotes.queries import get_current_quote
from repairshop.quotes.rules import QuoteState
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.browser.live import KEY_PAUSE, serving, submit
from tests.browser.seeing import flaws
from tests.builders import get_ticket, make_ticket, open_day
from tests.cast import Browser
from tests.media.corpus import picture, written
from tests.quotes.builders import draft, quoted_ticket
from tests.similar.test_similar import repaired

pytestmark = pytest.mark.browser


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The shop's address, as long as the test runs."""
    with serving(app) as address:
        yield address


def open_page(chromium: Chromium, tess: Browser, address: str, **options: object) -> Page:
    """A page of a browser in which Tess is signed in."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, **options)
    name = tess.application.config["SESSION_COOKIE_NAME"]
    cookie = tess.get_cookie(name)
    assert cookie is not None
    context.add_cookies([{"name": name, "value": cookie.value, "url": address}])
    return context.new_page()


def ticket_in(app: Flask, tess: Browser, stage: Stage) -> str:
    with app.app_context():
        return make_ticket(tess.actor, stage=stage)


def dates() -> dict[str, object]:
    return {"earliest": open_day(7), "latest": open_day(8)}


def verdicts(app: Flask, reference: str) -> dict[str, Verdict]:
    with app.app_context():
        run = find_run(get_ticket(reference).id, RunKind.BEFORE)
    assert run is not None
    return {row.key: row.verdict for row in run.results if row.verdict}


def test_each_check_takes_one_key(app, tess, chromium, address) -> None:
    reference = ticket_in(app, tess, Stage.DIAGNOSING)
    page = open_page(chromium, tess, address)
    page.goto(f"{address}/tickets/{reference}/tests/before")
    expect(page.locator("#check-power_on.is-now")).to_be_visible()

    for key in "12":
        page.keyboard.press(key)
        page.wait_for_timeout(KEY_PAUSE)
    page.keyboard.press("3")
    expect(page.locator("#note-charge_wired")).to_be_focused()
    page.keyboard.type("No cable fits", delay=KEY_PAUSE)
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")

    assert verdicts(app, reference) == {
        "power_on": Verdict.PASS,
        "boot": Verdict.FAIL,
        "charge_wired": Verdict.NOT_TESTABLE,
    }
    expect(page.locator("#note-charge_wired")).to_have_value("No cable fits")


def test_a_remark_is_asked_for_only_where_it_is_needed(app, tess, chromium, address) -> None:
    reference = ticket_in(app, tess, Stage.DIAGNOSING)
    page = open_page(chromium, tess, address, java_script_enabled=False)
    page.goto(f"{address}/tickets/{reference}/tests/before")
    expect(page.locator("#note-boot")).to_be_hidden()

    page.locator("#verdict-boot-1").check(force=True)

    expect(page.locator("#note-boot")).to_be_visible()
    page.locator("#note-boot").fill("Stops at the logo")
    submit(page, page.get_by_role("button", name="Save the answers"))
    assert verdicts(app, reference) == {"boot": Verdict.FAIL}


def test_a_value_answers_its_check_and_outside_its_limits_it_fails(app, tess, chromium, address) -> None:
    reference = ticket_in(app, tess, Stage.DIAGNOSING)
    page = open_page(chromium, tess, address)
    page.goto(f"{address}/tickets/{reference}/tests/before")
    page.locator("#verdict-battery_health-0").focus()

    page.keyboard.press("v")
    expect(page.locator("#value-battery_health")).to_be_focused()
    page.keyboard.type("71,5", delay=KEY_PAUSE)
    expect(page.locator("#value-battery_health-said")).to_be_visible()
    expect(page.locator("#verdict-battery_health-1")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator("#check-battery_cycles.is-now")).to_be_visible()
    page.keyboard.press("v")
    expect(page.locator("#value-battery_cycles")).to_be_focused()
    page.keyboard.type("212", delay=KEY_PAUSE)
    page.keyboard.press("Enter")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")

    assert verdicts(app, reference) == {"battery_health": Verdict.FAIL, "battery_cycles": Verdict.PASS}
    expect(page.locator("#value-battery_health")).to_have_value("71,5")


def test_a_proposal_goes_when_the_value_comes_back_inside(app, tess, chromium, address) -> None:
    reference = ticket_in(app, tess, Stage.DIAGNOSING)
    page = open_page(chromium, tess, address)
    page.goto(f"{address}/tickets/{reference}/tests/before")
    value = page.locator("#value-battery_health")

    value.fill("9")
    expect(page.locator("#verdict-battery_health-1")).to_be_checked()
    value.fill("91")

    expect(page.locator("#verdict-battery_health-1")).not_to_be_checked()
    expect(page.locator("#value-battery_health-said")).to_be_hidden()
    page.locator("#verdict-battery_health-1").check(force=True)
    value.fill("92")
    expect(page.locator("#verdict-battery_health-1")).to_be_checked()  # somebody's own answer stays


def test_without_scripting_a_value_outside_is_proposed_as_a_fail(app, tess, chromium, address) -> None:
    reference = ticket_in(app, tess, Stage.DIAGNOSING)
    page = open_page(chromium, tess, address, java_script_enabled=False)
    page.goto(f"{address}/tickets/{reference}/tests/before")
    page.locator("#value-battery_health").fill("71")
    submit(page, page.get_by_role("button", name="Save the answers"))
    assert verdicts(app, reference) == {}
    expect(page.locator("#verdict-battery_health-1")).to_be_checked()
    expect(page.locator("#value-battery_health-said")).to_be_visible()

    submit(page, page.get_by_role("button", name="Save the answers"))

    assert verdicts(app, reference) == {"battery_health": Verdict.FAIL}


def test_a_photo_is_taken_at_its_test_by_key(app, tess, chromium, address) -> None:
    reference = ticket_in(app, tess, Stage.DIAGNOSING)
    page = open_page(chromium, tess, address)
    page.goto(f"{address}/tickets/{reference}/tests/before")
    expect(page.locator("#check-power_on.is-now")).to_be_visible()

    page.keyboard.press("p")
    expect(page.locator("#photos-power_on")).to_be_focused()
    page.locator("#photos-power_on").set_input_files(
        {"name": "dead.png", "mimeType": "image/png", "buffer": written(picture(), "PNG")}
    )
    expect(page.locator("#check-power_on [data-photos-list] img")).to_be_visible()
    page.locator("#verdict-power_on-1").focus()
    page.keyboard.press("2")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")

    expect(page.locator("#check-power_on .check-photos img")).to_have_count(1)
    with app.app_context():
        run = find_run(get_ticket(reference).id, RunKind.BEFORE)
    assert run is not None
    assert len(run.results[0].photo_ids) == 1


def test_similar_repairs_are_one_key_away_and_searched_by_keys(app, tess, chromium, address) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.DIAGNOSING)
        here = get_ticket(reference)
        repaired(tess.actor, seen="Corroded U2", model=here.device_label, device_type=here.device_type)
    page = open_page(chromium, tess, address)
    page.goto(f"{address}/tickets/{reference}/findings")

    with page.expect_navigation():
        page.keyboard.press("s")
    expect(page.get_by_text("Corroded U2")).to_be_visible()
    page.keyboard.press("s")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("screen", delay=KEY_PAUSE)
    with page.expect_navigation():
        page.keyboard.press("Enter")

    expect(page.get_by_text("No past repair has these words")).to_be_visible()


def test_a_quote_is_written_and_sent_without_scripting(app, tess, chromium, address) -> None:
    reference = ticket_in(app, tess, Stage.DIAGNOSING)
    page = open_page(chromium, tess, address, java_script_enabled=False)
    page.goto(f"{address}/tickets/{reference}/quote?add=part")

    page.locator("[name$=description]").last.fill("Screen")
    page.locator("[name$=unit_price]").last.fill("74")
    page.locator("[name$=origin]").last.select_option("new_original")
    page.locator("#earliest").fill(str(dates()["earliest"]))
    page.locator("#latest").fill(str(dates()["latest"]))
    submit(page, page.get_by_role("button", name="Save and check it"))
    expect(page.get_by_text("This will be sent")).to_be_visible()
    submit(page, page.get_by_role("button", name="Send the"))

    with app.app_context():
        ticket = get_ticket(reference)
        quote = get_current_quote(ticket.id)
    assert ticket.stage is Stage.AWAITING_APPROVAL
    assert quote is not None
    assert quote.lines[-1].description == "Screen"


def test_enter_in_a_field_saves_and_removes_nothing(app, tess, chromium, address) -> None:
    reference = ticket_in(app, tess, Stage.DIAGNOSING)
    with app.app_context():
        draft(reference, by=tess.actor, **dates())
    page = open_page(chromium, tess, address)
    page.goto(f"{address}/tickets/{reference}/quote")

    page.locator("[name$=description]").first.fill("Glass")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    expect(page.locator(".draft-line")).to_have_count(3)
    expect(page.locator("[name$=description]").first).to_have_value("Glass")


def test_a_yes_by_phone_with_the_keyboard_alone(app, tess, chromium, address) -> None:
    with app.app_context():
        reference = quoted_ticket(tess.actor, **dates())
    page = open_page(chromium, tess, address)
    page.goto(f"{address}/tickets/{reference}/approve")

    page.locator("[name=extras]").first.focus()
    page.keyboard.press("Space")
    page.locator("#channel-0").focus()
    page.keyboard.press("ArrowRight")
    page.locator("#number_called").focus()
    page.keyboard.type("07700 900124", delay=KEY_PAUSE)
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")

    expect(page.locator(".error-summary")).to_have_count(0)
    with app.app_context():
        quote = get_current_quote(get_ticket(reference).id)
    assert quote is not None
    assert quote.state is QuoteState.APPROVED
    assert quote.approved_lines == quote.lines


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_pages_break_no_accessibility_rule_and_fit(app, tess, chromium, address, width, scheme) -> None:
    with app.app_context():
        reference = quoted_ticket(tess.actor, **dates())
        diagnosing = make_ticket(tess.actor, stage=Stage.DIAGNOSING)
        repaired(tess.actor, seen="Corroded")
        with transaction():
            for kind, verdict in ((RunKind.BEFORE, Verdict.FAIL), (RunKind.AFTER, Verdict.PASS)):
                answers = {"battery_health": TestAnswer(verdict=verdict, value="71", note="Known")}
                record_tests(diagnosing, kind, answers, by=tess.actor)
    page = open_page(chromium, tess, address, color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    mine = ("tests/before", "tests/after", "tests/compared", "findings", "similar", "no-fault-found")
    paths = [f"/tickets/{diagnosing}/{name}" for name in (*mine, "quote?add=part")]
    paths += [f"/tickets/{reference}/{name}" for name in ("quotes", "approve", "decline", "change-promise")]

    found = []
    for path in paths:
        page.goto(address + path)
        found += flaws(page, path)

    assert found == []


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_test_lists_break_no_accessibility_rule_and_fit(app, mira, chromium, address, width, scheme) -> None:
    for path in ("draft", "draft/wifi/remove", "publish", "draft"):
        mira.send(f"/test-lists/phone/{path}")
    page = open_page(chromium, mira, address, color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    names = ("", "/phone", "/tablet", "/phone/versions/1", "/phone/draft/battery_health/es", "/phone/new/en")

    found = []
    for name in names:
        page.goto(f"{address}/test-lists{name}")
        found += flaws(page, name)
    page.locator("#label").fill("")
    page.get_by_role("button", name="Save to the draft").click()
    expect(page.locator(".error-summary")).to_be_focused()
    found += flaws(page, "error")

    assert found == []
