"""Delivery over the real SDK to the stand-in: every message gets out once, or a person knows."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from config import load_config
from repairshop import fault_points
from repairshop.database import db
from repairshop.inbox.receiving import ArrivedText, receive_text
from repairshop.notifications import claims, delivery, jobs, service, settling
from repairshop.notifications.models import DeliveryAttempt, OutgoingMessage
from repairshop.notifications.providers import Providers
from repairshop.notifications.rules import Channel, Notice, State
from repairshop.staff.rules import Actor
from repairshop.tickets.stages import Verb
from repairshop.transaction import transaction
from tests import builders
from tests.contract.faults import Fault
from tests.contract.twilio_standin import Standin
from tests.notifications.desk import (
    GRACE,
    an_earlier_text_got_through,
    claim_next,
    deliver_all,
    deliver_claim,
    deliver_one,
    let_grace_pass,
    list_attempts,
    list_messages,
    move,
    settle,
    the_message,
)

pytestmark = pytest.mark.usefixtures("app_context", "quick_time_outs")


@pytest.fixture
def settings(provider_settings: dict[str, str]) -> dict[str, str]:
    return provider_settings


@pytest.fixture
def tess() -> Actor:
    return builders.make_staff(builders.make_shop(undo_window_seconds=0))


def test_a_text_is_accepted_and_bound_to_its_attempt(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    builders.make_ticket(tess)

    deliver_all(providers)

    message, (attempt,) = the_message(), list_attempts()
    (sent,) = standin.ledger
    assert (message.state, message.provider, message.provider_id) == (State.SENT, "twilio", sent.sid)
    assert (attempt.ending, attempt.provider_id) == ("accepted", sent.sid)
    assert sent.callback
    assert sent.callback.startswith(
        f"https://repair.example.com/callbacks/twilio/status?attempt={attempt.id}."
    )


def test_the_link_is_filled_in_only_on_the_way(tess: Actor, providers: Providers, standin: Standin) -> None:
    builders.make_ticket(tess)

    deliver_all(providers)

    assert "https://repair.example.com/t/" in standin.ledger[0].body
    assert the_message().text.endswith("{link}")


@pytest.mark.parametrize("kind", [Fault.RATE_LIMITED, Fault.REFUSED])
def test_a_refusal_that_may_pass_is_tried_again_later(
    tess: Actor, providers: Providers, standin: Standin, kind: Fault
) -> None:
    builders.make_ticket(tess)
    standin.faults.next(kind, code=20003, status=401)

    deliver_one(providers)

    message = the_message(notice=Notice.RECEIVED)
    assert (message.state, message.attempt, message.attempts) == (State.QUEUED, None, 1)
    assert message.due_at
    assert timedelta(seconds=3) < message.due_at - claims.database_now() <= timedelta(seconds=5)
    let_grace_pass()
    deliver_all(providers)
    assert the_message(notice=Notice.RECEIVED).state is State.SENT
    assert len(standin.ledger) == 1


def test_nobody_listening_is_a_refusal_and_not_a_lost_answer(tess: Actor, settings: dict[str, str]) -> None:
    builders.make_ticket(tess)
    providers = Providers(load_config(settings | {"TWILIO_API_BASE": "http://127.0.0.1:9"}))

    deliver_one(providers)

    assert the_message().state is State.QUEUED
    assert the_message().error_code == "ConnectionError"


def test_six_hours_of_refusals_end_with_a_person(
    tess: Actor, providers: Providers, standin: Standin, morning: object
) -> None:
    builders.make_ticket(tess)
    standin.faults.next(Fault.RATE_LIMITED, times=200)
    started = claims.database_now()
    tries = 0
    while deliver_one(providers):
        tries += 1
        due_at = list_messages(notice=Notice.RECEIVED)[0].due_at
        if due_at is None:
            break
        morning.move_to(due_at)  # type: ignore[attr-defined]

    message = the_message(notice=Notice.RECEIVED)
    assert message.state is State.NEEDS_HUMAN
    assert 12 <= tries <= 16
    assert timedelta(hours=5) < claims.database_now() - started <= timedelta(hours=6)


def test_a_number_that_does_not_exist_goes_to_mail_instead(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    builders.make_ticket(tess, email="carl@example.com")
    standin.faults.next(Fault.REFUSED, code=21211)

    deliver_one(providers)

    text, mail = list_messages()
    assert (text.state, text.error_code) == (State.FAILED, "21211")
    assert (mail.channel, mail.state, mail.recipient) == (Channel.EMAIL, State.QUEUED, "carl@example.com")


def test_without_another_address_a_call_is_left(tess: Actor, providers: Providers, standin: Standin) -> None:
    builders.make_ticket(tess, email=None)
    standin.faults.next(Fault.REFUSED, code=30006)

    deliver_one(providers)

    _, call = list_messages()
    assert (call.channel, call.state) == (Channel.CALL, State.QUEUED)


def test_stop_is_a_state_and_is_never_tried_again(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    reference = builders.make_ticket(tess, email=None)
    standin.faults.next(Fault.REFUSED, code=21610)
    deliver_one(providers)

    move(reference, Verb.START_DIAGNOSIS, tess)

    assert list_messages(channel=Channel.SMS)[0].state is State.FAILED
    assert list_messages()[-1].channel is Channel.CALL
    assert standin.posts == 1


def test_stop_after_queueing_suppresses_what_waits(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    builders.make_ticket(tess, email="carl@example.com")
    with transaction():
        receive_text(ArrivedText(provider_id="SM1", sender="+447700900123", body=" Stop. "))

    deliver_all(providers)

    text, mail = list_messages()
    assert (text.state, mail.channel) == (State.SUPPRESSED, Channel.EMAIL)
    assert standin.posts == 0


@pytest.mark.both_databases
def test_a_later_stage_waits_for_an_earlier_one_that_is_open(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    an_earlier_text_got_through(tess, providers)
    reference = builders.make_ticket(tess, email=None)
    standin.faults.next(Fault.ERROR_AFTER)
    deliver_one(providers)
    move(reference, Verb.START_DIAGNOSIS, tess)

    assert not deliver_one(providers)

    settle(providers)
    assert deliver_one(providers)
    assert ["we have your" in sent.body for sent in standin.ledger] == [True, True, False]


@pytest.mark.both_databases
def test_eight_workers_claim_each_message_once(app: Flask, tess: Actor) -> None:
    for number in range(12):
        builders.make_ticket(tess, phone=f"07700 900{number:03}", email=None, name=f"Carl {number}")
    claimed: list[int] = []
    barrier = threading.Barrier(8)

    def work() -> None:
        with app.app_context():
            barrier.wait()
            while claim := claim_next(Channel.SMS, lease=GRACE):
                claimed.append(claim.message_id)
            db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(claimed) == sorted(message.id for message in list_messages(state=State.SENDING))
    assert len(claimed) == 12


@pytest.mark.both_databases
@pytest.mark.parametrize(("point", "accepted"), [("claim.committed", 0), ("call.answered", 1)])
def test_a_process_that_dies_in_the_middle_neither_loses_nor_doubles(
    tess: Actor, providers: Providers, standin: Standin, point: str, accepted: int
) -> None:
    an_earlier_text_got_through(tess, providers)
    builders.make_ticket(tess, email=None)
    claim = claim_next(Channel.SMS, lease=GRACE)
    assert claim

    fault_points.arm(f"{point}=raise")
    try:
        with pytest.raises(fault_points.Broken):
            deliver_claim(claim, providers)
    finally:
        fault_points.arm("")
    assert len(standin.ledger) == 1 + accepted
    assert list_messages()[-1].state is State.SENDING

    settling.sweep_abandoned(grace=timedelta(seconds=-1))
    settle(providers)
    deliver_all(providers)

    assert list_messages()[-1].state is State.SENT
    assert len(standin.ledger) == 2


def test_a_process_that_slept_through_its_claim_sends_nothing(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    an_earlier_text_got_through(tess, providers)
    builders.make_ticket(tess, email=None)
    sleeper = claim_next(Channel.SMS, lease=timedelta(seconds=0))
    assert sleeper
    settling.sweep_abandoned(grace=timedelta(seconds=-1))
    settle(providers)
    deliver_all(providers)

    deliver_claim(sleeper, providers)

    assert list_messages()[-1].state is State.SENT
    assert len(standin.ledger) == 2


def test_a_claim_that_was_given_back_counts_no_attempt(tess: Actor, providers: Providers) -> None:
    builders.make_ticket(tess)
    claim = claim_next(Channel.SMS, lease=GRACE)
    assert claim

    delivery.return_claims([claim])

    message = the_message()
    assert (message.state, message.attempts, message.attempt) == (State.QUEUED, 0, None)
    assert deliver_one(providers)


def test_an_accepted_text_is_a_contact_with_the_customer(tess: Actor, providers: Providers) -> None:
    from sqlalchemy import func, select

    from repairshop.customers.models import Touchpoint
    from repairshop.customers.rules import TouchpointKind

    builders.make_ticket(tess)
    deliver_all(providers)

    count = select(func.count()).where(Touchpoint.kind == TouchpointKind.NOTICE)
    assert db.session.scalars(count).one() == 1


def test_the_providers_return_is_noticed_and_hurries_what_waits(tess: Actor, providers: Providers) -> None:
    for number in range(3):
        builders.make_ticket(tess, phone=f"07700 90000{number}", email=None)
    with transaction():
        in_an_hour = claims.database_now() + timedelta(hours=1)
        db.session.execute(update(OutgoingMessage).values(attempts=9, due_at=in_an_hour, error_code="20429"))
    assert not deliver_one(providers)

    assert jobs.probe() == 1
    assert deliver_all(providers) == 3

    assert [message.state for message in list_messages()] == [State.SENT] * 3


def test_one_number_that_is_in_trouble_by_itself_is_not_what_the_providers_return_is_felt_by(
    tess: Actor,
) -> None:
    for number in range(2):
        builders.make_ticket(tess, phone=f"07700 90000{number}", email=None)
    own, waiting = (message.id for message in list_messages())
    with transaction():
        at = claims.database_now()
        for number, code, claimed in ((own, "21408", at - timedelta(hours=2)), (waiting, "20429", at)):
            message = db.session.get_one(OutgoingMessage, number)
            message.attempts, message.error_code, message.claimed_at = 9, code, claimed
            message.due_at = at + timedelta(hours=1)

    assert jobs.probe() == 1

    assert [message.due_at <= claims.database_now() for message in list_messages()] == [False, True]


def test_an_attempt_row_exists_before_the_call(tess: Actor) -> None:
    builders.make_ticket(tess)

    claim = claim_next(Channel.SMS, lease=GRACE)

    assert claim
    db.session.rollback()
    assert db.session.get_one(DeliveryAttempt, claim.attempt).message_id == claim.message_id


@pytest.mark.parametrize("state", [State.HELD, State.NEEDS_HUMAN])
def test_what_is_set_going_after_a_day_is_tried_again_when_it_is_refused(
    tess: Actor, standin: Standin, providers: Providers, state: State
) -> None:
    """The hours of trying begin with its first new try."""
    builders.make_ticket(tess, email=None)
    standin.faults.next(Fault.RATE_LIMITED, times=2)
    deliver_one(providers)
    number, yesterday = the_message().id, the_message().created_at - timedelta(days=1)
    with transaction():
        db.session.execute(update(DeliveryAttempt).values(started_at=yesterday))
        values = {"state": state, "due_at": None, "send_after": yesterday}
        db.session.execute(update(OutgoingMessage).values(values))
    with transaction():
        if state is State.HELD:
            service.release_message(number, by=tess)
        else:
            service.settle_by_hand(number, State.QUEUED, by=tess)

    deliver_one(providers)

    assert (the_message().state, the_message().attempts) == (State.QUEUED, 1)
    assert len(list_attempts()) == 2


def test_a_message_is_given_to_a_person_six_hours_after_its_first_try(
    tess: Actor, standin: Standin, providers: Providers
) -> None:
    builders.make_ticket(tess, email=None)
    standin.faults.next(Fault.RATE_LIMITED, times=2)
    deliver_one(providers)
    with transaction():
        earlier = the_message().created_at - timedelta(hours=6)
        db.session.execute(update(DeliveryAttempt).values(started_at=earlier))
    let_grace_pass()

    deliver_one(providers)

    assert list_messages()[0].state is State.NEEDS_HUMAN
