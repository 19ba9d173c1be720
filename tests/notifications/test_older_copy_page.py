"""What is held because the database was an older copy: a manager sends it, or takes it back, in one act."""

import re

import pytest
from sqlalchemy import select

from repairshop.clock import now
from repairshop.database import db
from repairshop.notifications import operating
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import RESTORED, State
from repairshop.staff.rules import Actor
from repairshop.tickets.models import HistoryEntry
from repairshop.transaction import transaction
from tests import builders
from tests.cast import Browser
from tests.notifications.desk import list_messages

pytestmark = pytest.mark.usefixtures("app_context")
RELEASE, WITHDRAW = "/messages/older-copy/release", "/messages/older-copy/withdraw"


def hold(by: Actor, *, messages: int = 2) -> list[OutgoingMessage]:
    for number in range(messages):
        builders.make_ticket(by, phone=f"07700 90{number:04d}", email=None)
    with transaction():
        assert operating.hold_everything(by=by) == messages
    return list_messages()


def seen(page: str) -> str:
    found = re.search(r'name="seen"[^>]*value="(\d+)"', page)
    assert found
    return found[1]


def acts() -> list[tuple[str, int | None]]:
    query = select(HistoryEntry).where(HistoryEntry.act.startswith("notice_")).order_by(HistoryEntry.id)
    return [(row.act, row.actor_id) for row in db.session.scalars(query)]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("path", "button", "state", "act"),
    [
        (RELEASE, "Send 2 messages now", State.QUEUED, "notice_released"),
        (WITHDRAW, "Take 2 messages back", State.WITHDRAWN, "notice_withdrawn"),
    ],
)
def test_a_manager_ends_them_all_after_a_page_that_says_how_many(
    mira: Browser, path: str, button: str, state: State, act: str
) -> None:
    hold(mira.actor)
    assert path in mira.get("/messages").text
    page = mira.get(path).text
    assert button in page
    assert {message.state for message in list_messages()} == {State.HELD}

    answer = mira.send(path, {"seen": seen(page)})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/messages")
    assert {message.state for message in list_messages()} == {state}
    assert acts() == [("notice_held", mira.actor.id)] * 2 + [(act, mira.actor.id)] * 2
    assert "put back" not in mira.get("/messages").text


def test_the_tickets_history_says_that_it_was_taken_back(mira: Browser) -> None:
    reference = builders.make_ticket(mira.actor, email=None)
    with transaction():
        operating.hold_everything(by=mira.actor)

    mira.send(WITHDRAW, {"seen": "1"})

    assert "Held message taken back" in mira.get(f"/tickets/{reference}").text


def test_what_waits_for_another_reason_or_in_another_shop_stays(mira: Browser, nora: Browser) -> None:
    over, night, _ = (message.id for message in hold(mira.actor, messages=3))
    with transaction():
        db.session.get_one(OutgoingMessage, over).error_code = "limit_day"
        first = db.session.get_one(OutgoingMessage, night)
        first.error_code, first.due_at = "", now()
    hold_elsewhere = builders.make_ticket(nora.actor, phone="+1 212 555 0123", email=None)
    with transaction():
        operating.hold_everything(by=nora.actor)

    mira.send(RELEASE, {"seen": "1"})

    held, queued = State.HELD, State.QUEUED
    assert [message.state for message in list_messages()] == [held, held, queued, held]
    assert builders.get_ticket(hold_elsewhere).shop_id == list_messages(error_code=RESTORED)[0].shop_id


@pytest.mark.parametrize("sent", [{"seen": "1"}, {"seen": "many"}, {}])
def test_another_number_than_the_page_had_shown_is_decided_about_again(
    mira: Browser, sent: dict[str, str]
) -> None:
    hold(mira.actor)

    answer = mira.send(RELEASE, sent)

    assert answer.status_code == 422
    assert {message.state for message in list_messages()} == {State.HELD}
    if sent.get("seen") != "many":
        assert "2 messages are held by now." in answer.text
    assert seen(answer.text) == "2"


def test_with_nothing_held_both_pages_lead_back(mira: Browser) -> None:
    for path in (RELEASE, WITHDRAW):
        for answer in (mira.get(path), mira.send(path, {"seen": "2"})):
            assert (answer.status_code, answer.headers["Location"]) == (302, "/messages")


def test_a_second_click_sends_nothing_twice(mira: Browser) -> None:
    hold(mira.actor)
    form = {"seen": "2", "once": "the same sending"}

    mira.send(RELEASE, form)
    again = mira.send(RELEASE, form)

    assert again.headers["Location"] == "/messages"
    assert [act for act, _ in acts()] == ["notice_held"] * 2 + ["notice_released"] * 2


def test_counter_staff_see_that_they_are_held_and_decide_one_by_one(mira: Browser, frank: Browser) -> None:
    message = hold(mira.actor)[0]

    page = frank.get("/messages").text

    assert "2 messages are held" in page
    assert RELEASE not in page
    for path in (RELEASE, WITHDRAW):
        assert frank.get(path).status_code == 403
        assert frank.send(path, {"seen": "2"}).status_code == 403
    frank.send(f"/messages/{message.id}/release")
    assert acts()[-1] == ("notice_released", frank.actor.id)
