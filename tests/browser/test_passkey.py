"""A passkey made and used in Chromium, with the authenticator that its developers' protocol plays."""

import re
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext

from tests.browser.conftest import CHROME
from tests.browser.live import serving, signed_in
from tests.browser.seeing import violations
from tests.cast import Browser as Person
from tests.cast import sign_in
from tests.staff.test_counter_computer import PIN, give_pin

pytestmark = pytest.mark.browser


def add_authenticator(context: BrowserContext, page: Any) -> Any:
    protocol = context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}
    made = protocol.send("WebAuthn.addVirtualAuthenticator", {"options": {**kind, "hasResidentKey": True}})
    return protocol, made["authenticatorId"]


def test_a_passkey_is_added_and_opens_the_second_step(app: Flask, frank: Person, chromium: Browser) -> None:
    with serving(app) as address:
        address = address.replace("127.0.0.1", "localhost")
        context = signed_in(chromium, frank, address)
        page = context.new_page()
        protocol, authenticator = add_authenticator(context, page)
        page.goto("/profile/second-factor/passkey")
        page.fill("#name", "My laptop")
        assert violations(page) == []
        page.click("text=Add the passkey")
        page.wait_for_selector("text=Write down your recovery codes")
        keys = protocol.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]

        again = signed_in(chromium, sign_in(app, frank.actor), address)
        second = again.new_page()
        protocol, authenticator = add_authenticator(again, second)
        for key in keys:
            protocol.send("WebAuthn.addCredential", {"authenticatorId": authenticator, "credential": key})
        second.goto("/counter")
        assert "/sign-in/second-step" in second.url
        assert violations(second) == []
        second.click("text=Use my passkey")
        second.wait_for_url(re.compile("/counter$"))
        context.close()
        again.close()


def test_without_scripting_a_code_is_offered_instead_of_a_dead_button(
    app: Flask, frank: Person, chromium: Browser
) -> None:
    with serving(app) as address:
        context = signed_in(chromium, frank, address.replace("127.0.0.1", "localhost"), script=False)
        page = context.new_page()
        page.goto("/profile/second-factor/passkey")

        assert page.is_visible("text=A passkey needs JavaScript")
        assert not page.is_visible("main button")
        page.click("text=Set up an app")
        page.wait_for_selector("text=Scan this picture")
        context.close()


def test_where_the_page_is_not_secure_it_says_so_and_offers_a_code(
    app: Flask, frank: Person, chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", ["shop.test", "127.0.0.1"])
    with serving(app) as address:
        shop = address.replace("127.0.0.1", "shop.test")
        browser = chromium.browser_type.launch(
            executable_path=CHROME, args=["--no-sandbox", "--host-resolver-rules=MAP shop.test 127.0.0.1"]
        )
        context = signed_in(browser, frank, shop)
        page = context.new_page()
        page.goto("/profile/second-factor/passkey")
        page.wait_for_selector("[data-insecure]:not([hidden])")

        assert not page.is_visible("main form button")
        assert not page.is_visible("text=A passkey needs JavaScript")
        assert page.is_visible("main a >> text=Set up an app")
        browser.close()


def test_a_locked_page_keeps_what_was_typed_and_shows_a_colleague_nothing_else(
    app: Flask, mira: Person, frank: Person, chromium: Browser
) -> None:
    mira.send("/shop/computers", {"name": "Left till"})
    give_pin(app, mira, frank)
    with serving(app) as address:
        context = signed_in(chromium, mira, address)
        page = context.new_page()
        page.clock.install()
        page.goto("/shop")
        page.fill("#street", "1 Typed Street")
        page.clock.run_for(5 * 60 * 1000 + 1000)
        page.wait_for_selector("dialog [name=pin]")
        assert violations(page) == []
        page.keyboard.type("000001")
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog .error-summary:focus")
        page.fill("dialog [name=pin]", PIN)
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog.lock", state="detached")

        assert page.input_value("#street") == "1 Typed Street"
        page.goto("/shop")
        page.clock.run_for(5 * 60 * 1000 + 1000)
        page.check("dialog >> text=Frank")
        page.fill("dialog [name=pin]", PIN)
        page.keyboard.press("Enter")
        page.wait_for_selector("#street", state="detached")
        context.close()
