"""The live board: news arrives by itself and never moves what somebody touches."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.live import stop_the_clock

pytestmark = pytest.mark.browser

POLL = 10_500  # ms
COUNT_ANSWERS = """
const ask = window.fetch;
window.answered = 0;
window.fetch = (...what) => ask(...what).finally(() => { answered += 1; });
"""


class LiveBoard:
    """Answers the board's polls: unchanged, until a title was changed."""

    def __init__(self, page: Page, gallery: str) -> None:
        self.page = page
        self.changed = False
        self.asked: list[str | None] = []
        stop_the_clock(page)
        page.add_init_script(COUNT_ANSWERS)
        page.route("**/bench", self._answer)
        page.goto(f"{gallery}/bench")

    def _answer(self, route: Route) -> None:
        request = route.request
        if request.resource_type == "document":
            return route.continue_()
        tag = '"two"' if self.changed else '"one"'
        self.asked.append(request.headers.get("if-none-match"))
        if self.asked[-1] == tag:
            return route.fulfill(status=304)
        answer = route.fetch()
        body = answer.text()
        if self.changed:
            body = body.replace("Pixel 7, back glass", "Pixel 7, charging port")
        return route.fulfill(status=200, body=body, headers={"ETag": tag, "Content-Type": "text/html"})

    def wait_for_poll(self) -> None:
        before = self.page.evaluate("answered")
        self.page.clock.fast_forward(POLL)
        self.page.wait_for_function("before => answered > before", arg=before)


def test_news_is_drawn_when_nobody_touches_the_board(page: Page, gallery: str) -> None:
    board = LiveBoard(page, gallery)
    board.wait_for_poll()
    expect(page.locator("#t-K7QP3M2XE")).to_contain_text("back glass")

    board.changed = True
    board.wait_for_poll()

    expect(page.locator("#t-K7QP3M2XE")).to_contain_text("charging port")
    assert board.asked == [None, '"one"']


def test_an_unchanged_board_answers_without_a_body(page: Page, gallery: str) -> None:
    board = LiveBoard(page, gallery)

    board.wait_for_poll()
    board.wait_for_poll()

    assert board.asked == [None, '"one"']
    expect(page.locator("[data-changes]")).to_be_hidden()


def test_news_waits_for_r_while_a_card_has_the_focus(page: Page, gallery: str) -> None:
    board = LiveBoard(page, gallery)
    page.focus("#t-K7QP3M2XE .card-title")
    board.changed = True

    board.wait_for_poll()
    expect(page.locator("#t-K7QP3M2XE")).to_contain_text("back glass")
    expect(page.locator("[data-changes]")).to_contain_text("1 change")

    page.keyboard.press("r")
    page.clock.fast_forward(300)
    expect(page.locator("#t-K7QP3M2XE")).to_contain_text("charging port")
    expect(page.locator("#t-K7QP3M2XE .card-title")).to_be_focused()
    expect(page.locator("[data-changes]")).to_be_hidden()


def test_the_undo_button_counts_down_and_goes(page: Page, gallery: str) -> None:
    stop_the_clock(page)
    page.goto(f"{gallery}/bench")
    expect(page.locator(".undo")).to_contain_text("28 s")

    page.clock.run_for(10_000)
    expect(page.locator(".undo")).to_contain_text("18 s")

    page.clock.run_for(19_000)
    expect(page.locator(".undo")).to_be_hidden()
