"""A manager's test texts: to a number shown to be theirs, marked, counted, never to a customer."""

import re
from datetime import timedelta

from sqlalchemy import delete, select

from repairshop.database import db
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Channel, Notice, State
from repairshop.transaction import transaction
from repairshop.wording.models import OwnNumber
from repairshop.wording.own_number import MOST_CODES_A_DAY, MOST_TESTS_AN_HOUR
from tests.builders import make_ticket
from tests.wording.pages import MAIL, MAIL_FIELDS, OWN, THERE, messages, said, versions

MINE = "07700 900999"


def code_of(app) -> str:
    """The digits of the newest text."""
    return messages(app)[-1].text.split()[0]


def prove(app, mira, number: str = MINE) -> None:
    """The number is shown to be the manager's; the code and the test that follows it are messages."""
    mira.send(THERE + "/test", {"text": OWN, "number": number})
    mira.send(THERE + "/test", {"text": OWN, "number": number, "code": code_of(app)})


def forget_messages(app) -> None:
    with app.app_context(), transaction():
        db.session.execute(delete(OutgoingMessage))


def test_nothing_but_a_code_goes_to_a_number_that_nobody_has_shown_to_be_theirs(app, mira):
    asked = mira.send(THERE + "/test", {"text": OWN, "number": MINE})

    (code,) = messages(app)
    assert asked.status_code == 200
    assert "We texted six digits to" in said(asked)
    assert OWN in said(asked)
    assert (code.recipient, code.notice, code.ticket_id) == ("+447700900999", Notice.CODE, None)
    assert re.fullmatch(
        r"\d{6} shows Fixwell that this number is yours\. It works for 10 minutes\.", code.text
    )

    wrong = mira.send(THERE + "/test", {"text": OWN, "number": MINE, "code": "no"})
    elsewhere = mira.send(THERE + "/test", {"text": OWN, "number": "07700 900777", "code": code_of(app)})

    assert wrong.status_code == elsewhere.status_code == 422
    assert "This is not the code" in said(wrong)
    assert len(messages(app)) == 1

    right = mira.send(THERE + "/test", {"text": OWN, "number": MINE, "code": code_of(app)})
    assert "The test is on its way" in said(right)
    assert messages(app)[-1].text.startswith("TEST ")
    assert 'value="+44 7700 900999"' in mira.get(THERE).text or "07700 900999" in mira.get(THERE).text


def test_a_code_serves_five_tries_and_ten_minutes_and_one_number(app, mira):
    mira.send(THERE + "/test", {"text": OWN, "number": MINE})
    code = code_of(app)
    for _ in range(5):
        mira.send(THERE + "/test", {"text": OWN, "number": MINE, "code": "12"})
    late = mira.send(THERE + "/test", {"text": OWN, "number": MINE, "code": code})
    assert late.status_code == 422

    mira.send(THERE + "/test", {"text": OWN, "number": MINE})
    with app.app_context(), transaction():
        db.session.scalars(select(OwnNumber)).one().sent_at -= timedelta(minutes=10)
    old = mira.send(THERE + "/test", {"text": OWN, "number": MINE, "code": code_of(app)})

    assert old.status_code == 422
    assert [message.notice for message in messages(app)] == [Notice.CODE, Notice.CODE]


def test_a_new_number_has_to_be_shown_anew_and_codes_are_few(app, mira):
    prove(app, mira)
    forget_messages(app)

    answers = [
        mira.send(THERE + "/test", {"text": OWN, "number": f"07700 90077{number}"})
        for number in range(MOST_CODES_A_DAY + 1)
    ]

    assert [answer.status_code for answer in answers] == [200] * MOST_CODES_A_DAY + [422]
    assert f"You asked for {MOST_CODES_A_DAY} codes within a day" in said(answers[-1])
    assert {message.notice for message in messages(app)} == {Notice.CODE}
    again = mira.send(THERE + "/test", {"text": OWN, "number": MINE})
    assert again.status_code == 422


def test_tests_count_against_the_shops_limits(app, mira):
    from repairshop.notifications.models import NoticePolicy
    from tests.notifications.desk import claim_next

    prove(app, mira)
    with app.app_context():
        limits = {"to_one_number_a_day": 1, "a_day": 500, "a_month": 6000, "countries": []}
        with transaction():
            db.session.add(
                NoticePolicy(shop_id=mira.actor.shop_id, quiet_from="21:00", quiet_to="08:00", **limits)
            )
        claimed = claim_next(Channel.SMS, lease=timedelta(seconds=60))
        assert claimed
        assert claim_next(Channel.SMS, lease=timedelta(seconds=60)) is None
    assert sorted(message.state for message in messages(app) if message.channel is Channel.SMS) == [
        State.HELD,
        State.SENDING,
    ]


def test_a_test_goes_to_the_manager_marked_and_through_the_queue(app, mira):
    prove(app, mira)
    forget_messages(app)
    by_text = mira.send(THERE + "/test", {"text": OWN, "number": "07700 900999"})
    by_mail = mira.send(MAIL + "/test", MAIL_FIELDS | {"number": "07700 900998"})

    assert by_text.status_code == by_mail.status_code == 200
    assert "The test is on its way" in said(by_text)
    assert OWN in said(by_text)
    text, mail = messages(app)
    assert (text.recipient, text.state, text.ticket_id, text.customer_id) == (
        "+447700900999",
        State.QUEUED,
        None,
        None,
    )
    assert text.text.startswith("TEST Fixwell: R-1024, your phone shines again. http")
    assert mail.recipient == "mira@example.com" or mail.recipient.startswith("mira")
    assert mail.subject.startswith("TEST R-1024")
    for message in (text, mail):
        assert "{link}" not in message.text + message.html
    assert versions(app) == []


def test_a_test_never_goes_to_a_customer_and_not_too_often(app, mira):
    with app.app_context():
        make_ticket(mira.actor, phone="07700 900123")
    prove(app, mira)
    forget_messages(app)
    before = len(messages(app))

    refused = mira.send(THERE + "/test", {"text": OWN, "number": "+44 7700 900123"})
    unreadable = mira.send(THERE + "/test", {"text": OWN, "number": "one two"})
    for _ in range(MOST_TESTS_AN_HOUR):
        mira.send(THERE + "/test", {"text": OWN, "number": "07700 900999"})
    late = mira.send(THERE + "/test", {"text": OWN, "number": "07700 900999"})

    assert "This number belongs to a customer" in said(refused)
    assert 'aria-invalid="true"' in unreadable.text
    assert f"You sent {MOST_TESTS_AN_HOUR} tests within an hour" in said(late)
    assert len(messages(app)) == before + MOST_TESTS_AN_HOUR
