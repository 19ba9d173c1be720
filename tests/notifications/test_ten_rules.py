"""Sentences of the rules of delivery that no other file here proves; each test names its rule."""

import http.server
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from apscheduler.jobstores.memory import MemoryJobStore
from flask import Flask
from sqlalchemy import text, update

from config import Config, SettingError, load_config
from repairshop import clock
from repairshop.database import db
from repairshop.notifications import delivery
from repairshop.notifications.accepting import Answer, record_all_accepted
from repairshop.notifications.channels.email import smtp
from repairshop.notifications.channels.gateways import (
    Accepted,
    AnswerLost,
    MessageToSend,
    NotAccepted,
    SentText,
    Verdict,
)
from repairshop.notifications.channels.sms import twilio
from repairshop.notifications.channels.sms.twilio import TwilioGateway
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.operating import hold_everything
from repairshop.notifications.planning import night_of, validity
from repairshop.notifications.providers import Providers
from repairshop.notifications.rules import Channel, Purpose, State
from repairshop.notifications.service import wake_worker
from repairshop.notifications.settling import same_words
from repairshop.staff.rules import Actor
from repairshop.transaction import transaction
from repairshop.worker import Worker
from tests import builders
from tests.contract.faults import Fault
from tests.contract.twilio_standin import Standin
from tests.notifications.desk import (
    GRACE,
    claim_next,
    deliver_all,
    deliver_one,
    list_messages,
    settle,
    the_message,
)

pytestmark = pytest.mark.usefixtures("app_context", "one_clock")


@pytest.fixture
def settings(provider_settings: dict[str, str]) -> dict[str, str]:
    return provider_settings


@pytest.fixture
def tess() -> Actor:
    return builders.make_staff(builders.make_shop(undo_window_seconds=0))


def put(message_id: int, **values: object) -> None:
    with transaction():
        db.session.execute(update(OutgoingMessage).where(OutgoingMessage.id == message_id).values(**values))


@pytest.mark.both_databases
def test_rule_2_a_row_that_became_visible_after_later_ones_is_claimed_all_the_same(tess: Actor) -> None:
    for number in range(3):
        builders.make_ticket(tess, phone=f"07700 90000{number}", email=None)
    first, second, third = (message.id for message in list_messages())
    put(first, state=State.HELD)
    claimed = [claim_next(Channel.SMS, lease=GRACE) for _ in range(2)]
    put(first, state=State.QUEUED)

    claimed.append(claim_next(Channel.SMS, lease=GRACE))

    assert [claim.message_id for claim in claimed if claim] == [second, third, first]


@pytest.mark.both_databases
def test_rule_3_no_transaction_is_open_while_the_provider_is_asked(
    tess: Actor, providers: Providers, standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, bool]] = []
    send, list_sent = TwilioGateway.send, TwilioGateway.list_sent

    def seen_send(self: TwilioGateway, message: MessageToSend) -> Accepted:
        asked.append(("send", db.session().in_transaction()))
        return send(self, message)

    def seen_list(self: TwilioGateway, *, to: str, since: datetime) -> list[SentText]:
        asked.append(("list", db.session().in_transaction()))
        return list_sent(self, to=to, since=since)

    monkeypatch.setattr(TwilioGateway, "send", seen_send)
    monkeypatch.setattr(TwilioGateway, "list_sent", seen_list)
    builders.make_ticket(tess, email=None)
    deliver_all(providers)
    builders.make_ticket(tess, phone="07700 900456", email=None)
    standin.faults.next(Fault.ERROR_AFTER)
    deliver_one(providers)
    settle(providers)

    assert {what for what, _ in asked} == {"send", "list"}
    assert not any(is_open for _, is_open in asked)


# What a process writes that has slept, and what the message is by then.
LATE_WORDS = {
    "accepted": lambda claim: record_all_accepted(
        [Answer(claim=claim, provider="twilio", accepted=Accepted(provider_id="SM" + "e" * 32))]
    ),
    "refused": lambda claim: delivery.record_refused(claim, NotAccepted(Verdict.RETRY, code="20429")),
    "final": lambda claim: delivery.record_refused(claim, NotAccepted(Verdict.PERMANENT, code="30005")),
    "lost": lambda claim: delivery.record_lost(claim, AnswerLost("ReadTimeout"), grace=GRACE),
    "returned": lambda claim: delivery.return_claims([claim]),
}


@pytest.mark.both_databases
@pytest.mark.parametrize("word", LATE_WORDS.values(), ids=LATE_WORDS)
@pytest.mark.parametrize(
    ("state", "attempt"),
    [
        (State.UNKNOWN, "own"),  # swept
        (State.QUEUED, None),  # to be sent once more
        (State.SENDING, "f" * 32),  # another's
        (State.SENT, "f" * 32),
        (State.DELIVERED, "own"),  # by a report
        (State.NEEDS_HUMAN, "own"),
        (State.HELD, None),  # after a restore
    ],
)
def test_rule_3_what_is_written_late_changes_nothing(
    tess: Actor, word: Any, state: State, attempt: str | None
) -> None:
    builders.make_ticket(tess, email=None)
    claim = claim_next(Channel.SMS, lease=GRACE)
    assert claim
    own = claim.attempt if attempt == "own" else attempt
    put(claim.message_id, state=state, attempt=own, provider_id=None)
    others = len(list_messages())

    word(claim)

    message = list_messages()[0]
    assert (message.state, message.attempt, message.provider_id) == (state, own, None)
    assert len(list_messages()) == others


@pytest.mark.both_databases
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
def test_rule_5_what_is_known_to_be_accepted_is_not_sent_again(
    tess: Actor, providers: Providers, standin: Standin, channel: Channel
) -> None:
    """The process was stopped between the answer and its writing down, and was swept meanwhile."""
    builders.make_ticket(tess, email="carl@example.com")
    claim = claim_next(channel, lease=GRACE)
    assert claim
    provider, accepted = delivery._call(claim, providers)
    put(claim.message_id, state=State.UNKNOWN)
    record_all_accepted([Answer(claim=claim, provider=provider, accepted=accepted)])

    settle(providers)

    message = the_message(channel=channel)
    assert (message.state, message.provider_id) == (State.SENT, accepted.provider_id)
    assert not deliver_one(providers, channel)


@pytest.mark.parametrize(
    "base",
    ["http://nobody.invalid", "http://127.0.0.1:9", "https://{standin}"],
    ids=["DNS", "refused", "TLS"],
)
def test_rule_4_what_fails_before_the_words_have_left_is_a_refusal(standin: Standin, base: str) -> None:
    host = standin.url.removeprefix("http://")
    gateway = TwilioGateway(
        account_sid=standin.account_sid,
        auth_token=standin.auth_token,
        sender="+15005550006",
        api_base=base.format(standin=host),
    )
    message = MessageToSend(
        to="+447700900123",
        text="Ready",
        attempt="a",
        valid_seconds=3600,
        dated=datetime(2026, 3, 4, tzinfo=UTC),
    )

    with pytest.raises(NotAccepted) as caught:
        gateway.send(message)

    assert caught.value.verdict is Verdict.RETRY


def test_rule_5_the_plus_of_a_number_is_written_so_that_it_stays_a_plus(standin: Standin) -> None:
    asked: list[str] = []

    class Lists(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = b'{"messages": [], "page": 0, "page_size": 50, "uri": "", "next_page_uri": null}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is said."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lists)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        gateway = TwilioGateway(
            account_sid=standin.account_sid,
            auth_token=standin.auth_token,
            api_base=f"http://127.0.0.1:{server.server_port}",
        )
        assert gateway.list_sent(to="+447700900123", since=datetime(2026, 3, 4, tzinfo=UTC)) == []
    finally:
        server.shutdown()
        server.server_close()

    assert any("To=%2B447700900123" in path for path in asked)


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("Your phone is ready", "Your phone is ready", True),
        ("Your phone is ready", "Your phone  is\nready ", True),
        ("Your phone\u00a0is ready", "Your phone is ready", True),
        ("Se\u00f1or", "Sen\u0303or", True),  # composed or not
        ("Your phone is ready", "Your phone is ready.", False),
        ("Your phone is ready", "your phone is ready", False),
        ("R-1", "R-10", False),
        ("Your phone is ready", "", False),
    ],
)
def test_rule_5_words_are_compared_whatever_their_spaces_and_accents_are_made_of(
    ours: str, theirs: str, same: bool
) -> None:
    assert same_words(ours, theirs) is same


def test_rule_5_the_grace_time_is_longer_than_a_call_by_a_minute(config: Config) -> None:
    usual = Config.__dataclass_fields__["notice_grace_seconds"].default

    assert isinstance(usual, int)
    assert usual >= twilio.CONNECT_SECONDS + twilio.READ_SECONDS + 60


@pytest.mark.parametrize(("seconds", "refused"), [("72", True), ("73", False), ("75", False)])
def test_rule_5_production_takes_no_shorter_grace_time(seconds: str, refused: bool) -> None:
    secrets = {name: name.lower().ljust(40, "-") for name in ("SECRET_KEY", "LINK_KEY", "VAULT_KEY")}
    settings = secrets | {
        "REPAIRSHOP_MODE": "production",
        "PUBLIC_URL": "https://repair.example.com",
        "NOTICE_GRACE_SECONDS": seconds,
    }

    try:
        load_config(settings)
        problem = ""
    except SettingError as error:
        problem = str(error)

    assert ("NOTICE_GRACE_SECONDS" in problem) is refused


@pytest.mark.parametrize("module", [twilio, smtp])
def test_rule_9_calls_have_the_time_outs_that_were_promised(module: Any) -> None:
    assert (module.CONNECT_SECONDS, module.READ_SECONDS) == (3.0, 10.0)


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 6, 10), date(2026, 10, 25)])
@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Pacific/Auckland"])
def test_rule_9_a_text_of_any_minute_of_a_day_ends_before_the_night(day: date, zone: str) -> None:
    night = night_of(zone)
    at = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    for _ in range(24 * 60):
        if not night.contains(at):
            last = at + validity(Purpose.SERVICE, at=at, quiet=night) - timedelta(seconds=61)
            assert last < at or not night.contains(last), at
        at += timedelta(minutes=1)


@pytest.mark.both_databases
@pytest.mark.parametrize("state", list(State))
def test_rule_10_after_a_restore_what_was_under_way_waits_for_a_person(
    tess: Actor, providers: Providers, standin: Standin, state: State
) -> None:
    builders.make_ticket(tess, email=None)
    put(the_message().id, state=state, due_at=clock.now(), claimed_at=clock.now(), attempt="f" * 32)
    was_under_way = state in {State.QUEUED, State.SENDING, State.UNKNOWN, State.HELD}

    with transaction():
        held = hold_everything(by=tess)

    message = the_message()
    assert held == was_under_way
    assert message.state is (State.HELD if was_under_way else state)
    if was_under_way:
        assert (message.due_at, message.attempt) == (None, None)
    assert deliver_all(providers) == 0
    assert standin.posts == 0


def test_the_workers_timers_are_in_utc_and_its_jobs_in_memory(app: Flask) -> None:
    scheduler = Worker(app)._scheduler
    scheduler.start(paused=True)
    try:
        assert str(scheduler.timezone) == "UTC"
        assert [type(store) for store in scheduler._jobstores.values()] == [MemoryJobStore]
    finally:
        scheduler.shutdown()


@pytest.mark.postgresql
def test_a_commit_that_queues_a_message_wakes_the_worker_and_a_rollback_does_not(
    app: Flask, tess: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, woken, listening = Worker(app), threading.Event(), threading.Event()
    monkeypatch.setattr(worker, "wake", woken.set)

    def listen() -> None:
        with app.app_context():
            worker._listen_once()

    thread = threading.Thread(target=listen)
    thread.start()
    statement = text("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'")
    for _ in range(200):
        if db.session.scalars(statement).one():
            break
        db.session.rollback()
        listening.wait(0.05)
    db.session.rollback()
    try:
        wake_worker()
        db.session.rollback()
        assert not woken.wait(0.5)

        builders.make_ticket(tess, email=None)
        assert woken.wait(10)
    finally:
        worker._stop.set()
        thread.join(timeout=10)
    assert not thread.is_alive()
