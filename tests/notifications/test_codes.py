"""Rule 4, and who is told what: each code of the text provider and of mail servers leads where it should.

The tables here say what a person expects of a code; the program's own say what it does.
"""

import pytest
from sqlalchemy import select

from repairshop import clock
from repairshop.customers.models import Customer
from repairshop.customers.service import add_mail_address
from repairshop.database import db
from repairshop.notifications.channels.email import codes as mail_codes
from repairshop.notifications.channels.gateways import Trouble, Verdict
from repairshop.notifications.channels.sms.codes import CODES, verdict_of
from repairshop.notifications.models import ConsentChange
from repairshop.notifications.providers import Providers
from repairshop.notifications.rules import Channel, Notice, State
from repairshop.staff.rules import Actor
from repairshop.tickets.stages import Verb
from repairshop.transaction import transaction
from tests import builders
from tests.contract.faults import Fault
from tests.contract.twilio_standin import Standin
from tests.notifications.desk import deliver_all, deliver_one, list_messages, move
from tests.notifications.test_callbacks import Wire, wire

pytestmark = pytest.mark.usefixtures("app_context", "one_clock")
__all__ = ["wire"]

# Tried again later; nothing is wrong with the number or with us.
LATER = (14107, 20429, 21611, 30001, 30022, 30023, 30027, 63038)
# Nothing gets out until the shop does something about its account.
SHOP = (
    *(20003, 20005, 20006, 20008, 20010, 20403, 20404, 21212, 21213, 21219, 21267, 21408, 21603, 21606),
    *(21608, 21609, 21659, 21660, 21661, 21701, 21703, 21704, 21705, 30002, 30018, 30024, 30032, 30033),
    *(30034, 30035, 30037, 30040),
)
STOP = 21610
# The text is over: the customer is told by mail, or called, and the shop reads this.
OTHER_WAY = {
    "The number or address cannot get messages": (
        *(21211, 21214, 21217, 21265, 21266, 21601, 21604, 21612, 21614, 21635, 21662),
        *(30005, 30006, 30045),
    ),
    "The phone could not be reached": (30003, 30008, 30009, 30012, 30017, 30036, 30410, 30500),
    "The person or the network blocks our texts": (30004, 30450, 30453),
    "The network filtered the text": (30007, 30038, 30039),
    "The provider does not take these words": (21602, 21605, 21617, 21619, 30019, 30044),
    "Our account with the provider needs attention": (30010,),
}


@pytest.fixture
def settings(provider_settings: dict[str, str]) -> dict[str, str]:
    return provider_settings


@pytest.fixture
def tess() -> Actor:
    return builders.make_staff(builders.make_shop(undo_window_seconds=0))


def refuse(code: int, number: int, by: Actor, providers: Providers, standin: Standin) -> None:
    """A text to a number of its own is refused; every second customer has a mail address by then."""
    reference = builders.make_ticket(by, phone=f"07700 9{number:05}", email=None)
    if number % 2:
        with transaction():
            customer = db.session.get_one(Customer, builders.get_ticket(reference).visit.customer_id)
            add_mail_address(customer, f"carl{number}@example.com")
    standin.faults.next(Fault.REFUSED, code=code)
    assert deliver_one(providers)


def test_every_code_of_ours_is_in_one_of_these_tables() -> None:
    everywhere = [*LATER, *SHOP, STOP, *(code for codes in OTHER_WAY.values() for code in codes)]

    assert sorted(everywhere) == sorted(CODES)


def test_what_may_pass_is_tried_again_and_nobody_is_alarmed(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    for number, code in enumerate(LATER):
        refuse(code, number, tess, providers, standin)

    texts = list_messages(channel=Channel.SMS)
    assert [(text.state, text.error_code) for text in texts] == [(State.QUEUED, str(code)) for code in LATER]
    assert all(text.due_at and text.due_at > clock.now() for text in texts)
    assert list_messages(channel=Channel.EMAIL) == []


def test_trouble_with_the_account_alarms_the_shop_and_goes_on(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    for number, code in enumerate(SHOP):
        refuse(code, number, tess, providers, standin)

    texts = list_messages(channel=Channel.SMS)
    assert [(text.state, text.error_code) for text in texts] == [(State.QUEUED, str(code)) for code in SHOP]
    (alert,) = list_messages(channel=Channel.EMAIL)
    assert (alert.notice, alert.recipient) == (Notice.STAFF_ALERT, "hello@example.com")


@pytest.mark.parametrize("sentence", OTHER_WAY)
def test_what_will_never_arrive_goes_by_mail_or_becomes_a_call(
    tess: Actor, providers: Providers, standin: Standin, sentence: str
) -> None:
    codes = OTHER_WAY[sentence]
    for number, code in enumerate(codes):
        refuse(code, number, tess, providers, standin)

    texts = list_messages(channel=Channel.SMS)
    assert [(text.state, text.error_code) for text in texts] == [(State.FAILED, str(code)) for code in codes]
    others = [message for message in list_messages() if message.channel is not Channel.SMS]
    assert [(other.channel, other.recipient) for other in others] == [
        (Channel.EMAIL, f"carl{number}@example.com") if number % 2 else (Channel.CALL, "")
        for number in range(len(codes))
    ]
    assert standin.posts == len(codes)
    assert not deliver_one(providers)


def test_the_sentences_are_those_that_pages_show(app) -> None:
    from flask import render_template_string

    source = "{% import 'notifications/_words.html' as words with context %}{{ words.trouble(code) }}"
    with app.test_request_context():
        for sentence, codes in OTHER_WAY.items():
            for code in codes:
                assert sentence in render_template_string(source, code=str(code)), code
        for code in SHOP:
            assert "needs attention" in render_template_string(source, code=str(code)), code
        for code in LATER:
            assert "could not be reached" in render_template_string(source, code=str(code)), code
        assert "STOP" in render_template_string(source, code=str(STOP))


def test_stop_is_kept_and_no_text_is_tried_again(tess: Actor, providers: Providers, standin: Standin) -> None:
    reference = builders.make_ticket(tess, email=None)
    standin.faults.next(Fault.REFUSED, code=STOP)
    deliver_one(providers)
    for verb in (Verb.START_DIAGNOSIS, Verb.PROCEED_WITHIN_LIMIT, Verb.START_REPAIR):
        move(reference, verb, tess)
        deliver_all(providers)

    assert standin.posts == 1
    changes = db.session.scalars(select(ConsentChange)).all()
    assert {(one.recipient, one.opted_out, one.source) for one in changes} == {
        ("+447700900123", True, "provider")
    }
    assert [text.state for text in list_messages(channel=Channel.SMS)] == [State.FAILED]


@pytest.mark.parametrize("status", ["undelivered", "failed"])
@pytest.mark.parametrize(
    ("code", "opts_out", "alarms"),
    [
        (30003, False, False),
        (30007, False, False),
        (STOP, True, False),
        (30034, False, True),
        (30001, False, False),
    ],
)
def test_a_code_that_comes_with_a_report_is_final_and_becomes_a_call(
    tess: Actor,
    providers: Providers,
    standin: Standin,
    wire: Wire,
    status: str,
    code: int,
    opts_out: bool,
    alarms: bool,
) -> None:
    builders.make_ticket(tess, email=None)
    deliver_all(providers)

    assert standin.send_status(standin.ledger[0], status, ErrorCode=str(code)) == 204

    text, *others = list_messages()
    assert (text.state, text.error_code) == (State(status), str(code))
    alerts = [other.recipient for other in others if other.notice is Notice.STAFF_ALERT]
    assert alerts == ["hello@example.com"] * alarms
    assert [other.channel for other in others if other.notice is Notice.RECEIVED] == [Channel.CALL]
    assert bool(db.session.scalars(select(ConsentChange)).all()) == opts_out
    assert not deliver_one(providers)


@pytest.mark.parametrize(
    ("status", "code", "verdict"),
    [
        (400, 0, Verdict.PERMANENT),
        (400, 99999, Verdict.PERMANENT),
        (404, 0, Verdict.PERMANENT),
        (401, 0, Verdict.SETUP),
        (403, 0, Verdict.SETUP),
        (429, 0, Verdict.RETRY),
        (425, 0, Verdict.RETRY),
        (408, 0, None),
        (500, 0, None),
        (502, 99999, None),
        (503, 20429, Verdict.RETRY),
        (503, 0, None),
        (599, 0, None),
        (302, 0, None),
    ],
)
def test_an_answer_without_a_known_code_is_judged_by_its_status(
    status: int, code: int, verdict: Verdict | None
) -> None:
    assert verdict_of(status=status, code=code) is verdict


# RFC 3463 and the registry: subject.detail of a permanent failure.
NO_ADDRESS = "1.0 1.1 1.2 1.3 1.4 1.6 1.9 1.10 2.1 7.17 7.18"
NOT_REACHED = "2.0 2.2 2.4 4.1 4.4"
OUR_WORDS = "2.3 3.4 5.3 6.0 6.1 6.2 6.3 6.4 6.5 6.6 6.7 6.8 6.9 6.10"
BLOCKED = "7.2 0.0 1.5 7.19 7.99"
OURS = (
    "1.7 1.8 3.0 3.1 3.2 3.3 3.5 4.0 4.2 4.3 4.5 4.6 4.7 5.0 5.1 5.2 5.4 5.5 7.0 7.1 7.3 7.4 7.5 7.6 7.7 7.8"
    " 7.9 7.10 7.11 7.12 7.13 7.14 7.15 7.16 7.20 7.23 7.25 7.26 7.29"
)
PERMANENT_ENHANCED = [
    *((detail, Verdict.PERMANENT, Trouble.ADDRESS) for detail in NO_ADDRESS.split()),
    *((detail, Verdict.PERMANENT, Trouble.UNREACHED) for detail in NOT_REACHED.split()),
    *((detail, Verdict.PERMANENT, Trouble.WORDS) for detail in OUR_WORDS.split()),
    *((detail, Verdict.PERMANENT, Trouble.BLOCKED) for detail in BLOCKED.split()),
    *((detail, Verdict.SETUP, Trouble.ACCOUNT) for detail in OURS.split()),
]


@pytest.mark.parametrize(("detail", "verdict", "trouble"), PERMANENT_ENHANCED)
def test_a_mail_servers_permanent_failure(detail: str, verdict: Verdict, trouble: Trouble) -> None:
    reply = f"5.{detail} no"

    assert mail_codes.verdict_of_reply(550, reply) is verdict
    assert mail_codes.kept_code(550, reply) == f"550 5.{detail}"
    assert mail_codes.trouble_of(f"550 5.{detail}") is trouble


@pytest.mark.parametrize("detail", [detail for detail, _, _ in PERMANENT_ENHANCED])
def test_a_passing_failure_is_tried_again_whatever_it_is_about(detail: str) -> None:
    assert mail_codes.verdict_of_reply(450, f"4.{detail} later") is Verdict.RETRY
    assert mail_codes.trouble_of(f"450 4.{detail}") is not Trouble.ACCOUNT


@pytest.mark.parametrize(
    ("code", "verdict", "trouble"),
    [
        (421, Verdict.RETRY, Trouble.PROVIDER),
        (450, Verdict.RETRY, Trouble.PROVIDER),
        (451, Verdict.RETRY, Trouble.PROVIDER),
        (452, Verdict.RETRY, Trouble.PROVIDER),
        (454, Verdict.RETRY, Trouble.PROVIDER),
        (455, Verdict.RETRY, Trouble.PROVIDER),
        (500, Verdict.SETUP, Trouble.ACCOUNT),
        (501, Verdict.PERMANENT, Trouble.ADDRESS),
        (502, Verdict.SETUP, Trouble.ACCOUNT),
        (503, Verdict.SETUP, Trouble.ACCOUNT),
        (504, Verdict.SETUP, Trouble.ACCOUNT),
        (521, Verdict.PERMANENT, Trouble.ADDRESS),
        (530, Verdict.SETUP, Trouble.ACCOUNT),
        (534, Verdict.SETUP, Trouble.ACCOUNT),
        (535, Verdict.SETUP, Trouble.ACCOUNT),
        (538, Verdict.SETUP, Trouble.ACCOUNT),
        (550, Verdict.PERMANENT, Trouble.ADDRESS),
        (551, Verdict.PERMANENT, Trouble.ADDRESS),
        (552, Verdict.PERMANENT, Trouble.UNREACHED),
        (553, Verdict.PERMANENT, Trouble.ADDRESS),
        (554, Verdict.PERMANENT, Trouble.BLOCKED),
        (555, Verdict.SETUP, Trouble.ACCOUNT),
        (556, Verdict.PERMANENT, Trouble.ADDRESS),
    ],
)
def test_three_digits_alone_are_judged_by_what_they_say(
    code: int, verdict: Verdict, trouble: Trouble
) -> None:
    assert mail_codes.verdict_of_reply(code, "no") is verdict
    assert mail_codes.trouble_of(str(code)) is trouble


@pytest.mark.parametrize("reply", ["5.1.1 nobody", "nobody", ""])
def test_a_refusal_of_our_sender_is_ours_whatever_it_says(reply: str) -> None:
    assert mail_codes.verdict_of_reply(550, reply, about_sender=True) is Verdict.SETUP


@pytest.mark.parametrize("reply", ["5.1", "x5.1.1", "3.1.1 no", "5.1000.1", "", "٥.١.١ no"])
def test_what_only_looks_like_an_enhanced_code_is_none(reply: str) -> None:
    assert mail_codes.read_enhanced(reply) is None
