"""What was sent once more is looked for again: a first copy that shows late is not kept quiet."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from repairshop.database import db
from repairshop.notifications import second_looks, settling
from repairshop.notifications.models import DeliveryAttempt
from repairshop.notifications.providers import Providers
from repairshop.notifications.rules import State
from repairshop.staff.rules import Actor
from repairshop.transaction import transaction
from tests import builders
from tests.contract.faults import Fault
from tests.contract.twilio_standin import Standin
from tests.notifications.desk import GRACE, deliver_one, list_attempts, list_messages, settle

pytestmark = pytest.mark.usefixtures("app_context")


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

    later = settling._find_control(lost, gateway, grace=GRACE)
    never = settling._find_control(replace(lost, given_up=lost.given_up + 9 * GRACE), gateway, grace=GRACE)

    assert later is not None
    assert later.provider_id == accepted[1]
    assert never is not None
    assert never.provider_id == accepted[2]
