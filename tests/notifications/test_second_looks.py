"""What was sent once more is looked for again: a first copy that shows late is not kept quiet."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import update

from repairshop import clock
from repairshop.database import db
from repairshop.notifications import provider_lists, second_looks, service, settling
from repairshop.notifications.channels.carrier import StatusReport
from repairshop.notifications.models import DeliveryAttempt, OutgoingMessage
from repairshop.notifications.operating import hold_everything
from repairshop.notifications.providers import Providers
from repairshop.notifications.reports import record_report
from repairshop.notifications.rules import State
from repairshop.staff.rules import Actor
from repairshop.transaction import transaction
from tests import builders
from tests.contract.faults import Fault
from tests.contract.twilio_standin import Standin
from tests.notifications.desk import (
    GRACE,
    deliver_one,
    list_attempts,
    list_messages,
    settle,
)

pytestmark = pytest.mark.usefixtures("app_context", "one_clock")


@pytest.fixture
def settings(provider_settings: dict[str, str]) -> dict[str, str]:
    return provider_settings


@pytest.fixture
def tess(providers: Providers) -> Actor:
    """Of a shop from which one text is known to have arrived, so that a list can be believed."""
    tess = builders.make_staff(builders.make_shop(undo_window_seconds=0))
    builders.make_ticket(tess, phone="07700 900999", email=None)
    assert deliver_one(providers)
    return tess


def send_again_while_the_list_is_behind(tess: Actor, providers: Providers, standin: Standin) -> None:
    builders.make_ticket(tess, email=None)
    standin.faults.next(Fault.ERROR_AFTER)
    assert deliver_one(providers)
    first = standin.ledger[-1]
    first.created += 3600  # the list does not show it yet
    settle(providers)
    assert deliver_one(providers)
    first.created -= 3600


def look(providers: Providers) -> int:
    return second_looks.look_again(providers, grace=GRACE)


def test_a_first_copy_that_the_list_showed_too_late_is_told(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    send_again_while_the_list_is_behind(tess, providers, standin)
    message = list_messages()[-1]
    assert (message.state, message.resent, message.doubled) == (State.SENT, True, False)

    assert look(providers) == 1

    message = list_messages()[-1]
    assert message.doubled
    assert message.due_at is None
    assert look(providers) == 0


def test_a_first_copy_whose_answer_was_written_down_too_late_is_told_as_well(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    send_again_while_the_list_is_behind(tess, providers, standin)
    with transaction():
        first = db.session.get_one(DeliveryAttempt, list_attempts()[-2].id)
        first.ending, first.provider_id = "accepted", standin.ledger[-2].sid

    assert look(providers) == 1

    assert list_messages()[-1].doubled


def test_while_the_list_does_not_show_the_second_copy_it_is_asked_again_later(
    tess: Actor, providers: Providers, standin: Standin, morning: time_machine.Traveller
) -> None:
    send_again_while_the_list_is_behind(tess, providers, standin)
    standin.faults.list_lag_seconds = 3600

    assert look(providers) == 0
    standin.faults.list_lag_seconds = 0
    assert look(providers) == 0  # its moment has not come
    morning.shift(GRACE + timedelta(seconds=1))

    assert look(providers) == 1


def test_a_list_that_shows_nothing_for_a_day_is_left(
    tess: Actor, providers: Providers, standin: Standin, morning: time_machine.Traveller
) -> None:
    send_again_while_the_list_is_behind(tess, providers, standin)
    standin.faults.list_is_empty = True
    morning.shift(timedelta(days=1, minutes=1))

    assert look(providers) == 0
    assert list_messages()[-1].due_at is None


def test_what_went_once_is_not_taken_for_a_double(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    builders.make_ticket(tess, email=None)
    standin.faults.next(Fault.ERROR_BEFORE)
    assert deliver_one(providers)
    settle(providers)
    assert deliver_one(providers)

    assert look(providers) == 0

    message = list_messages()[-1]
    assert (message.resent, message.doubled, message.due_at) == (True, False, None)


def test_what_was_accepted_at_once_is_not_asked_about(tess: Actor, providers: Providers) -> None:
    message = list_messages()[-1]

    assert (message.state, message.due_at) == (State.SENT, None)


def ask_a_person(tess: Actor, providers: Providers, standin: Standin, *faults: Fault) -> OutgoingMessage:
    """A text whose every try was lost while the list was behind; the list shows all of it again."""
    builders.make_ticket(tess, email=None)
    own, before = list_messages()[-1].id, len(standin.ledger)
    for fault in faults:
        standin.faults.next(fault)
        assert deliver_one(providers)
        for copy in standin.ledger[before:]:
            copy.created = clock.now().timestamp() + 86400  # not shown yet
        settle(providers)
    (message,) = list_messages(id=own)
    assert message.state is State.NEEDS_HUMAN
    for copy in standin.ledger[before:]:
        copy.created -= 86400
    return message


def hand_one_over_later(
    tess: Actor, providers: Providers, traveller: time_machine.Traveller, *, after: timedelta = GRACE
) -> None:
    traveller.shift(after)
    builders.make_ticket(tess, email=None, phone="07700 900801")
    assert deliver_one(providers)


def say(message: OutgoingMessage, answer: State, tess: Actor) -> None:
    with transaction():
        service.settle_by_hand(message.id, answer, by=tess)


@pytest.mark.both_databases
@pytest.mark.parametrize("answer", [State.SENT, State.FAILED])
def test_two_copies_of_what_a_person_settled_are_told(
    tess: Actor,
    providers: Providers,
    standin: Standin,
    morning: time_machine.Traveller,
    answer: State,
) -> None:
    message = ask_a_person(tess, providers, standin, Fault.ERROR_AFTER, Fault.ERROR_AFTER)
    say(message, answer, tess)

    assert look(providers) == 1

    (after,) = list_messages(id=message.id)
    assert (after.state, after.doubled, after.due_at) == (answer, True, None)
    assert look(providers) == 0


@pytest.mark.both_databases
def test_what_a_person_settled_is_looked_for_until_the_list_shows_something_later(
    tess: Actor, providers: Providers, standin: Standin, morning: time_machine.Traveller
) -> None:
    message = ask_a_person(tess, providers, standin, Fault.ERROR_AFTER, Fault.ERROR_AFTER)
    say(message, State.SENT, tess)
    first, second = standin.ledger[-2:]
    second.created += 86400

    assert look(providers) == 0
    hand_one_over_later(tess, providers, morning, after=GRACE / 4)  # the lost one may be accepted after it
    morning.shift(GRACE)
    assert look(providers) == 0
    assert list_messages(id=message.id)[0].due_at is not None

    hand_one_over_later(tess, providers, morning)
    second.created = first.created
    assert look(providers) == 1
    assert list_messages(id=message.id)[0].doubled


@pytest.mark.both_databases
def test_what_a_person_settled_and_went_once_is_not_taken_for_a_double(
    tess: Actor, providers: Providers, standin: Standin, morning: time_machine.Traveller
) -> None:
    message = ask_a_person(tess, providers, standin, Fault.ERROR_AFTER, Fault.ERROR_BEFORE)
    say(message, State.SENT, tess)
    hand_one_over_later(tess, providers, morning)

    assert look(providers) == 0

    (after,) = list_messages(id=message.id)
    assert (after.doubled, after.due_at) == (False, None)


@pytest.mark.both_databases
def test_after_a_day_the_list_is_believed_as_it_is(
    tess: Actor, providers: Providers, standin: Standin, morning: time_machine.Traveller
) -> None:
    message = ask_a_person(tess, providers, standin, Fault.ERROR_AFTER, Fault.ERROR_BEFORE)
    say(message, State.SENT, tess)
    assert look(providers) == 0
    assert list_messages(id=message.id)[0].due_at is not None
    morning.shift(timedelta(days=1, minutes=1))

    assert look(providers) == 0

    assert list_messages(id=message.id)[0].due_at is None


@pytest.mark.both_databases
def test_what_was_tried_once_and_settled_by_a_person_is_not_looked_for(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    message = ask_a_person(tess, providers, standin, Fault.ERROR_AFTER, Fault.ERROR_BEFORE)
    with transaction():
        attempt = list_attempts()[-1]
        db.session.get_one(DeliveryAttempt, attempt.id).ending = "refused"
    say(message, State.SENT, tess)

    assert list_messages(id=message.id)[0].due_at is None


@pytest.mark.both_databases
@pytest.mark.parametrize("last", [None, Fault.REFUSED])
def test_tries_that_a_person_asked_for_count_as_repeats(
    tess: Actor,
    providers: Providers,
    standin: Standin,
    morning: time_machine.Traveller,
    last: Fault | None,
) -> None:
    message = ask_a_person(tess, providers, standin, Fault.ERROR_AFTER, Fault.ERROR_AFTER)
    say(message, State.QUEUED, tess)
    if last is not None:
        standin.faults.next(last, code=21211)

    assert deliver_one(providers)
    assert look(providers) == 1

    (after,) = list_messages(id=message.id)
    assert (after.state, after.doubled) == (State.FAILED if last else State.SENT, True)


@pytest.mark.both_databases
def test_what_is_released_after_a_lost_try_counts_as_a_repeat(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    """An older copy of the database holds it without knowing whether it went."""
    builders.make_ticket(tess, email=None)
    standin.faults.next(Fault.ERROR_AFTER)
    assert deliver_one(providers)
    message = list_messages()[-1]
    with transaction():
        hold_everything(by=tess)
    with transaction():
        service.release_message(message.id, by=tess)

    assert deliver_one(providers)
    assert look(providers) == 1

    assert list_messages(id=message.id)[0].doubled


@pytest.mark.both_databases
def test_one_that_a_person_set_going_does_not_hold_up_the_repeat_of_another(
    tess: Actor, providers: Providers, standin: Standin, morning: time_machine.Traveller
) -> None:
    """It may stand behind that one in its visit, and then both would wait for each other."""
    first = ask_a_person(tess, providers, standin, Fault.ERROR_BEFORE, Fault.ERROR_BEFORE)
    morning.shift(timedelta(minutes=11))
    builders.make_ticket(tess, email=None, phone="07700 900801")
    other = list_messages()[-1]
    standin.faults.next(Fault.ERROR_BEFORE)
    assert deliver_one(providers)
    say(first, State.QUEUED, tess)

    settle(providers)

    assert list_messages(id=other.id)[0].state is State.QUEUED


@pytest.mark.both_databases
def test_what_was_refused_each_time_is_no_repeat_when_a_person_sets_it_going(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    message = ask_a_person(tess, providers, standin, Fault.ERROR_BEFORE, Fault.ERROR_BEFORE)
    with transaction():
        db.session.execute(update(DeliveryAttempt).values(ending="refused"))
    say(message, State.QUEUED, tess)

    assert not list_messages(id=message.id)[0].resent


@pytest.mark.both_databases
def test_one_report_about_an_earlier_try_does_not_end_the_looking(
    tess: Actor, providers: Providers, standin: Standin, morning: time_machine.Traveller
) -> None:
    """The report says that the first copy went; whether the second did, a list tells that has caught up."""
    message = ask_a_person(tess, providers, standin, Fault.ERROR_AFTER, Fault.ERROR_AFTER)
    first, second = standin.ledger[-2:]
    earlier = next(one for one in list_attempts() if one.message_id == message.id)
    second.created += 86400
    with transaction():
        report = StatusReport(provider_id=first.sid, status="delivered")
        record_report(report, attempt=earlier.id, provider="twilio")

    assert look(providers) == 0
    assert list_messages(id=message.id)[0].due_at is not None
    second.created -= 86400
    morning.shift(GRACE)

    assert look(providers) == 1
    assert list_messages(id=message.id)[0].doubled


def test_the_list_is_believed_by_one_that_was_handed_over_well_after_the_lost_one(
    tess: Actor, providers: Providers, standin: Standin, morning: time_machine.Traveller
) -> None:
    builders.make_ticket(tess, email=None)
    standin.faults.next(Fault.ERROR_AFTER)
    assert deliver_one(providers)
    accepted = []
    for number, wait in enumerate((timedelta(seconds=1), GRACE / 2, GRACE)):
        morning.shift(wait)
        builders.make_ticket(tess, email=None, phone=f"07700 90080{number}")
        assert deliver_one(providers)
        accepted.append(standin.ledger[-1].sid)
    (lost,) = settling._list_lost()
    gateway = providers.gateway(lost.channel, is_demo=False)

    later = provider_lists.find_control(lost.channel, gateway, after=lost.given_up + GRACE / 2)
    newest = provider_lists.find_newest(lost.channel, gateway)

    assert later is not None
    assert later.provider_id == accepted[1]
    assert newest is not None
    assert newest.provider_id == accepted[2]
    assert provider_lists.find_control(lost.channel, gateway, after=lost.given_up + 9 * GRACE) is None
