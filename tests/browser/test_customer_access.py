"""Every customer page for everybody: four times as large, by keyboard alone, in the system's own colours.

The pages are the routes of tests/access_matrix.toml that a customer may open; a new page is looked at here
without a word. templates/portal/accessibility.html says that this is tested.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

from tests.access_world import World, build_world
from tests.browser.live import serving, signed_in
from tests.browser.test_every_page import is_a_page
from tests.databases import SqliteFiles
from tests.test_access_matrix import MATRIX, address, expected

pytestmark = pytest.mark.browser

# What can be pressed and does not stand in a line of text, as the eye sees it: a box with its label.
CONTROLS = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
  .filter((one) => one.type !== "hidden" && one.checkVisibility() && !one.closest(".skip, .hidden-text"))
  .filter((one) => getComputedStyle(one).display !== "inline")
  .map((one) => [one, (one.closest(".choice") ?? one).getBoundingClientRect()])
  .filter(([one, box]) => box.width && (box.height < 44 || box.width < 24))
  .map(([one, box]) => `${Math.round(box.width)} x ${box.height | 0}: ${one.outerHTML.slice(0, 80)}`)"""
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  one.dataset.reached = "";
  if (!one.matches(":focus")) return ""; // a part of a date field, whose mark is the browser's own
  const style = getComputedStyle(one);
  const isSeen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return isSeen ? "" : one.outerHTML.slice(0, 90);
}"""
NOT_REACHED = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
  .filter((one) => one.type !== "hidden" && one.checkVisibility() && one.tabIndex >= 0 && !one.disabled)
  .filter((one) => !("reached" in one.dataset))
  .filter((one) => one.type !== "radio" || !document.querySelector(`[name="${one.name}"][data-reached]`))
  .map((one) => one.outerHTML.slice(0, 90))"""
MOVING = """() => [...document.querySelectorAll("*")]
  .filter((one) => [getComputedStyle(one), getComputedStyle(one, "::after")]
    .flatMap((style) => `${style.transitionDuration},${style.animationDuration}`.split(","))
    .some((time) => parseFloat(time) > 0))
  .map((one) => one.outerHTML.slice(0, 90))"""
UNSEEN = """() => [...document.querySelectorAll(".button, .input, .tag, .stub, .need, .choice input")]
  .filter((one) => one.checkVisibility() && !parseFloat(getComputedStyle(one).borderTopWidth))
  .map((one) => one.outerHTML.slice(0, 90))"""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Of one page: how wide it is, and what is wrong with which of its controls."""

    width: int
    small: list[str]
    moving: list[str]
    edgeless: list[str]
    unseen: list[str]
    unreached: list[str]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_files: SqliteFiles) -> World:
    return build_world(tmp_path_factory.mktemp("customers"), sqlite_files)


@pytest.fixture(scope="module")
def shop(world: World) -> Iterator[str]:
    with serving(world.app) as place:
        yield place


@pytest.fixture(scope="module")
def seen(chromium: Browser, world: World, shop: str) -> dict[str, Seen]:
    """Every page that is a customer's, by its address, each opened once and looked at in every way."""
    context = signed_in(chromium, world.browser("customer_a"), shop, width=320)
    page = context.new_page()
    found = {path: look(page) for path in customer_pages(world, page)}
    context.close()
    assert len(found) >= 15
    return found


def addresses(world: World) -> Iterator[str]:
    """Of every route that answers a customer's GET."""
    for rule in world.app.url_map.iter_rules():
        known = rule.endpoint in MATRIX["routes"] and "GET" in (rule.methods or ())
        known = known and not rule.rule.endswith(".pdf")
        if known and expected(rule.endpoint)["customer_a"] == "ok":
            yield address(world, rule)


def customer_pages(world: World, page: Page) -> Iterator[str]:
    """Opened one after the other; those of staff that are open to everybody are left out."""
    for path in addresses(world):
        if is_a_page(page, path) and page.goto(path) and page.locator("body.portal").count():
            yield path


def look(page: Page) -> Seen:
    page.set_viewport_size({"width": 320, "height": 800})
    small, moving = page.evaluate(CONTROLS), page.evaluate(MOVING)
    page.emulate_media(forced_colors="active")
    edgeless = page.evaluate(UNSEEN)
    page.emulate_media(forced_colors="none")
    unseen, unreached = walk_by_keyboard(page)
    page.set_viewport_size({"width": 320, "height": 256})
    return Seen(
        width=page.evaluate("document.documentElement.scrollWidth"),
        small=small,
        moving=moving,
        edgeless=edgeless,
        unseen=unseen,
        unreached=unreached,
    )


def walk_by_keyboard(page: Page) -> tuple[list[str], list[str]]:
    """Controls that do not show that they have the focus, and those that never get it."""
    unseen = []
    for _ in range(80):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if found is None:
            break
        unseen += [found] if found else []
    else:
        unseen.append("the keyboard does not come out again")
    return unseen, page.evaluate(NOT_REACHED)


def test_at_four_times_the_size_nothing_is_read_sideways(seen: dict[str, Seen]) -> None:
    assert {path: one.width for path, one in seen.items() if one.width > 320} == {}


def test_every_control_is_large_enough_for_a_thumb(seen: dict[str, Seen]) -> None:
    assert {path: one.small for path, one in seen.items() if one.small} == {}


def test_the_keyboard_reaches_every_control_and_shows_where_it_is(seen: dict[str, Seen]) -> None:
    problems = {
        path: (one.unseen, one.unreached) for path, one in seen.items() if one.unseen or one.unreached
    }

    assert problems == {}


def test_in_the_systems_colours_every_control_has_an_edge(seen: dict[str, Seen]) -> None:
    assert {path: one.edgeless for path, one in seen.items() if one.edgeless} == {}


def test_with_less_motion_nothing_moves(seen: dict[str, Seen]) -> None:
    assert {path: one.moving for path, one in seen.items() if one.moving} == {}
