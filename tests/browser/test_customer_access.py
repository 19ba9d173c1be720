"""Every customer page for everybody: four times as large, by keyboard alone, in the system's own colours.

The pages are the routes of tests/access_matrix.toml that a customer may open; a new page is looked at here
without a word. templates/portal/accessibility.html says that this is tested.
"""

from collections.abc import Iterator

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


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_files: SqliteFiles) -> World:
    return build_world(tmp_path_factory.mktemp("customers"), sqlite_files)


@pytest.fixture(scope="module")
def shop(world: World) -> Iterator[str]:
    with serving(world.app) as place:
        yield place


@pytest.fixture
def customer(chromium: Browser, world: World, shop: str) -> Iterator[Page]:
    context = signed_in(chromium, world.browser("customer_a"), shop, width=320)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def addresses(world: World) -> Iterator[str]:
    """Of every route that answers a customer's GET."""
    for rule in world.app.url_map.iter_rules():
        known = rule.endpoint in MATRIX["routes"] and "GET" in (rule.methods or ())
        known = known and not rule.rule.endswith(".pdf")
        if known and expected(rule.endpoint)["customer_a"] == "ok":
            yield address(world, rule)


def customer_pages(world: World, page: Page) -> Iterator[str]:
    """Opened one after the other; those of staff that are open to everybody are left out."""
    seen = 0
    for path in addresses(world):
        if is_a_page(page, path) and page.goto(path) and page.locator("body.portal").count():
            seen += 1
            yield path
    assert seen >= 15


def test_at_four_times_the_size_nothing_is_read_sideways(world: World, customer: Page) -> None:
    customer.set_viewport_size({"width": 320, "height": 256})
    wide = {
        path: found
        for path in customer_pages(world, customer)
        if (found := customer.evaluate("document.documentElement.scrollWidth")) > 320
    }

    assert wide == {}


def test_every_control_is_large_enough_for_a_thumb(world: World, customer: Page) -> None:
    small = {
        path: found for path in customer_pages(world, customer) if (found := customer.evaluate(CONTROLS))
    }

    assert small == {}


def test_the_keyboard_reaches_every_control_and_shows_where_it_is(world: World, customer: Page) -> None:
    problems = {}
    for path in customer_pages(world, customer):
        unseen = []
        for _ in range(80):
            customer.keyboard.press("Tab")
            found = customer.evaluate(FOCUSED)
            if found is None:
                break
            unseen += [found] if found else []
        else:
            unseen.append("the keyboard does not come out again")
        missed = customer.evaluate(NOT_REACHED)
        if unseen or missed:
            problems[path] = (unseen, missed)

    assert problems == {}


def test_in_the_systems_colours_every_control_has_an_edge(world: World, customer: Page) -> None:
    customer.emulate_media(forced_colors="active")
    unseen = {path: found for path in customer_pages(world, customer) if (found := customer.evaluate(UNSEEN))}

    assert unseen == {}


def test_with_less_motion_nothing_moves(world: World, customer: Page) -> None:
    customer.emulate_media(reduced_motion="reduce")
    moving = {path: found for path in customer_pages(world, customer) if (found := customer.evaluate(MOVING))}

    assert moving == {}
