"""A pattern is drawn or pressed, agrees with its digits, and is nowhere once the page is left."""

import os
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page

from repairshop.privacy import service
from repairshop.privacy.rules import Answer, Choice, TaskKind
from repairshop.privacy.vault import PasscodeKind, PatternNotUnderstood, read_passcode
from repairshop.privacy.vault_service import store_passcode
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.browser.live import serving, signed_in
from tests.browser.seeing import SIZES, violations
from tests.builders import get_ticket, make_ticket

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("PATTERN_PICTURES", "")

PATTERN = "2-5-6-9"  # not the example that the page itself gives
FIELD = "[name=passcode]"


@pytest.fixture
def reference(app, tess) -> str:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.IN_REPAIR)
        with transaction():
            service.open_task_list(get_ticket(reference), by=tess.actor)
            needed = Answer(choice=Choice.NEEDED, reason="calls are tested")
            service.answer_task(reference, TaskKind.CREDENTIAL, needed, by=tess.actor)
    return reference


@pytest.fixture
def address(app) -> Iterator[str]:
    with serving(app) as address:
        yield address


@pytest.fixture
def page(chromium: Browser, tess, address) -> Iterator[Page]:
    context = signed_in(chromium, tess, address)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if "Security Policy" in said.text else None)
    yield page
    context.close()
    assert problems == []


def take_picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES, f"{name}.png")), full_page=True)


def open_pad(page: Page, reference: str) -> None:
    page.goto(f"/tickets/{reference}/passcode")
    page.check("[name=kind][value=pattern]")
    page.wait_for_selector("[data-pattern]:not([hidden])")


def middle(page: Page, dot: int) -> tuple[float, float]:
    box = page.locator(f"[data-dot='{dot}']").bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def draw(page: Page, *dots: int) -> None:
    page.locator("[data-pattern-pad]").scroll_into_view_if_needed()
    page.mouse.move(*middle(page, dots[0]))
    page.mouse.down()
    for dot in dots[1:]:
        page.mouse.move(*middle(page, dot), steps=8)
    page.mouse.up()


def pressed(page: Page) -> list[str]:
    return page.eval_on_selector_all(
        "[data-dot][aria-pressed=true]",
        "all => all.sort((a, b) => a.textContent - b.textContent).map(one => one.dataset.dot)",
    )


def reveal(page: Page, reference: str) -> None:
    page.goto(f"/tickets/{reference}/passcode")
    page.fill("[name=reason]", "test calls")
    page.click("text=Show the passcode")
    page.wait_for_selector(".passcode")


def test_the_pad_is_there_for_a_pattern_only(page, reference) -> None:
    page.goto(f"/tickets/{reference}/passcode")
    assert page.is_hidden("[data-pattern-pad]")

    open_pad(page, reference)

    assert page.is_visible("[data-pattern-pad]")


def test_it_is_drawn_with_the_pointer_and_shown_as_a_drawing(page, reference) -> None:
    open_pad(page, reference)
    draw(page, 2, 5, 6, 9)
    assert page.input_value(FIELD) == PATTERN
    assert pressed(page) == ["2", "5", "6", "9"]
    with page.expect_navigation():
        page.click("text=Lock it in the vault")
    assert page.input_value(FIELD) == ""
    assert pressed(page) == []

    reveal(page, reference)

    assert page.inner_text(".passcode") == PATTERN
    assert page.locator(".pattern-drawn .stroke").count() == 3
    caption = "Start: top middle, then centre, middle right, bottom right"
    assert page.inner_text(".pattern-drawn figcaption") == caption
    turns = "all => all.map(one => [one.getAttribute('x'), one.getAttribute('y'), one.textContent])"
    drawn = page.eval_on_selector_all(".pattern-drawn text", turns)
    assert drawn == [["3", "1", "1"], ["3", "3", "2"], ["5", "3", "3"], ["5", "5", "4"]]
    box = page.locator(".pattern-drawn .stroke").first.bounding_box()
    assert box
    assert box["height"] > 40, "the strokes are drawn to size"


def test_it_is_pressed_dot_by_dot_with_the_keyboard(page, reference) -> None:
    open_pad(page, reference)
    page.focus(FIELD)
    page.keyboard.press("Tab")
    for key in ("Enter", "ArrowRight", "Space", "ArrowDown", "Enter", "ArrowLeft", "ArrowLeft", "Enter"):
        page.keyboard.press(key)

    assert page.input_value(FIELD) == "1-2-5-4"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.input_value(FIELD) == ""
    assert pressed(page) == []


def test_it_is_drawn_with_a_finger(chromium: Browser, tess, address, reference) -> None:
    context = signed_in(chromium, tess, address, width=390)
    page = context.new_page()
    open_pad(page, reference)
    page.locator("[data-pattern-pad]").scroll_into_view_if_needed()
    finger = context.new_cdp_session(page)
    for act, dot in (("touchStart", 3), ("touchMove", 2), ("touchMove", 5), ("touchMove", 8)):
        x, y = middle(page, dot)
        finger.send("Input.dispatchTouchEvent", {"type": act, "touchPoints": [{"x": x, "y": y}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    assert page.input_value(FIELD) == "3-2-5-8"
    context.close()


def test_single_presses_go_on_and_a_stroke_begins_anew(page, reference) -> None:
    open_pad(page, reference)
    for dot in (1, 3, 9):
        page.click(f"[data-dot='{dot}']")
    assert page.input_value(FIELD) == "1-2-3-6-9"

    draw(page, 7, 5, 3)

    assert page.input_value(FIELD) == "7-5-3"


def test_the_pad_follows_the_digits(page, reference) -> None:
    open_pad(page, reference)
    page.fill(FIELD, PATTERN)
    assert pressed(page) == ["2", "5", "6", "9"]

    page.click("[data-dot='8']")
    assert page.input_value(FIELD) == "2-5-6-9-8"
    page.check("[name=kind][value=pin]")
    assert page.is_hidden("[data-pattern-pad]")
    assert pressed(page) == []
    page.check("[name=kind][value=pattern]")
    assert pressed(page) == ["2", "5", "6", "9", "8"]


def test_the_pad_takes_crossed_dots_in_as_the_server_does(page, reference) -> None:
    open_pad(page, reference)
    chance = random.Random(12)
    typed = ["".join(chance.sample("123456789", chance.randint(4, 9))) for _ in range(300)]

    read = page.evaluate(
        """async (typed) => {
            const main = document.querySelector('script[type=module]').src;
            const name = (await (await fetch(main)).text()).match(/"([^"]*pattern[^"]*\\.js)"/)[1];
            const { read } = await import(new URL(name, main).href);
            return typed.map((text) => read(text).join('-'));
        }""",
        typed,
    )

    understood = 0
    for text, on_the_pad in zip(typed, read, strict=True):
        try:
            kept = read_passcode(PasscodeKind.PATTERN, text)
        except PatternNotUnderstood:
            assert len(set(on_the_pad)) > 1, "drawn as far as it goes"
        else:
            understood += 1
            assert on_the_pad == kept
    assert understood > 50


@pytest.mark.parametrize("way", ["drawn", "typed"])
def test_nothing_of_it_stays_when_the_page_is_left(page, reference, way) -> None:
    open_pad(page, reference)
    if way == "drawn":
        draw(page, 2, 5, 6, 9)
    else:
        page.fill(FIELD, PATTERN)
    stored = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    assert "2-5" not in page.evaluate(stored)

    with page.expect_navigation():
        page.click("text=Lock it in the vault")
    assert "2-5" not in page.evaluate(stored)
    page.goto("/bench")

    page.go_back()

    assert page.url.endswith("/passcode")
    assert page.input_value(FIELD) == ""
    assert pressed(page) == []
    assert page.locator("[data-pattern-said]").text_content() == ""
    assert PATTERN not in page.content()


def test_a_page_kept_in_memory_for_the_back_button_is_emptied(page, reference) -> None:
    open_pad(page, reference)
    draw(page, 2, 5, 6, 9)

    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")

    assert page.input_value(FIELD) == ""
    assert pressed(page) == []
    assert PATTERN not in page.content()


def test_going_back_without_scripts_shows_an_empty_field(chromium, tess, address, reference) -> None:
    context = signed_in(chromium, tess, address, script=False)
    page = context.new_page()
    page.goto(f"/tickets/{reference}/passcode")
    assert page.is_hidden("[data-pattern-pad]")
    page.check("[name=kind][value=pattern]")
    page.fill(FIELD, PATTERN)
    with page.expect_navigation():
        page.click("text=Lock it in the vault")
    page.fill(FIELD, PATTERN)  # and once more, not sent
    page.goto("/bench")

    page.go_back()

    assert page.input_value(FIELD) == ""
    context.close()


def test_the_drawing_is_gone_once_the_page_is_left(page, reference) -> None:
    open_pad(page, reference)
    draw(page, 2, 5, 6, 9)
    with page.expect_navigation():
        page.click("text=Lock it in the vault")
    reveal(page, reference)
    page.click("text=Done")

    with pytest.raises(Error, match="CACHE_MISS"):
        page.go_back()

    assert page.locator(".pattern-drawn").count() == 0
    assert PATTERN not in page.content()
    assert "centre, middle right" not in page.content()


def test_the_drawing_leaves_the_screen_without_a_script(chromium, app, tess, address, reference, monkeypatch):
    monkeypatch.setattr("repairshop.privacy.vault_views.REVEAL_LIMIT", timedelta(seconds=1))
    with app.app_context(), transaction():
        store_passcode(reference, PasscodeKind.PATTERN, PATTERN, by=tess.actor)
    context = signed_in(chromium, tess, address, script=False)
    page = context.new_page()
    reveal(page, reference)

    page.wait_for_url(f"**/tickets/{reference}/passcode")

    assert page.locator(".pattern-drawn").count() == 0
    context.close()


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_axe_finds_nothing(chromium: Browser, tess, address, reference, width, scheme) -> None:
    context = signed_in(chromium, tess, address, width=width, scheme=scheme)
    page = context.new_page()
    open_pad(page, reference)
    draw(page, 2, 5, 6, 9)
    found = violations(page)
    take_picture(page, f"pattern-pad-{width}-{scheme}")
    with page.expect_navigation():
        page.click("text=Lock it in the vault")
    reveal(page, reference)
    take_picture(page, f"pattern-shown-{width}-{scheme}")

    assert found + violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
