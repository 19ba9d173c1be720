"""An answer of the provider's that never came: found in its list, sent once more, or given to a person."""

import threading

import pytest

from repairshop.notifications.providers import Providers
from repairshop.notifications.rules import Channel, Notice, State
from repairshop.staff.rules import Actor
from repairshop.tickets.stages import Verb
from tests import builders
from tests.contract.faults import Fault
from tests.contract.twilio_standin import Standin
from tests.notifications.desk import (
    an_earlier_text_got_through,
    deliver_all,
    deliver_one,
    list_messages,
    move,
    settle,
    the_message,
)

pytestmark = pytest.mark.usefixtures("app_context", "quick_time_outs")
ACCEPTED_ALL_THE_SAME = [
    Fault.ERROR_AFTER,
    Fault.LATE_ANSWER,
    Fault.LATE_ACCEPT,
    Fault.RESET_AFTER,
    Fault.GARBLED_AFTER,
]
NOT_ACCEPTED = [Fault.ERROR_BEFORE, Fault.HANG, Fault.RESET_BEFORE]


@pytest.fixture
def settings(provider_settings: dict[str, str]) -> dict[str, str]:
    return provider_settings


@pytest.fixture
def tess() -> Actor:
    return builders.make_staff(builders.make_shop(undo_window_seconds=0))


@pytest.mark.both_databases
@pytest.mark.parametrize("fault", ACCEPTED_ALL_THE_SAME)
def test_a_lost_answer_is_found_in_the_list_and_not_sent_again(
    tess: Actor, providers: Providers, standin: Standin, fault: Fault
) -> None:
    an_earlier_text_got_through(tess, providers)
    builders.make_ticket(tess, email=None)
    standin.faults.next(fault)
    deliver_one(providers)
    message = list_messages()[-1]
    assert message.state is State.UNKNOWN

    threading.Event().wait(standin.faults.late_seconds)
    settle(providers)

    assert list_messages()[-1].state is State.SENT
    assert not deliver_one(providers)
    assert len(standin.ledger) == 2


@pytest.mark.both_databases
@pytest.mark.parametrize("fault", NOT_ACCEPTED)
def test_what_never_arrived_is_sent_once_more(
    tess: Actor, providers: Providers, standin: Standin, fault: Fault
) -> None:
    an_earlier_text_got_through(tess, providers)
    builders.make_ticket(tess, email=None)
    standin.faults.next(fault)
    deliver_one(providers)

    settle(providers)
    deliver_all(providers)

    assert list_messages()[-1].state is State.SENT
    assert len(standin.ledger) == 2


def test_a_second_lost_answer_is_a_persons_business(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    an_earlier_text_got_through(tess, providers)
    builders.make_ticket(tess, email=None)
    standin.faults.next(Fault.ERROR_BEFORE, times=2)

    deliver_one(providers)
    settle(providers)
    deliver_one(providers)
    settle(providers)

    alert = the_message(notice=Notice.STAFF_ALERT)
    assert list_messages(notice=Notice.RECEIVED)[-1].state is State.NEEDS_HUMAN
    assert (alert.channel, alert.recipient) == (Channel.EMAIL, "hello@example.com")
    assert not deliver_one(providers)


def test_hours_of_lost_answers_do_not_end_with_a_pile_for_people(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    an_earlier_text_got_through(tess, providers)
    for number in range(5):
        builders.make_ticket(tess, phone=f"07700 90010{number}", email=None)
    standin.faults.next(Fault.ERROR_BEFORE, times=1000)
    for _ in range(6):
        deliver_all(providers)
        settle(providers)
    asking = len(list_messages(state=State.NEEDS_HUMAN))
    assert asking == 1

    standin.faults.planned.clear()
    builders.make_ticket(tess, phone="07700 900200", email=None)
    deliver_all(providers)
    settle(providers)
    deliver_all(providers)

    assert len(list_messages(notice=Notice.RECEIVED, state=State.SENT)) == 2 + 5 - asking
    assert len(standin.ledger) == 2 + 5 - asking


def test_a_provider_that_has_accepted_since_the_last_vain_repeat_is_tried_at_once(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    """The evening's last text is not kept for ten minutes because another one went astray before."""
    an_earlier_text_got_through(tess, providers)
    builders.make_ticket(tess, phone="07700 900201", email=None)
    standin.faults.next(Fault.ERROR_BEFORE, times=2)
    deliver_one(providers)
    settle(providers)
    deliver_one(providers)
    builders.make_ticket(tess, phone="07700 900202", email=None)
    deliver_all(providers)
    builders.make_ticket(tess, phone="07700 900203", email=None)
    standin.faults.next(Fault.ERROR_BEFORE)
    deliver_all(providers)

    settle(providers)

    last = list_messages(recipient="+447700900203")[0]
    assert (last.state, last.resent) == (State.QUEUED, True)


def test_an_empty_list_is_not_believed_when_it_hides_a_known_message(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    an_earlier_text_got_through(tess, providers)
    builders.make_ticket(tess, email=None)
    standin.faults.next(Fault.ERROR_AFTER)
    standin.faults.list_is_empty = True
    deliver_one(providers)

    settle(providers)

    assert list_messages()[-1].state is State.UNKNOWN
    assert len(standin.ledger) == 2


def test_without_any_known_message_an_empty_list_proves_nothing(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    builders.make_ticket(tess, email=None)
    standin.faults.next(Fault.ERROR_AFTER)
    deliver_one(providers)

    settle(providers)

    assert the_message().state is State.UNKNOWN


def test_the_same_words_sent_earlier_are_not_taken_for_the_lost_message(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    reference = builders.make_ticket(tess, email=None)
    move(reference, Verb.START_DIAGNOSIS, tess)
    move(reference, Verb.PROCEED_WITHIN_LIMIT, tess)
    move(reference, Verb.START_REPAIR, tess)
    deliver_all(providers)
    move(reference, Verb.FINISH, tess)
    move(reference, Verb.TEST_FAILED, tess)
    deliver_all(providers)
    move(reference, Verb.FINISH, tess)
    move(reference, Verb.TEST_FAILED, tess)
    standin.faults.next(Fault.ERROR_BEFORE)
    deliver_one(providers)
    assert list_messages()[-1].text == list_messages(state=State.SENT)[-1].text

    settle(providers)

    assert list_messages()[-1].state is State.QUEUED
    assert list_messages()[-1].resent
