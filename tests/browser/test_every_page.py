"""Every page of the program, whoever made it: no violation, nothing wider than the window.

The pages are the routes of tests/access_matrix.toml that answer with HTML, as somebody sees them who may; the
shop is the one of tests/access_world.py. So a new page is looked at here without a word. SCREENS=folder keeps
a picture of each.
"""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.routing import Rule

from tests.access_world import World, build_world
from tests.browser.live import serving, signed_in
from tests.browser.seeing import SIZES, flaws
from tests.databases import SqliteFiles
from tests.test_access_matrix import MATRIX, address, expected

pytestmark = pytest.mark.browser

SCREENS = os.environ.get("SCREENS", "")
EVERY_SIZE = [(width, scheme) for width in (390, 1280) for scheme in ("light", "dark")]
FEATURES = sorted({endpoint.partition(".")[0] for endpoint in MATRIX["routes"]} - {"static"})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_files: SqliteFiles) -> World:
    return build_world(tmp_path_factory.mktemp("pages"), sqlite_files)


@pytest.fixture(scope="module")
def shop(world: World) -> Iterator[str]:
    with serving(world.app) as address:
        yield address


def pages_of(world: World, feature: str) -> Iterator[tuple[str, str]]:
    """Who looks at which address, one for each route that answers a GET."""
    for rule in world.app.url_map.iter_rules():
        ours = rule.endpoint.partition(".")[0] == feature and "GET" in (rule.methods or ())
        if ours and (who := _who(rule)):
            yield who, address(world, rule)


def _who(rule: Rule) -> str:
    """Empty where this shop has nobody who may; what a screen turned round shows: test_privacy_pages.py."""
    answers = expected(rule.endpoint)
    return next((one for one in ("owner", "customer_a", "anonymous") if answers[one] == "ok"), "")


def window_of(chromium: Browser, world: World, who: str, shop: str) -> Page:
    if who == "anonymous":
        return chromium.new_context(base_url=shop).new_page()
    return signed_in(chromium, world.browser(who), shop).new_page()


def is_a_page(page: Page, path: str) -> bool:
    answer = page.request.get(path, max_redirects=0)
    text = answer.text() if "text/html" in answer.headers.get("content-type", "") else ""
    return answer.status == 200 and "<html" in text


def look(page: Page, path: str, sizes: list[tuple[int, str]]) -> list[str]:
    assert page.goto(path).status == 200, path
    found = []
    for width, scheme in sizes:
        page.set_viewport_size({"width": width, "height": 844 if width < 500 else 900})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        name = f"{path} {width} {scheme}"
        found += flaws(page, name)
        if SCREENS:
            file = path.strip("/").replace("/", "_").replace("?", "_")[:60] or "home"
            page.screenshot(path=f"{SCREENS}/{file}-{width}-{scheme}.png", full_page=True)
    return found


@pytest.mark.parametrize("sizes", [SIZES, pytest.param(EVERY_SIZE, marks=pytest.mark.heavy)], ids=["", "all"])
@pytest.mark.parametrize("feature", FEATURES)
def test_axe_finds_nothing(chromium: Browser, world: World, shop: str, feature: str, sizes) -> None:
    found = []
    windows = {}
    for who, path in pages_of(world, feature):
        if who not in windows:
            windows[who] = window_of(chromium, world, who, shop)
        if is_a_page(windows[who], path):
            found += look(windows[who], path, sizes)
    for page in windows.values():
        page.context.close()

    assert found == []
