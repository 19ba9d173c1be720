"""After an act whose page does not show it by itself, the next page begins with what was done, once."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from repairshop.clock import now
from repairshop.tickets.attachments import ask_question
from repairshop.tickets.service import actor_for_customer
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket
from tests.cast import Browser
from tests.portal.guests import come_in

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def reference(app: Flask, tess: Browser) -> Iterator[str]:
    with app.app_context():
        yield make_ticket(tess.actor, stage=Stage.READY)


def said_after(browser: Browser, path: str, fields: dict[str, str] | None = None) -> str:
    """What the page after it begins with; it takes the focus, with scripting or without, and is said once.

    The cookies are as before then, so that a browser still has the pages it would go back to.
    """
    session = browser.application.config["SESSION_COOKIE_NAME"]
    sent = browser.send(path, fields)
    assert sent.location is not None
    before = browser.get_cookie(session)
    page = browser.get(sent.location, follow_redirects=True)
    assert page.status_code == 200
    found = re.findall(r'<div class="banner banner-success"([^>]*)><p>([^<]*)</p>', page.text)
    assert [("autofocus" in mark, 'tabindex="-1"' in mark) for mark, _ in found] == [(True, True)]
    assert browser.get_cookie("done") is None
    assert browser.get_cookie(session) == before
    assert found[0][1] not in browser.get(page.request.path).text
    return found[0][1]


def test_naming_a_collector_and_taking_it_back(app: Flask, reference: str) -> None:
    carl = come_in(app, reference)

    assert "may collect now" in said_after(carl, f"/repair/{reference}/collector", {"name": "Nina"})
    assert "Only you" in said_after(carl, f"/repair/{reference}/collector/end")


def test_a_refused_name_is_not_said_to_be_done(app: Flask, reference: str) -> None:
    page = come_in(app, reference).send(f"/repair/{reference}/collector", {"name": ""})

    assert page.status_code == 422
    assert "banner-success" not in page.text


def test_a_question_and_its_answer(app: Flask, reference: str, frank: Browser) -> None:
    carl = come_in(app, reference)
    assert "question is sent" in said_after(carl, f"/repair/{reference}/question", {"text": "When?"})
    with app.app_context(), transaction():
        ticket = get_ticket(reference)
        second = ask_question(ticket, "And where?", by=actor_for_customer(ticket)).id

    answered = said_after(frank, f"/messages/questions/{second}", {"text": "Here."})

    assert answered == "Your answer is on its way"


def test_every_link_of_a_visit_is_ended(reference: str, frank: Browser) -> None:
    """On a ticket whose page is kept: its last move can no longer be undone."""
    with time_machine.travel(now() + timedelta(minutes=10)):
        assert said_after(frank, f"/tickets/{reference}/links/end") == "Every link of this visit has ended"


def test_the_public_pages_are_switched(mira: Browser) -> None:
    assert said_after(mira, "/shop/front", {"shows_prices": "y"}) == "Saved"


def test_no_words_of_somebody_elses_are_said(frank: Browser) -> None:
    frank.set_cookie("done", "we_ate_your_phone")
    assert "we_ate" not in frank.get("/counter").text
    frank.set_cookie("done", "<b>hello</b>")
    assert "hello" not in frank.get("/counter").text


def test_own_settings_are_saved(frank: Browser) -> None:
    assert said_after(frank, "/profile", {"language": "en", "single_keys": "y"}) == "Saved"


def test_a_page_with_actions_leads_to_them_first(reference: str, frank: Browser) -> None:
    ticket, settings = frank.get(f"/tickets/{reference}").text, frank.get("/profile").text

    assert 'href="#actions"' in ticket
    assert 'id="actions" tabindex="-1"' in ticket
    assert "#actions" not in settings
