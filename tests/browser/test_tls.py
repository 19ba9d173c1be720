"""A passkey over `script/server --tls`: the whole way from the password on, in Chromium, on real HTTPS.

Chromium on Linux takes its authorities from a store of the person's, which a test leaves alone. So that the
authority signed the certificate is proved by Python's TLS; then Chromium is told the fingerprint of this one
key, and distrusts every other certificate as always. Without that it would refuse passkeys here.
"""

import hashlib
import re
import signal
import ssl
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import CHROME
from tests.browser.test_passkey import add_authenticator
from tests.cast import PASSWORD
from tests.cast import Browser as Person
from tests.script.test_server import START_SECONDS, Server
from tests.services import free_port

pytestmark = [pytest.mark.browser, pytest.mark.heavy]


@pytest.fixture
def port(app: Flask, frank: Person, data_folder: Path) -> Iterator[int]:
    """Of a server with TLS, on the database that Frank is in."""
    port = free_port()
    server = Server("--empty", "--tls", "--port", str(port), "--data", str(data_folder))
    try:
        server.wait_for("Stop it with Ctrl+C.")
        yield port
    finally:
        server.end(signal.SIGTERM)


def fingerprint_of(port: int, *, authority: Path) -> str:
    """Of the key the server shows, after the chain was checked against the shop's authority alone."""
    shown = ssl.get_server_certificate(("localhost", port), ca_certs=str(authority), timeout=START_SECONDS)
    key = x509.load_pem_x509_certificate(shown.encode()).public_key()
    return b64encode(
        hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    ).decode()


def open_window(chromium: Browser, folder: Path, fingerprint: str) -> BrowserContext:
    return chromium.browser_type.launch_persistent_context(
        str(folder),
        executable_path=CHROME,
        args=["--no-sandbox", f"--ignore-certificate-errors-spki-list={fingerprint}"],
    )


def sign_in(page: Page, address: str, email: str) -> None:
    page.goto(f"{address}/sign-in")
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/(counter|sign-in/second-step)"))


def test_a_passkey_is_added_and_used_over_the_shops_own_tls(
    app: Flask, frank: Person, chromium: Browser, port: int, data_folder: Path, tmp_path: Path
) -> None:
    address = f"https://localhost:{port}"
    fingerprint = fingerprint_of(port, authority=data_folder / "tls" / "authority.crt")
    window = open_window(chromium, tmp_path / "profile", fingerprint)
    page = window.pages[0]
    add_authenticator(window, page)
    sign_in(page, address, frank.email)
    assert page.evaluate("isSecureContext")
    page.goto(f"{address}/profile/second-factor/passkey")
    page.fill("#name", "My laptop")
    page.click("text=Add the passkey")
    page.wait_for_selector("text=Write down your recovery codes")

    window.clear_cookies()
    sign_in(page, address, frank.email)
    assert "/sign-in/second-step" in page.url
    page.click("text=Use my passkey")

    page.wait_for_url(re.compile("/counter$"))
    window.close()


def test_without_that_key_chromium_refuses_the_page(chromium: Browser, port: int, tmp_path: Path) -> None:
    window = open_window(chromium, tmp_path / "profile", b64encode(b"-" * 32).decode())

    with pytest.raises(Exception, match="ERR_CERT_AUTHORITY_INVALID"):
        window.pages[0].goto(f"https://localhost:{port}/sign-in")

    window.close()
