"""Where the keyboard stands after a form came back, with scripting off: at the summary of what is wrong."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from tests.browser.live import serving

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shop")]


def test_the_summary_has_the_focus_and_its_links_lead_to_the_fields(app: Flask, chromium: Browser) -> None:
    with serving(app) as site:
        window = chromium.new_context(base_url=site, java_script_enabled=False)
        page = window.new_page()
        page.goto("/find-my-repair")
        page.get_by_role("button", name="Find my repair").press("Enter")

        expect(page.locator(".error-summary")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.locator(".error-summary a").first).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.type("K7QP")
        expect(page.locator("main input:not([type=hidden])").first).to_have_value("K7QP")
        window.close()
