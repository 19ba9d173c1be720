"""A text in a browser: figures while typing, the same without a script; a mail in both its lights."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.live import serving, signed_in, submit
from tests.browser.seeing import violations

pytestmark = pytest.mark.browser

THERE = "/texts/ready/sms/en"
LONGER = (
    "{shop}: {ticket}, your {device} is ready. Come when you like, we are here until six each day. {link} é→"
)


def test_the_figures_follow_the_typing_and_are_those_of_check_without_a_script(
    app, mira, chromium: Browser
) -> None:
    with serving(app) as address:
        page = signed_in(chromium, mira, address, width=390).new_page()
        page.goto(THERE)
        expect(page.locator("#checked")).to_contain_text("One text")
        page.fill("textarea", LONGER)
        expect(page.locator("#checked")).to_contain_text("These characters cost more than half of the room:")
        live = page.locator("#checked").inner_html()
        page.fill("textarea", LONGER + " {fault}")
        expect(page.locator("#checked")).to_contain_text("{fault} is not known here")
        found = violations(page)
        page.context.close()

        plain = signed_in(chromium, mira, address, width=390, script=False).new_page()
        plain.goto(THERE)
        plain.fill("textarea", LONGER)
        submit(plain, "text=Check")
        checked = plain.locator("#checked").inner_html()
        kept = plain.input_value("textarea")
        submit(plain, "text=Save these words")
        expect(plain.locator("main")).to_contain_text("Your words are sent, saved by Mira")
        plain.context.close()

    assert found == []
    assert live.split() == checked.split()
    assert kept == LONGER


def test_by_keys_alone_words_are_checked_and_saved(app, mira, chromium: Browser) -> None:
    with serving(app) as address:
        page = signed_in(chromium, mira, address).new_page()
        page.goto(THERE)
        page.focus("textarea")
        page.keyboard.press("End")
        page.keyboard.type(" Bye")
        page.focus("input[name=ticket]")
        page.keyboard.press("Enter")  # in a field it checks, and saves nothing
        page.wait_for_url("**/check")
        expect(page.locator("main")).to_contain_text("The standard text is sent.")
        page.focus("textarea")
        page.keyboard.press("Control+Enter")
        page.wait_for_url("**/texts/ready/sms/en")
        expect(page.locator("main")).to_contain_text("Your words are sent, saved by Mira")
        page.context.close()


def test_a_mail_is_seen_in_both_lights_as_it_is_typed(app, mira, chromium: Browser) -> None:
    with serving(app) as address:
        page = signed_in(chromium, mira, address).new_page()
        page.goto("/texts/ready/email/en")
        frame = page.frame_locator("iframe")
        expect(frame.locator("h1")).to_have_text("Your phone is ready to collect")
        page.fill("input[name=heading]", "Come and get your {device}")
        page.click("text=Dark")
        expect(frame.locator("h1")).to_have_text("Come and get your phone")
        expect(frame.locator("body")).to_have_css("background-color", "rgb(14, 23, 22)")
        page.click("text=Light")
        expect(frame.locator("body")).to_have_css("background-color", "rgb(245, 247, 246)")
        page.context.close()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_axe_finds_nothing_where_words_are_refused_or_frames_are_drawn(
    app, mira, chromium: Browser, width: int, scheme: str
) -> None:
    with serving(app) as address:
        page = signed_in(chromium, mira, address, width=width, scheme=scheme).new_page()
        found = []
        page.goto("/texts/ready/email/en/mail")
        found += violations(page)
        page.goto("/texts/ready/email/en")
        page.fill("textarea", "{fault}")
        submit(page, "text=Save these words")
        expect(page.locator(".error-summary")).to_contain_text("{fault} is not known here")
        found += violations(page)
        page.goto("/texts/settings")
        page.fill("input[name=price_GB]", "cheap")
        submit(page, "button:has-text('Save')")
        expect(page.locator(".error-summary")).to_be_visible()
        found += violations(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.context.close()
    assert found == []
