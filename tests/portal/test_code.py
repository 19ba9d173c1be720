"""The one-time code, for those who came by receipt or look-up: who gets it, what it opens, what limits it."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select

from repairshop.clock import now
from repairshop.customers.models import ContactPoint
from repairshop.database import db
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.queries import list_for_ticket
from repairshop.notifications.rules import Channel, Notice, State
from repairshop.portal.codes import LIFE, MOST_TRIES, Sent, Standing, digest_of, is_right, standing
from repairshop.portal.models import PortalCode
from repairshop.tickets.rules import LinkOrigin
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket, open_day
from tests.cast import Browser
from tests.portal.guests import come_in
from tests.quotes.builders import current, quoted_ticket

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def reference(app, tess):
    with app.app_context():
        return quoted_ticket(tess.actor, earliest=open_day(7), latest=open_day(7))


@pytest.fixture
def carl(app, reference):
    """Who found the receipt, or typed the code on it."""
    return come_in(app, reference, origin=LinkOrigin.RECEIPT)


def ask(browser: Browser, reference: str, **fields):
    return browser.send(f"/repair/{reference}/send-code", {"then": "quote", **fields})


def enter(browser: Browser, reference: str, code: str, then: str = "quote"):
    return browser.send(f"/repair/{reference}/code", {"then": then, "code": code})


def sent(app) -> list[tuple[Channel, str]]:
    """The codes that were sent, oldest first, as their readers see them."""
    with app.app_context():
        rows = db.session.scalars(
            select(OutgoingMessage).where(OutgoingMessage.notice == Notice.CODE).order_by(OutgoingMessage.id)
        )
        return [(row.channel, re.findall(r"\d{6}", row.text)[0]) for row in rows]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_the_code_lets_say_yes_in_this_browser_only(app, carl, reference):
    assert "Approve" not in carl.get(f"/repair/{reference}/quote").text

    page = ask(carl, reference)
    ((channel, code),) = sent(app)
    there = enter(carl, reference, f"{code[:3]} {code[3:]}")

    assert page.location == f"/repair/{reference}/code?then=quote"
    assert channel is Channel.SMS
    assert there.location == f"/repair/{reference}/quote"
    quote_id = _quote_id(app, reference)
    assert carl.send(f"/repair/{reference}/approve/{quote_id}", {"version": ""}).status_code == 303
    with app.app_context():
        assert get_ticket(reference).stage is Stage.APPROVED
    another = come_in(app, reference, origin=LinkOrigin.RECEIPT)
    assert another.send(f"/repair/{reference}/take-back", {"version": ""}).status_code in {303, 422}
    assert another.get(f"/repair/{reference}/collector").text.count("Send me a code") == 1


def _quote_id(app, reference):
    with app.app_context():
        return current(reference).id


def test_a_code_works_once(app, carl, reference):
    ask(carl, reference)
    ((_, code),) = sent(app)
    enter(carl, reference, code)
    other = come_in(app, reference, origin=LinkOrigin.RECEIPT)

    assert enter(other, reference, code).status_code == 422


def test_a_newer_code_ends_the_one_before(app, carl, reference):
    ask(carl, reference)
    ask(carl, reference)
    (_, first), (_, second) = sent(app)

    answers = [enter(carl, reference, code).status_code for code in (first, second)]

    assert answers == [422, 303]


def test_too_many_tries_end_a_code_also_for_the_right_one(app, carl, reference):
    ask(carl, reference)
    ((_, code),) = sent(app)
    for _ in range(MOST_TRIES):
        assert enter(carl, reference, wrong(code)).status_code == 422

    assert enter(carl, reference, code).status_code == 422


def test_every_wrong_code_reads_the_same(app, carl, reference):
    without = enter(carl, reference, "123456").text
    ask(carl, reference)
    ((_, code),) = sent(app)
    wrong_one = enter(carl, reference, wrong(code)).text

    sentence = "That is not the code we sent, or it is too old."
    assert sentence in without
    assert sentence in wrong_one


def test_a_code_of_another_visit_opens_nothing(app, tess, carl, reference):
    with app.app_context():
        other = make_ticket(tess.actor, name="Dana Diaz", phone="07700 900456")
    ask(carl, reference)
    ((_, code),) = sent(app)
    dana = come_in(app, other, origin=LinkOrigin.RECEIPT)

    assert enter(dana, other, code).status_code == 422
    assert enter(dana, reference, code).status_code == 404


def test_it_never_goes_to_the_number_in_the_device(app, carl, reference):
    with app.app_context(), transaction():
        (number,) = db.session.scalars(select(ContactPoint))
        number.sim_in_device_id = get_ticket(reference).device_id

    refused = ask(carl, reference)

    assert sent(app) == []
    assert "cannot send a code to any number or address of yours" in refused.text


def test_a_visit_gets_few_codes_and_later_more(app, carl, reference):
    with time_machine.travel(now(), tick=False) as clock:
        carl = come_in(app, reference, origin=LinkOrigin.RECEIPT)
        for _ in range(3):
            assert ask(carl, reference).status_code == 303
        refused = ask(carl, reference)
        clock.shift(timedelta(minutes=16))
        later = ask(carl, reference)

    assert "You asked for several codes" in refused.text
    assert later.status_code == 303
    assert len(sent(app)) == 4


def test_what_is_kept_is_a_hash_and_staff_read_no_digits(app, carl, reference):
    ask(carl, reference)
    ((_, code),) = sent(app)

    with app.app_context():
        row = db.session.scalars(select(PortalCode)).one()
        assert code not in row.digest
        assert len(row.digest) == 64
        with transaction():
            db.session.scalars(select(OutgoingMessage).where(OutgoingMessage.notice == Notice.CODE)).one()
        shown = [message for message in list_for_ticket(get_ticket(reference).id) if message.notice == "code"]
    assert all(code not in message.text + message.words for message in shown)


def test_the_page_of_the_code_is_kept_nowhere_and_leads_only_to_pages_of_ours(app, carl, reference):
    ask(carl, reference, then="https://evil.example")
    page = carl.get(f"/repair/{reference}/code?then=https://evil.example")
    ((_, code),) = sent(app)

    assert page.headers["Cache-Control"] == "no-store"
    assert 'autocomplete="one-time-code"' in page.text
    assert enter(carl, reference, code, then="//evil.example").location == f"/repair/{reference}/quote"


def test_the_page_says_until_when_the_code_works_and_then_that_another_is_needed(app, reference):
    with time_machine.travel(now(), tick=False) as clock:
        carl = come_in(app, reference, origin=LinkOrigin.RECEIPT)
        before = carl.get(f"/repair/{reference}/code").text
        ask(carl, reference)
        london = ZoneInfo("Europe/London")
        sent_at, until = (moment.astimezone(london).strftime("%H:%M") for moment in (now(), now() + LIFE))
        works = carl.get(f"/repair/{reference}/code").text
        clock.shift(LIFE)
        over = carl.get(f"/repair/{reference}/code").text

    assert f"by text at {sent_at}. They work until {until}." in works
    assert "Ask for a code</h1>" in before
    assert f"The six digits of {sent_at} do not work any more." in over
    assert ['name="code"' in page for page in (before, works, over)] == [False, True, False]


def test_where_none_may_be_sent_none_is_asked_for(app, carl, reference):
    with app.app_context(), transaction():
        (number,) = db.session.scalars(select(ContactPoint))
        number.sim_in_device_id = get_ticket(reference).device_id

    refused = ask(carl, reference).text

    assert 'name="code"' not in refused
    assert "We send six digits" not in refused


@pytest.mark.parametrize(
    ("after", "tries", "expected"),
    [
        (timedelta(0), 0, Standing.WORKS),
        (LIFE - timedelta(seconds=1), MOST_TRIES - 1, Standing.WORKS),
        (LIFE, 0, Standing.OVER),
        (timedelta(0), MOST_TRIES, Standing.OVER),
    ],
)
def test_what_the_page_says_of_a_code(after, tries, expected):
    at = now()
    kept = Sent(digest="", created_at=at, tries=tries)

    assert standing(kept, at=at + after) is expected
    assert standing(None, at=at) is Standing.NONE


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦"])
def test_what_is_no_code_is_said_at_the_field_and_no_try_is_counted(app, carl, reference, typed):
    ask(carl, reference)

    assert enter(carl, reference, typed).status_code == 422
    with app.app_context():
        assert db.session.scalars(select(PortalCode)).one().tries == 0


@pytest.mark.parametrize(
    ("typed", "after", "tries", "right"),
    [
        ("123456", timedelta(0), 1, True),
        ("123457", timedelta(0), 1, False),
        ("123456", LIFE, 1, False),
        ("123456", LIFE - timedelta(seconds=1), MOST_TRIES, True),
        ("123456", timedelta(0), MOST_TRIES + 1, False),
        ("123456", timedelta(seconds=-1), 1, False),
    ],
)
def test_when_a_code_is_right(typed, after, tries, right):
    at = now()
    kept = Sent(digest=digest_of("123456", code_id=7, key="key"), created_at=at, tries=tries)

    assert is_right(kept, typed, code_id=7, key="key", at=at + after) is right
    assert not is_right(kept, typed, code_id=8, key="key", at=at + after)


def test_a_code_that_needs_a_person_shows_them_no_digits(app, frank, carl, reference):
    ask(carl, reference)
    ((_, code),) = sent(app)
    with app.app_context(), transaction():
        row = db.session.scalars(select(OutgoingMessage).where(OutgoingMessage.notice == Notice.CODE)).one()
        row.state, row.due_at = State.NEEDS_HUMAN, None

    page = frank.get("/messages")

    assert page.status_code == 200
    assert code not in page.text
