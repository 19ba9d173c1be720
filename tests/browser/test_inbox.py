"""The inbox in Chromium: with keys alone, without scripting, and the meter that counts as the server does."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect
from sqlalchemy import select

from repairshop.database import db
from repairshop.inbox.canned import add_reply
from repairshop.inbox.models import InboundMessage
from repairshop.inbox.receiving import ArrivedText, receive_text
from repairshop.notifications.lengths import folded, length_of
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Notice
from repairshop.transaction import transaction
from tests import builders
from tests.browser.live import KEY_PAUSE, serving, signed_in, submit
from tests.cast import Browser

pytestmark = pytest.mark.browser
CARL, DANA = "+447700900123", "+447700900456"


@pytest.fixture
def shop_at_work(app: Flask, frank: Browser, mira: Browser) -> Iterator[str]:
    with app.app_context():
        builders.make_ticket(frank.actor)
        builders.make_ticket(frank.actor, name="Dana Diaz", phone="07700 900456")
        with transaction():
            for number, (sender, body) in enumerate([(CARL, "When is it ready?"), (DANA, "Is it water?")]):
                receive_text(ArrivedText(provider_id=f"SM{number}", sender=sender, body=body))
            add_reply(language="en", name="Tomorrow", text="Hello {name}, tomorrow at noon.", by=mira.actor)
        db.session.remove()
    with serving(app) as address:
        yield address


def answers(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        rows = db.session.execute(
            select(OutgoingMessage.recipient, OutgoingMessage.text)
            .where(OutgoingMessage.notice == Notice.REPLY)
            .order_by(OutgoingMessage.id)
        ).all()
        db.session.remove()
    return [(row.recipient, row.text) for row in rows]


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(KEY_PAUSE)


def test_two_customers_are_answered_with_keys_alone(
    chromium: Chromium, app: Flask, frank: Browser, shop_at_work: str
) -> None:
    context = signed_in(chromium, frank, shop_at_work)
    page = context.new_page()
    page.goto("/messages")
    press(page, "j", "j", "k")
    expect(page.locator("[data-nav-item]").first).to_be_focused()
    with page.expect_navigation(url=re.compile(r"/messages/texts/\d+")):
        page.keyboard.press("Enter")
    expect(page.locator(".pane-head h2")).to_have_text("Carl Cooper")

    with page.expect_navigation():
        page.keyboard.press("t")
    expect(page.locator(".pane-assign")).to_contain_text("You take care of it.")
    press(page, "1")
    expect(page.locator("#text")).to_have_value("Hello Carl, tomorrow at noon.")
    page.keyboard.type(" Bring the receipt.", delay=KEY_PAUSE)
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")

    expect(page.locator(".pane-head h2")).to_have_text("Dana Diaz")  # the next one
    expect(page.locator(".banner-success").first).to_contain_text("Your answer to Carl Cooper goes in")
    press(page, "r")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("No, it is the battery.", delay=KEY_PAUSE)
    with page.expect_navigation(url=re.compile("/messages$")):
        page.keyboard.press("Control+Enter")
    context.close()

    assert answers(app) == [
        (CARL, "Fixwell, R-1: Hello Carl, tomorrow at noon. Bring the receipt."),
        (DANA, "Fixwell, R-2: No, it is the battery."),
    ]


def test_single_keys_that_are_off_do_nothing_here(
    chromium: Chromium, app: Flask, frank: Browser, shop_at_work: str
) -> None:
    context = signed_in(chromium, frank, shop_at_work)
    page = context.new_page()
    page.goto("/messages/next")
    page.evaluate("localStorage.setItem('single-keys', 'off')")
    page.reload()

    press(page, "d", "t", "1", "r")

    expect(page.locator("#text")).to_have_value("")
    expect(page.locator("#text")).not_to_be_focused()
    context.close()
    with app.app_context():
        assert db.session.scalars(select(InboundMessage.handled_at)).all() == [None, None]
        db.session.remove()


def test_the_inbox_works_without_scripting(
    chromium: Chromium, app: Flask, frank: Browser, shop_at_work: str
) -> None:
    context = signed_in(chromium, frank, shop_at_work, script=False)
    page = context.new_page()
    page.goto("/messages")
    submit(page, page.get_by_role("link", name=re.compile("Carl Cooper")))
    submit(page, page.get_by_role("button", name=re.compile("Take it")))
    submit(page, page.get_by_role("link", name=re.compile("Tomorrow")))
    expect(page.locator("#text")).to_have_value("Hello Carl, tomorrow at noon.")
    submit(page, page.get_by_role("button", name="Send the answer"))
    expect(page.locator(".banner-success").first).to_contain_text("Your answer to Carl Cooper goes in")
    submit(page, page.get_by_role("button", name=re.compile("Take it back")))
    submit(page, page.get_by_role("link", name=re.compile("Carl Cooper")))
    submit(page, page.get_by_role("button", name=re.compile("No answer needed")))
    context.close()

    assert len(answers(app)) == 1
    with app.app_context():
        assert len(db.session.scalars(select(InboundMessage).where(InboundMessage.handled_at)).all()) <= 2
        db.session.remove()


def test_the_header_says_how_many_wait(chromium: Chromium, frank: Browser, shop_at_work: str) -> None:
    context = signed_in(chromium, frank, shop_at_work)
    page = context.new_page()
    page.goto("/bench")

    expect(page.locator("[data-waiting]")).to_have_text("2 wait")
    context.close()


def test_on_a_phone_the_count_pushes_no_word_of_the_header_out_of_sight(
    chromium: Chromium, olga: Browser, shop_at_work: str
) -> None:
    context = signed_in(chromium, olga, shop_at_work, width=390)
    page = context.new_page()
    page.goto("/bench")
    expect(page.locator("[data-waiting]")).to_have_text("2 wait")

    boxes = [link.bounding_box() for link in page.locator(".topbar-nav a").all()]

    assert len(boxes) == 5
    assert max(box["x"] + box["width"] for box in boxes if box) <= 390
    context.close()


SAMPLES = (
    "",
    "Tomorrow at noon.",
    "It’s “ready” — today… 5 × €20 {ok} [x] ~ ^ |",
    "Mañana, años, ÁÉÍÓÚ, çà œuvre łódź",
    "Готово завтра",
    "👍" * 20 + " ok",
    "a" * 160,
    "a" * 161,
    "€" * 90,
    "é" * 400,
    "x" * 152 + "€" + "y" * 200,
    "e\u0301" * 10,
    "See {link} and {link}",
)


def test_the_meter_counts_as_the_server_does(chromium: Chromium, frank: Browser, shop_at_work: str) -> None:
    context = signed_in(chromium, frank, shop_at_work)
    page = context.new_page()
    page.goto("/messages/next")
    link = int(page.locator("[data-length]").get_attribute("data-link") or 0)

    for sample in SAMPLES:
        page.fill("#text", sample)
        expected = length_of(folded("Fixwell, R-1: " + sample.strip()).replace("{link}", "h" * link))
        words = (
            f"{expected.left} signs left in 1 text"
            if expected.parts == 1
            else f"{expected.parts} texts, {expected.left} signs left in the last"
        )
        expect(page.locator("[data-length]")).to_have_text(words)
    context.close()
