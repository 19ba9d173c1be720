"""Single-key shortcuts: what they do, and that they can be switched off (WCAG 2.1.4)."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live import KEY_PAUSE, stop_the_clock

pytestmark = pytest.mark.browser


def test_a_page_counts_as_loaded_once_all_its_keys_work(page: Page, gallery: str) -> None:
    came: list[str] = []
    page.on("requestfinished", lambda request: came.append(request.url))
    page.route("**/board-*.js", lambda route: (page.wait_for_timeout(300), route.continue_()))

    page.goto(f"{gallery}/bench")

    assert any("/board-" in one for one in came)


def test_slash_goes_to_the_scan_box(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/bench")

    page.keyboard.press("/")
    page.keyboard.type("iphone", delay=100)

    expect(page.locator("#scan")).to_be_focused()
    expect(page.locator("#scan")).to_have_value("iphone")


def test_letters_and_arrows_walk_over_the_cards_and_a_digit_moves_the_ticket(
    page: Page, gallery: str
) -> None:
    page.goto(f"{gallery}/bench")

    for key in ("j", "j", "l", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
        page.wait_for_timeout(KEY_PAUSE)
    expect(page.locator("#t-K7QP3M2XA .card-title")).to_be_focused()
    expect(page.locator("[data-acts]")).to_contain_text("ThinkPad T14, no display")

    page.keyboard.press("1")
    page.wait_for_url(re.compile("/done/K7QP3M2XA-test"))


def test_two_keys_go_to_a_place(page: Page, gallery: str) -> None:
    stop_the_clock(page)
    page.goto(f"{gallery}/bench")

    for key in ("g", "c"):
        page.keyboard.press(key)
        page.clock.run_for(900)  # the second one counts for a second

    page.wait_for_url(re.compile("/counter"))


def test_enter_acts_where_a_key_has_just_led(page: Page, gallery: str) -> None:
    """Also while a busy page still holds that key."""
    stop_the_clock(page)
    page.goto(f"{gallery}/bench")
    page.focus("#t-K7QP3M2X5 .card-title")

    page.keyboard.press("j")
    page.clock.run_for(60)
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile("/done/K7QP3M2XA$"))


def test_question_mark_lists_the_keys_of_the_page(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/bench")

    page.keyboard.press("?")

    expect(page.locator("#keys")).to_be_visible()
    expect(page.locator("[data-keys-list]")).to_contain_text("New intake")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_keys_typed_into_a_field_stay_text(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/form")
    page.focus("#fault")

    page.keyboard.type("gcn?u1", delay=5)

    expect(page.locator("#fault")).to_have_value("gcn?u1")
    assert page.url.endswith("/form")


def test_a_person_who_switched_single_keys_off_has_none(page: Page, gallery: str) -> None:
    stop_the_clock(page)
    page.goto(f"{gallery}/bench?keys=off")

    for key in ("n", "g", "b", "/", "?"):
        page.keyboard.press(key)
        page.clock.run_for(300)

    assert "/bench" in page.url
    expect(page.locator("#keys")).to_be_hidden()
    expect(page.locator("#scan")).not_to_be_focused()


def test_the_switch_in_the_dialog_holds_in_this_browser(page: Page, gallery: str) -> None:
    stop_the_clock(page)
    page.goto(f"{gallery}/bench")
    page.keyboard.press("?")
    page.uncheck("[data-keys-switch]")
    page.reload()

    page.keyboard.press("n")
    page.clock.run_for(300)

    assert page.url.endswith("/bench")


def test_what_is_off_in_the_settings_no_browser_switches_on(page: Page, gallery: str) -> None:
    stop_the_clock(page)
    page.goto(f"{gallery}/bench")
    page.evaluate("localStorage.setItem('single-keys', 'on')")  # an earlier version kept this
    page.goto(f"{gallery}/bench?keys=off")

    page.keyboard.press("n")
    page.clock.run_for(300)
    page.evaluate("document.querySelector('[data-help-open]').click()")

    assert "/bench" in page.url
    expect(page.locator("#keys")).to_contain_text("Single keys are off in your settings")
    expect(page.locator("[data-keys-switch]")).to_have_count(0)


def test_modified_keys_are_left_to_the_browser(page: Page, gallery: str) -> None:
    stop_the_clock(page)
    page.goto(f"{gallery}/bench")

    page.keyboard.press("Alt+n")
    page.clock.run_for(300)

    assert page.url.endswith("/bench")
