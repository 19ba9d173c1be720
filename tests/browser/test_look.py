"""Accessibility rules and layout of every component, in both schemes and down to 320 pixels."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.seeing import SIZES, violations

pytestmark = pytest.mark.browser

PAGES = {"guide": "/", "bench": "/bench", "repair": "/repair", "form": "/form"}
STATIC = Path(__file__).resolve().parents[2] / "repairshop" / "static"
CSS = STATIC / "css"
BUILT = STATIC / "built"


@pytest.mark.parametrize(("width", "scheme"), SIZES)
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
def test_axe_finds_nothing(chromium: Browser, gallery: str, path: str, width: int, scheme: str) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(gallery + path)

    found = violations(page)

    context.close()
    assert found == []


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_axe_finds_nothing_in_the_error_state_and_with_lists_open(
    chromium: Browser, gallery: str, width: int, scheme: str
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(f"{gallery}/form")
    page.click("text=Check in the phone")
    page.wait_for_selector(".error-summary")
    page.focus("#device")
    page.keyboard.press("ArrowDown")
    found = violations(page)
    page.goto(f"{gallery}/bench")
    page.click(".card-move summary >> nth=1")
    page.click(".usermenu summary")
    found += violations(page)

    context.close()
    assert found == []


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
def test_no_page_scrolls_sideways_at_400_percent(chromium: Browser, gallery: str, path: str) -> None:
    context = chromium.new_context(viewport={"width": 320, "height": 256})
    page = context.new_page()
    page.goto(gallery + path)

    width = page.evaluate("document.documentElement.scrollWidth")

    context.close()
    assert width <= 320


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
def test_targets_are_large_enough(page: Page, gallery: str, path: str) -> None:
    page.goto(gallery + path)

    small = page.evaluate(
        """() => [...document.querySelectorAll(
                'button, summary, input:not([type=hidden]), select, textarea, .button, .act')]
            .filter((one) => one.checkVisibility() && !one.closest('dialog'))
            .map((one) => [one, one.getBoundingClientRect()])
            .filter(([, box]) => box.height && (box.height < 24 || box.width < 24))
            .map(([one]) => one.outerHTML.slice(0, 120))"""
    )

    assert small == []


def test_pages_read_from_right_to_left_without_scrolling_sideways(page: Page, gallery: str) -> None:
    for path in PAGES.values():
        page.goto(f"{gallery}{path}?language=ar")
        assert page.evaluate("document.documentElement.dir") == "rtl"
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280


# --- contrast, computed from the tokens -------------------------------------------------------------


def token_pairs() -> dict[str, tuple[str, str]]:
    text = (CSS / "portal.css").read_text()
    return {
        name: (light, dark)
        for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", text)
    }


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_tokens_hold_their_contrast(scheme: int) -> None:
    tokens = {name: pair[scheme] for name, pair in token_pairs().items()}
    demands = [("ink", "paper", 7), ("ink", "surface", 7), ("ink-2", "paper", 4.5), ("ink-2", "surface", 4.5)]
    demands += [
        ("brand", "paper", 4.5),
        ("brand", "surface", 4.5),
        ("on-brand", "brand", 7),
        ("red", "surface", 7),
    ]
    demands += [("line-strong", "paper", 3), ("line-strong", "surface", 3), ("amber-mark", "surface", 3)]
    tones = ("neutral", "blue", "amber", "violet", "teal", "green", "red")
    demands += [(f"{tone}-t", f"{tone}-b", 7) for tone in tones]

    low = [
        (one, other, contrast(tokens[one], tokens[other]))
        for one, other, least in demands
        if contrast(tokens[one], tokens[other]) < least
    ]

    assert low == []


def test_the_light_tokens_are_the_same_where_light_dark_is_unknown() -> None:
    text = (CSS / "portal.css").read_text()
    plain = dict(re.findall(r"--([\w-]+): (#\w+)", text.split("@supports")[0]))

    assert {name: light for name, (light, _) in token_pairs().items()}.items() <= plain.items()


def test_the_style_sheets_stay_small() -> None:
    """As they are sent: without comments, compressed."""
    names = json.loads((BUILT / "manifest.json").read_text())["files"]

    def sent(name: str) -> int:
        return (BUILT / f"{names[name]}.gz").stat().st_size

    assert sent("css/portal.css") <= 5600
    assert sent("css/staff.css") <= 4600
