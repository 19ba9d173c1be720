"""Rule 8: each minute every row over its age is found: set going, given to a person, or told to the shop."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from repairshop import clock, wiring
from repairshop.database import db
from repairshop.notifications import heartbeat, jobs, over_age
from repairshop.notifications.channels.gateways import NotAccepted, Verdict
from repairshop.notifications.delivery import record_refused
from repairshop.notifications.health import Counts
from repairshop.notifications.models import OutgoingMessage, WorkerBeat
from repairshop.notifications.rules import Channel, Notice, State
from repairshop.staff.rules import Actor
from repairshop.transaction import transaction
from tests import builders
from tests.notifications.desk import GRACE, claim_next, follow_the_clock, list_messages, move, the_message

pytestmark = [pytest.mark.usefixtures("app_context", "one_clock"), pytest.mark.both_databases]
HOUR = timedelta(hours=1)


@pytest.fixture
def one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own clock does not stand in the morning with the tests'."""
    monkeypatch.setattr(over_age, "database_now", clock.now)


@pytest.fixture
def tess() -> Actor:
    return builders.make_staff(builders.make_shop(undo_window_seconds=0))


def a_worker(*, since: timedelta) -> None:
    heartbeat.beat("a" * 32, host="shop-pc", process=1, counts=Counts())
    with transaction():
        at = clock.now()
        db.session.execute(update(WorkerBeat).values(started_at=at - since, beat_at=at))


def put(**values: object) -> None:
    with transaction():
        db.session.execute(update(OutgoingMessage).values(**values))


def sweep() -> int:
    return over_age.sweep_over_age(grace=GRACE)


def test_the_sweep_runs_each_minute() -> None:
    (job,) = [job for job in wiring.JOBS if job.run is jobs.sweep_over_age]

    assert job.every_seconds == 60


@pytest.mark.parametrize("state", [State.QUEUED, State.UNKNOWN])
def test_a_row_without_a_due_time_is_set_going(tess: Actor, state: State) -> None:
    builders.make_ticket(tess, email=None)
    put(state=state, due_at=None)

    assert sweep() == 1

    message = the_message()
    assert message.state is state
    assert message.due_at is not None
    assert message.due_at <= clock.now()
    assert sweep() == 0


def test_a_claim_without_a_time_is_looked_for(tess: Actor) -> None:
    builders.make_ticket(tess, email=None)
    put(state=State.SENDING, claimed_at=None)

    sweep()

    assert the_message().state is State.UNKNOWN


@pytest.mark.parametrize(
    ("state", "due", "asked"),
    [
        (State.QUEUED, 5 * HOUR, True),  # its next try would come after we have given up
        (State.QUEUED, -HOUR, True),  # due for an hour, and each claim of it fails
        (State.QUEUED, timedelta(seconds=-5), False),  # held for the night, and let go just now
        (State.UNKNOWN, -HOUR, True),
        (State.UNKNOWN, 5 * HOUR, True),
    ],
)
def test_what_is_tried_for_longer_than_we_try_is_a_persons_and_the_shop_is_told(
    tess: Actor, state: State, due: timedelta, asked: bool
) -> None:
    builders.make_ticket(tess, email=None)
    a_worker(since=HOUR)
    at = clock.now()
    put(state=state, attempts=3, claimed_at=at - 8 * HOUR, due_at=at + due, error_code="20429")

    sweep()

    message = the_message(notice=Notice.RECEIVED)
    assert message.state is (State.NEEDS_HUMAN if asked else state)
    assert len(list_messages(notice=Notice.STAFF_ALERT)) == asked


def test_within_the_six_hours_nobody_is_asked(tess: Actor) -> None:
    builders.make_ticket(tess, email=None)
    a_worker(since=HOUR)
    at = clock.now()
    put(attempts=9, claimed_at=at - 2 * HOUR, due_at=at + timedelta(minutes=30))

    assert sweep() == 0
    assert the_message().state is State.QUEUED


def test_overdue_texts_are_told_to_the_shop_by_mail_once_and_stay_due(tess: Actor) -> None:
    for number in range(3):
        builders.make_ticket(tess, phone=f"07700 90000{number}", email=None)
    a_worker(since=HOUR)
    put(due_at=clock.now() - timedelta(minutes=11))

    assert sweep() == 3
    sweep()

    alert = the_message(notice=Notice.STAFF_ALERT)
    assert (alert.channel, alert.recipient) == (Channel.EMAIL, "hello@example.com")
    assert alert.text.find("3 or more messages") >= 0
    assert len(list_messages(notice=Notice.RECEIVED, state=State.QUEUED)) == 3


def test_after_a_night_without_a_worker_nobody_is_alarmed(tess: Actor) -> None:
    builders.make_ticket(tess, email=None)
    at = clock.now()
    put(attempts=2, claimed_at=at - 12 * HOUR, due_at=at - 11 * HOUR)
    assert sweep() == 0
    a_worker(since=timedelta(minutes=1))

    assert sweep() == 0
    assert the_message().state is State.QUEUED


def test_what_waits_behind_an_earlier_one_is_not_what_stands_still(tess: Actor) -> None:
    from repairshop.tickets.stages import Verb

    reference = builders.make_ticket(tess, email=None)
    with transaction():
        db.session.execute(update(OutgoingMessage).values(state=State.SENDING, claimed_at=clock.now()))
    move(reference, Verb.START_DIAGNOSIS, tess)
    a_worker(since=HOUR)
    with transaction():
        due_at = clock.now() - timedelta(minutes=20)
        db.session.execute(
            update(OutgoingMessage).where(OutgoingMessage.state == State.QUEUED).values(due_at=due_at)
        )

    assert sweep() == 0


def test_calls_and_what_is_held_are_left_to_people(tess: Actor) -> None:
    builders.make_ticket(tess, phone=None, email=None)
    a_worker(since=HOUR)
    put(state=State.QUEUED, due_at=None)
    assert sweep() == 0

    put(channel=Channel.SMS, state=State.HELD, claimed_at=clock.now() - 9 * HOUR)
    assert sweep() == 0


def test_trouble_with_our_own_account_is_told_to_the_shop_at_the_first_refusal(
    tess: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    builders.make_ticket(tess, email=None)
    follow_the_clock(monkeypatch)
    claim = claim_next(Channel.SMS, lease=GRACE)
    assert claim

    record_refused(claim, NotAccepted(Verdict.SETUP, code="20003"))

    assert the_message(notice=Notice.RECEIVED).state is State.QUEUED
    assert the_message(notice=Notice.STAFF_ALERT).channel is Channel.EMAIL
