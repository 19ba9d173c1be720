"""Several messages claimed at once: none twice, none out of order, none left open without need."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from config import Config
from repairshop import clock
from repairshop.database import db
from repairshop.notifications import claims, delivery, jobs, moments, settling, spending
from repairshop.notifications.batching import MOST_AT_ONCE, next_size
from repairshop.notifications.channels.gateways import Accepted, MessageToSend
from repairshop.notifications.channels.sms import twilio
from repairshop.notifications.channels.sms.channel import _open
from repairshop.notifications.jobs import STOPPING
from repairshop.notifications.limits import Limits
from repairshop.notifications.models import OutgoingMessage, SpendCount
from repairshop.notifications.providers import Providers
from repairshop.notifications.rules import Channel, State
from repairshop.staff.rules import Actor
from repairshop.tickets.stages import Verb
from repairshop.transaction import transaction
from tests import builders
from tests.contract.twilio_standin import Fault, Standin
from tests.notifications.desk import GRACE, follow_the_clock, list_attempts, list_messages, move, settle

pytestmark = pytest.mark.usefixtures("app_context", "own_clock")


@pytest.fixture
def own_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    follow_the_clock(monkeypatch)


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine must not cut a batch short; the test of slow providers sets its own times."""
    monkeypatch.setattr(delivery, "LONGEST_BATCH_SECONDS", 60.0)
    monkeypatch.setattr(delivery, "SLOW_CALL_SECONDS", 60.0)


@pytest.fixture
def settings(provider_settings: dict[str, str]) -> dict[str, str]:
    return provider_settings | {"TEXTS_PER_SECOND": "0"}


@pytest.fixture
def tess() -> Actor:
    return builders.make_staff(builders.make_shop(undo_window_seconds=0))


def queue(count: int, by: Actor) -> list[str]:
    return [
        builders.make_ticket(by, phone=f"07700 900{number:03}", email=None, name=f"Carl {number}")
        for number in range(count)
    ]


def claim(most: int) -> list[claims.Claim]:
    return claims.claim_batch(Channel.SMS, most=most, lease=GRACE)


def deliver(batch: list[claims.Claim], providers: Providers) -> int:
    return delivery.deliver_batch(batch, providers, grace=GRACE, stopping=STOPPING.is_set)


@contextmanager
def statements() -> Iterator[list[str]]:
    """What the database is asked inside, without SQLite's BEGIN."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("size", "handed_over", "seconds", "expected"),
    [
        (1, 1, 0.001, 2),  # quick: twice as many
        (16, 16, 0.016, 32),
        (MOST_AT_ONCE, MOST_AT_ONCE, 0.1, MOST_AT_ONCE),
        (8, 8, 1.2, 3),  # 150 ms a text, as over the internet
        (4, 1, 10.0, 1),  # it hangs
        (8, 0, 0.0, 1),
        (1, 1, 0.0, 2),
    ],
)
def test_a_batch_is_what_goes_out_in_half_a_second(
    size: int, handed_over: int, seconds: float, expected: int
) -> None:
    assert next_size(size, handed_over=handed_over, seconds=seconds) == expected


@pytest.mark.both_databases
def test_a_batch_is_claimed_with_an_attempt_for_each_before_any_call(tess: Actor) -> None:
    queue(5, tess)

    batch = claim(4)

    rows = {message.attempt: message for message in list_messages(state=State.SENDING)}
    assert len(batch) == 4
    assert {one.attempt for one in batch} == set(rows) == {attempt.id for attempt in list_attempts()}
    assert [one.message_id for one in batch] == [message.id for message in list_messages()[:4]]
    assert {message.attempts for message in rows.values()} == {1}
    assert claim(4)[0].message_id == list_messages()[4].id


@pytest.mark.both_databases
def test_two_messages_of_one_repair_are_never_in_one_batch(tess: Actor) -> None:
    first, _ = queue(2, tess)
    move(first, Verb.START_DIAGNOSIS, tess)
    with transaction():
        for message in list_messages():  # the later one replaces the earlier; here both shall go
            db.session.get_one(type(message), message.id).state = State.QUEUED
    before = [message for message in list_messages() if message.visit_id == list_messages()[0].visit_id]
    assert len(before) == 2

    batch = claim(10)

    assert len(batch) == 2
    assert before[1].id not in {one.message_id for one in batch}
    assert claim(10) == []


@pytest.mark.both_databases
def test_a_batch_of_acceptances_is_written_down_in_few_statements(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    jobs.warm_up()
    queue(12, tess)
    batch = claim(12)

    with statements() as asked:
        assert deliver(batch, providers) == 12

    assert {message.state for message in list_messages()} == {State.SENT}
    assert [message.provider_id for message in list_messages()] == [copy.sid for copy in standin.ledger]
    assert {attempt.ending for attempt in list_attempts()} == {"accepted"}
    assert len(asked) <= 8


@pytest.mark.both_databases
def test_trouble_with_one_of_a_batch_is_that_ones_alone(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    queue(3, tess)
    batch = claim(3)
    standin.faults.next(Fault.ERROR_AFTER)

    deliver(batch, providers)

    assert [message.state for message in list_messages()] == [State.UNKNOWN, State.SENT, State.SENT]


def test_what_a_slow_provider_leaves_no_time_for_goes_back_and_costs_nothing(
    tess: Actor, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "LONGEST_BATCH_SECONDS", 0.05)
    call = delivery._call

    def slowly(one: claims.Claim, providers: Providers) -> tuple[str, Accepted]:
        time.sleep(0.06)
        return call(one, providers)

    monkeypatch.setattr(delivery, "_call", slowly)
    queue(3, tess)

    assert deliver(claim(3), providers) == 1

    messages = list_messages()
    assert [message.state for message in messages] == [State.SENT, State.QUEUED, State.QUEUED]
    assert [(message.attempts, message.attempt) for message in messages[1:]] == [(0, None), (0, None)]
    assert sorted(attempt.ending for attempt in list_attempts()) == ["accepted", "returned", "returned"]
    assert db.session.scalars(select(SpendCount.sent)).one() == 1


def test_told_to_stop_in_the_middle_it_finishes_the_call_and_gives_the_rest_back(
    tess: Actor, providers: Providers, standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = delivery._call

    def stop_then_call(one: claims.Claim, providers: Providers) -> tuple[str, Accepted]:
        STOPPING.set()
        return call(one, providers)

    monkeypatch.setattr(delivery, "_call", stop_then_call)
    queue(3, tess)

    deliver(claim(3), providers)

    assert [message.state for message in list_messages()] == [State.SENT, State.QUEUED, State.QUEUED]
    assert len(standin.ledger) == 1


def test_one_message_that_makes_us_stumble_leaves_no_other_open(
    tess: Actor, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(3, tess)
    batch = claim(3)
    call = delivery._call

    def stumble(one: claims.Claim, providers: Providers) -> tuple[str, Accepted]:
        if one is batch[1]:
            raise RuntimeError("our own mistake")
        return call(one, providers)

    monkeypatch.setattr(delivery, "_call", stumble)

    with pytest.raises(RuntimeError):
        deliver(batch, providers)

    assert [message.state for message in list_messages()] == [State.SENT, State.SENDING, State.QUEUED]


@pytest.mark.both_databases
def test_a_worker_that_dies_in_a_batch_neither_loses_nor_doubles(
    tess: Actor, providers: Providers, standin: Standin
) -> None:
    """Some were accepted and not written down, and some never called."""
    queue(1, tess)
    deliver(claim(1), providers)  # the control that a list is believed by
    builders.make_ticket(tess, phone="07700 900901", email=None)
    builders.make_ticket(tess, phone="07700 900902", email=None)
    batch = claim(5)
    delivery._call(batch[0], providers)

    settling.sweep_abandoned(grace=timedelta(seconds=-1))
    settle(providers)
    jobs.deliver(Channel.SMS)

    assert {message.state for message in list_messages()} == {State.SENT}
    assert len(standin.ledger) == 3


@pytest.mark.both_databases
def test_the_limits_hold_within_a_batch(tess: Actor) -> None:
    with transaction():
        limits = Limits(a_day=3, to_one_number_a_day=2)
        spending.set_limits(limits, quiet_from="00:00", quiet_to="00:00", by=tess)
    for _ in range(3):
        builders.make_ticket(tess, phone="07700 900901", email=None)
    queue(3, tess)

    batch = claim(10)

    assert len(batch) == 3
    codes = [message.error_code for message in list_messages() if message.state is State.HELD]
    assert codes == ["limit_number", "limit_day", "limit_day"]
    assert db.session.scalars(select(SpendCount.sent)).one() == 3


def test_a_pace_cuts_a_batch(tess: Actor) -> None:
    queue(9, tess)

    batch = claims.claim_batch(Channel.SMS, most=9, lease=GRACE, sender="twilio", per_second=4)

    assert 1 <= len(batch) <= 3
    assert len(list_messages(state=State.QUEUED)) == 9 - len(batch)


@pytest.mark.both_databases
def test_a_look_names_what_is_due_and_when_the_next_will_be(app: Flask, tess: Actor) -> None:
    assert jobs.look().due == frozenset()
    queue(1, tess)
    (message,) = list_messages()
    now = moments.database_now()
    assert _look_with_due(message.id, now - timedelta(seconds=1)).due == {"sms"}

    later = _look_with_due(message.id, moments.database_now() + timedelta(seconds=0.3))

    assert later.due == frozenset()
    assert later.seconds <= 0.3


def _look_with_due(message_id: int, due_at: datetime) -> jobs.Look:
    with transaction():
        db.session.get_one(OutgoingMessage, message_id).due_at = due_at
    return jobs.look()


@pytest.mark.both_databases
def test_a_look_and_a_settling_without_work_ask_the_database_once(tess: Actor) -> None:
    with statements() as asked:
        jobs.look()
        jobs.settle_lost()

    assert len(asked) == 2


@pytest.mark.postgresql
def test_a_worker_stopped_inside_a_claim_holds_the_others_up_for_a_moment_only(
    app: Flask, tess: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds the row that counts what its shop has sent; PostgreSQL ends its transaction."""
    monkeypatch.setattr(claims, "begin_short_work", moments.begin_short_work)
    with transaction():
        spending.set_limits(Limits(), quiet_from="00:00", quiet_to="00:00", by=tess)
    queue(2, tess)
    inside, go_on, ended = threading.Event(), threading.Event(), []
    first = threading.get_ident()

    def stop_here(name: str) -> None:
        if name == "claim.written" and threading.get_ident() != first:
            inside.set()
            go_on.wait(60)

    monkeypatch.setattr(claims.fault_points, "reach", stop_here)

    def sleep() -> None:
        with app.app_context():
            try:
                claim(1)
            except Exception as error:
                ended.append(error)

    sleeper = threading.Thread(target=sleep)
    sleeper.start()
    assert inside.wait(20)

    began = time.monotonic()
    batch = claim(2)
    waited = time.monotonic() - began
    go_on.set()
    sleeper.join()

    assert len(batch) >= 1
    assert waited < 30
    assert ended, "the sleeper's claim was committed after all"
    assert len(list_messages(state=State.SENDING)) == len(batch)


def test_a_connection_is_kept_from_batch_to_batch_but_not_when_it_has_rested(
    config: Config, standin: Standin
) -> None:
    gateway = _open(config)
    assert _open(config) is gateway
    assert isinstance(gateway, twilio.TwilioGateway)
    letter = MessageToSend(to="+447700900001", text="R-1", attempt="a", valid_seconds=60, dated=clock.now())

    gateway.send(letter)
    (line,) = gateway._idle
    gateway.send(letter)
    assert gateway._idle == [line]

    line.used_at -= twilio._IDLE_SECONDS + 1
    gateway.send(letter)
    assert gateway._idle != [line]
