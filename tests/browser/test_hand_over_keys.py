"""A hand-over from the ticket to the slip with the keyboard alone, with scripting and without."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from repairshop.tickets.stages import Stage
from tests.browser.live import serving, signed_in
from tests.builders import get_ticket, make_ticket
from tests.cast import Browser as Person

pytestmark = pytest.mark.browser

LEAST = 24  # CSS pixels of a target's side (WCAG 2.5.8), its label counted in
STOP = """() => {
  const it = document.activeElement;
  if (!it || it === document.body) return null;
  const boxes = [it, ...(it.labels ?? [])].map((each) => each.getBoundingClientRect());
  const { x, y, width, height } = boxes[0];
  const style = getComputedStyle(it);
  return {
    words: ((it.labels?.[0] ?? it).innerText || it.value || "").trim().replace(/\\s+/g, " "),
    wide: Math.max(...boxes.map((box) => box.width)),
    high: Math.max(...boxes.map((box) => box.height)),
    ring: style.outlineStyle !== "none",
    seen: x + width > 0 && y + height > 0 && y < innerHeight,
    inText: style.display === "inline",
  };
}"""


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    with serving(app) as address:
        yield address


@pytest.fixture(params=[True, False], ids=["scripting", "no scripting"])
def page(request: pytest.FixtureRequest, chromium: Browser, frank: Person, site: str) -> Iterator[Page]:
    window = signed_in(chromium, frank, site, script=request.param)
    yield window.new_page()
    window.close()


@pytest.fixture
def reference(app: Flask, tess: Person) -> str:
    with app.app_context():
        return make_ticket(tess.actor, stage=Stage.READY)


def tab_to(page: Page, words: str, *, most: int = 60) -> list[dict[str, Any]]:
    """The stops up to the one with these words; each can be seen and hit."""
    stops: list[dict[str, Any]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:
            continue
        stops.append(stop)
        assert stop["ring"], stop
        assert stop["seen"], stop
        assert stop["inText"] or min(stop["wide"], stop["high"]) >= LEAST, stop
        if stop["words"].startswith(words):
            return stops
    raise AssertionError(f"{words} is not reached: {[stop['words'] for stop in stops]}")


def press_enter(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_device_is_handed_over(app: Flask, page: Page, reference: str) -> None:
    page.goto(f"/tickets/{reference}")
    tab_to(page, "Skip to the actions", most=2)
    page.keyboard.press("Enter")
    tab_to(page, "1 Hand over", most=1)
    press_enter(page)
    tab_to(page, "Hand over")
    press_enter(page)

    told = page.locator(".error-summary")
    assert told.evaluate("it => it === document.activeElement")
    assert told.locator("a").all_inner_texts() == [
        "Choose the proof you saw",
        "Ask for a signature, or type the name and tick the box",
    ]
    tab_to(page, "Choose the proof", most=1)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == "proof"
    said = page.locator("#proof-error")
    assert "Choose the proof you saw" in said.inner_text()
    assert "proof-error" in (page.locator("#proof").get_attribute("aria-describedby") or "")

    page.keyboard.press("i")  # "Identity card" of the list
    tab_to(page, "Name, where nobody signs by hand", most=3)
    page.keyboard.type("Carl Cooper", delay=60)
    tab_to(page, "I have my device back", most=1)
    page.keyboard.press("Space")
    tab_to(page, "Hand over", most=1)
    press_enter(page)

    assert page.url.partition("#")[0].endswith(f"/tickets/{reference}/handed-over")
    tab_to(page, "Print the repair report")
    tab_to(page, "Print the slip", most=1)
    with app.app_context():
        assert get_ticket(reference).stage is Stage.HANDED_OVER


def test_every_stop_of_a_ticket_can_be_seen_and_hit(page: Page, reference: str) -> None:
    page.goto(f"/tickets/{reference}")

    stops = tab_to(page, "1 Hand over")

    assert "All" in [stop["words"] for stop in stops]


def test_the_bar_shows_where_one_is_and_the_scan_box_where_colours_are_forced(
    page: Page, reference: str
) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(f"/tickets/{reference}/hand-over")
    lines = "(all) => all.map((each) => getComputedStyle(each).borderBottomColor)"

    here = page.locator(".topbar-nav a[aria-current]").evaluate_all(lines)
    elsewhere = page.locator(".topbar-nav a:not([aria-current])").evaluate_all(lines)

    assert here
    assert not set(here) & set(elsewhere)
    assert set(elsewhere) == {page.locator(".topbar").evaluate("it => getComputedStyle(it).backgroundColor")}
    assert page.locator("#scan").evaluate("it => getComputedStyle(it).borderTopWidth") == "1px"
