"""The installed Chromium and the style guide's server."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.gallery import create_gallery
from tests.browser.live import serving

expect.set_options(timeout=30_000)  # as long as an act may take; five seconds are short beside other work

CHROME = os.environ.get("CHROME_PATH") or shutil.which("chromium") or shutil.which("google-chrome") or ""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROME, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def camera(chromium: Browser) -> Iterator[Browser]:
    """A Chromium of its own with a camera that shows a test picture."""
    arguments = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    browser = chromium.browser_type.launch(executable_path=CHROME, args=arguments)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def gallery() -> Iterator[str]:
    """The style guide's address."""
    with serving(create_gallery()) as address:
        yield address


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh page; an error in a script or a refused resource fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 760})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert problems == []
