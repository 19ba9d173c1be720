"""The ticket page: the story, undo, and who may see it."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from repairshop.database import db
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import State
from repairshop.staff.models import Shop, Staff
from repairshop.tickets import service
from repairshop.tickets.attachments import add_note, ask_question
from repairshop.tickets.custody import pass_on
from repairshop.tickets.rules import Holder
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.board.counting import counted_queries
from tests.builders import get_ticket, make_ticket
from tests.cast import Browser


@pytest.fixture
def reference(app: Flask, tess: Browser) -> str:
    """Carl's phone, approved, with everything that hangs on a ticket."""
    with app.app_context():
        code = make_ticket(tess.actor, stage=Stage.APPROVED, email="carl@example.com")
        enrich(code, tess)
        return code


def enrich(code: str, who: Browser) -> None:
    with transaction():
        add_note(code, "Frame bent at the top", by=who.actor)
        ticket = get_ticket(code)
        pass_on(ticket, Holder.PLACE, to_label="Locker 4", by=who.actor)
        ask_question(ticket, "Is my SIM safe?", by=service.actor_for_customer(ticket))


@pytest.mark.both_databases
def test_the_page_tells_the_whole_story(reference: str, tess: Browser) -> None:
    page = tess.get(f"/tickets/{reference}").get_data(as_text=True)

    for words in (
        "It fell",
        "Carl Cooper",
        "+44 7700 900123",
        "carl@example.com",
        "Frame bent at the top",
        "In the shop, Locker 4",
        "Is my SIM safe?",
        "Carl Cooper asks, ",
        "Check-in completed",
        "Accept fixed price",
    ):
        assert words in page, words


def test_the_story_can_be_narrowed(reference: str, tess: Browser) -> None:
    story = tess.get(f"/tickets/{reference}?show=notes").get_data(as_text=True).split('class="timeline"')[1]

    assert "Frame bent at the top" in story
    assert "Accept fixed price" not in story


def test_verbs_carry_number_keys_and_only_lead_somewhere(reference: str, tess: Browser) -> None:
    page = tess.get(f"/tickets/{reference}").get_data(as_text=True)

    assert re.search(r'formaction="/tickets/\w+/start-repair" name="version" value="\d+" data-key="1"', page)
    assert re.search(r'href="/tickets/\w+/order-part" data-key="2"', page)
    for address in set(re.findall(r'href="(/tickets/[^"]+)"', page)):
        assert tess.get(address).status_code in (200, 302), address


def test_another_shop_gets_404(reference: str, theo: Browser) -> None:
    assert theo.get(f"/tickets/{reference}").status_code == 404
    assert theo.send(f"/tickets/{reference}/undo").status_code == 404


@pytest.mark.both_databases
def test_queries_do_not_grow_with_the_story(app: Flask, reference: str, tess: Browser) -> None:
    def page_queries() -> int:
        with counted_queries(app) as seen:
            assert tess.get(f"/tickets/{reference}").status_code == 200
        return len([statement for statement in seen if statement.startswith("SELECT")])

    few = page_queries()
    with app.app_context():
        for _ in range(15):
            enrich(reference, tess)

    assert page_queries() <= few <= 12


def start_repair(browser: Browser, reference: str, app: Flask) -> None:
    with app.app_context():
        version = get_ticket(reference).stage_version
    browser.send(f"/tickets/{reference}/start-repair", {"version": version})


def stage_of(app: Flask, reference: str) -> Stage:
    with app.app_context():
        return get_ticket(reference).stage


def test_a_move_is_offered_for_undo_with_the_text_that_waits(
    app: Flask, reference: str, tess: Browser, frank: Browser
) -> None:
    start_repair(tess, reference, app)

    mine, his = (browser.get(f"/tickets/{reference}").get_data(as_text=True) for browser in (tess, frank))

    assert "Done: Start repair" in mine
    assert '<blockquote class="bubble"' in mine
    assert 'data-key="u"' in mine
    assert "Done: Start repair" not in his
    assert 'data-key="u"' not in his


def test_undo_takes_the_move_back(app: Flask, reference: str, tess: Browser) -> None:
    start_repair(tess, reference, app)
    page = tess.get(f"/tickets/{reference}").get_data(as_text=True)
    bar = page.split('class="undo"')[1].split("</form>")[0]
    version = re.search(r'name="version" value="(\d+)"', bar)
    assert version

    answer = tess.send(f"/tickets/{reference}/undo", {"version": version[1]})

    assert answer.location == f"/tickets/{reference}"
    assert stage_of(app, reference) is Stage.APPROVED


def test_undo_of_somebody_else_is_refused_on_the_page(
    app: Flask, reference: str, tess: Browser, frank: Browser
) -> None:
    start_repair(tess, reference, app)

    answer = frank.send(f"/tickets/{reference}/undo")

    assert answer.status_code == 422
    assert "banner-error" in answer.get_data(as_text=True)
    assert stage_of(app, reference) is Stage.IN_REPAIR


def test_a_shop_without_a_window_offers_no_undo(app: Flask, reference: str, tess: Browser) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Shop, tess.actor.shop_id).undo_window_seconds = 0
    start_repair(tess, reference, app)

    assert 'data-key="u"' not in tess.get(f"/tickets/{reference}").get_data(as_text=True)


def token(page: str, name: str) -> str:
    (found,) = set(re.findall(f'name="{name}" value="([^"]+)"', page))
    return found


def settled(tess: Browser, reference: str) -> str:
    """The ticket's page when its last move can no longer be undone, so that the drawn page is kept."""
    with tess.application.app_context(), transaction():
        ticket = get_ticket(reference)
        ticket.stage_since -= timedelta(hours=1)
    return tess.get(f"/tickets/{reference}").get_data(as_text=True)


def test_a_page_read_again_is_the_same_but_for_its_tokens(
    reference: str, tess: Browser, frank: Browser
) -> None:
    first = settled(tess, reference)

    again = tess.get(f"/tickets/{reference}").get_data(as_text=True)
    franks = frank.get(f"/tickets/{reference}").get_data(as_text=True)

    assert len({token(page, "once") for page in (first, again, franks)}) == 3
    assert token(again, "csrf_token") != token(franks, "csrf_token")
    assert re.sub(r'value="[^"]+"', "", first) == re.sub(r'value="[^"]+"', "", again)
    assert "Frank" in franks
    assert "Frank" not in again


def test_a_page_read_again_asks_little_and_shows_what_changed_meanwhile(
    app: Flask, reference: str, tess: Browser
) -> None:
    assert "Delivered" not in settled(tess, reference)
    with counted_queries(app) as statements:
        tess.get(f"/tickets/{reference}")
    assert len([statement for statement in statements if statement != "BEGIN"]) == 4

    with app.app_context(), transaction():
        add_note(reference, "The screw was the wrong one", by=tess.actor)
    assert "The screw was the wrong one" in tess.get(f"/tickets/{reference}").get_data(as_text=True)

    with app.app_context(), transaction():
        db.session.query(Staff).filter_by(id=tess.actor.id).one().first_name = "Tessa"
    assert "· Tessa</span>" in tess.get(f"/tickets/{reference}").get_data(as_text=True)

    with app.app_context(), transaction():
        message = db.session.query(OutgoingMessage).filter_by(ticket_id=get_ticket(reference).id).first()
        message.state = State.DELIVERED
    assert "Delivered" in tess.get(f"/tickets/{reference}").get_data(as_text=True)
