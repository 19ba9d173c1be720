"""Rule 6: what may come in at the two doors of the text provider, as tables.

Nothing forged gets in, and nothing that is signed, however odd, is an error of ours or takes a message back.
"""

from collections.abc import Iterable

import pytest
from flask import Flask
from sqlalchemy import select
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from config import Config
from repairshop.database import db
from repairshop.inbox.models import InboundMessage
from repairshop.notifications.providers import INBOUND_PATH, Providers
from repairshop.notifications.rules import Channel, State
from repairshop.staff.rules import Actor
from tests import builders
from tests.client import Client
from tests.contract.twilio_standin import AUTH_TOKEN, Standin
from tests.notifications.desk import deliver_all, follow_the_clock, list_messages, the_message

pytestmark = pytest.mark.usefixtures("app_context")
HOME = "https://repair.example.com"
OTHER_SID = "SM" + "f" * 32
Fields = list[tuple[str, str]]


@pytest.fixture
def settings(provider_settings: dict[str, str]) -> dict[str, str]:
    return provider_settings


@pytest.fixture
def tess() -> Actor:
    return builders.make_staff(builders.make_shop(undo_window_seconds=0))


class Doors:
    """A message that was sent, and both doors with forms that fit it."""

    def __init__(self, app: Flask, standin: Standin, config: Config, by: Actor) -> None:
        builders.make_ticket(by, email=None)
        deliver_all(Providers(config))
        client = app.test_client()
        assert isinstance(client, Client)
        self._client = client
        (sent,) = standin.ledger
        assert sent.callback
        self.sid, self.status = sent.sid, sent.callback
        self.inbound = HOME + INBOUND_PATH
        self._account = standin.account_sid

    def report(self, *fields: tuple[str, str]) -> Fields:
        """The form of a report; a field that is given stands in place of the usual one, "-" leaves it out."""
        usual = [("MessageSid", self.sid), ("MessageStatus", "delivered"), ("AccountSid", self._account)]
        return _with(usual, fields)

    def text(self, *fields: tuple[str, str]) -> Fields:
        usual = [
            *(("MessageSid", OTHER_SID), ("AccountSid", self._account), ("From", "+447700900123")),
            *(("To", "+15005550006"), ("Body", "Is it ready?"), ("NumMedia", "0")),
        ]
        return _with(usual, fields)

    def knock(self, url: str, fields: Fields, signature: str | None = "good") -> int:
        form = MultiDict(fields)
        header = sign(url, form) if signature == "good" else signature
        headers = {} if header is None else {"X-Twilio-Signature": header}
        path = url.removeprefix(HOME)
        return self._client.post(path, base_url=HOME, data=form, headers=headers).status_code

    def knock_raw(self, url: str, body: bytes, content_type: str) -> int:
        headers = {"X-Twilio-Signature": sign(url, MultiDict()), "Content-Type": content_type}
        path = url.removeprefix(HOME)
        return self._client.post(path, base_url=HOME, data=body, headers=headers).status_code


def sign(url: str, form: "MultiDict[str, str]", token: str = AUTH_TOKEN) -> str:
    return str(RequestValidator(token).compute_signature(url, form))


def _with(usual: Fields, changes: Iterable[tuple[str, str]]) -> Fields:
    changed = {name for name, _ in changes}
    kept = [(name, value) for name, value in usual if name not in changed]
    return kept + [(name, value) for name, value in changes if value != "-"]


@pytest.fixture
def doors(
    app: Flask, standin: Standin, config: Config, tess: Actor, monkeypatch: pytest.MonkeyPatch
) -> Doors:
    follow_the_clock(monkeypatch)
    return Doors(app, standin, config, tess)


def texts() -> int:
    db.session.rollback()
    return len(db.session.scalars(select(InboundMessage)).all())


# Signed, about our message: the fields, and what the message is afterwards.
REPORTS: dict[str, tuple[Fields, State]] = {
    "the usual one": ([], State.DELIVERED),
    "no status": ([("MessageStatus", "-")], State.SENT),
    "empty status": ([("MessageStatus", "")], State.SENT),
    "unknown status": ([("MessageStatus", "teleported")], State.SENT),
    "status in capitals": ([("MessageStatus", "DELIVERED")], State.SENT),
    "status with spaces": ([("MessageStatus", " delivered ")], State.SENT),
    "status of an endless word": ([("MessageStatus", "x" * 50_000)], State.SENT),
    "status with NUL": ([("MessageStatus", "delivered\x00")], State.SENT),
    "status of texts that come in": ([("MessageStatus", "received")], State.SENT),
    "no sid": ([("MessageSid", "-")], State.SENT),
    "empty sid": ([("MessageSid", "")], State.SENT),
    "sid of another kind": ([("MessageSid", "CA" + "1" * 32)], State.SENT),
    "endless sid": ([("MessageSid", "SM" + "1" * 5000)], State.SENT),
    "sid with NUL": ([("MessageSid", "SM" + "\x00" * 32)], State.SENT),
    "a sid nobody knows": ([("MessageSid", OTHER_SID)], State.SENT),
    "code of letters": ([("MessageStatus", "failed"), ("ErrorCode", "abc")], State.FAILED),
    "empty code": ([("MessageStatus", "failed"), ("ErrorCode", "")], State.FAILED),
    "negative code": ([("MessageStatus", "failed"), ("ErrorCode", "-30003")], State.FAILED),
    "code beyond all numbers": ([("MessageStatus", "failed"), ("ErrorCode", "9" * 5000)], State.FAILED),
    "code in other digits": ([("MessageStatus", "failed"), ("ErrorCode", "٣٠٠٠٣")], State.FAILED),
    "code with spaces": ([("MessageStatus", "failed"), ("ErrorCode", " 30003 ")], State.FAILED),
    "code nobody knows": ([("MessageStatus", "undelivered"), ("ErrorCode", "99999")], State.UNDELIVERED),
    "code with a good status": ([("MessageStatus", "delivered"), ("ErrorCode", "30003")], State.DELIVERED),
    "status twice": ([("MessageStatus", "sent"), ("MessageStatus", "delivered")], State.SENT),
    "sid twice": ([("MessageSid", "SM" + "1" * 32), ("MessageSid", OTHER_SID)], State.SENT),
    "more fields than ever": ([(f"Field{number}", "x") for number in range(500)], State.DELIVERED),
    "fields without names": ([("", "x"), ("=", "&")], State.DELIVERED),
    "words from everywhere": ([("Extra", "\u202e\U0001f600\x00é")], State.DELIVERED),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("fields", "state"), REPORTS.values(), ids=REPORTS)
def test_a_signed_report_is_answered_whatever_it_says(doors: Doors, fields: Fields, state: State) -> None:
    form = doors.report(*fields)

    assert [doors.knock(doors.status, form) for _ in range(2)] == [204, 204]

    message = the_message(channel=Channel.SMS)
    assert message.state is state
    assert message.provider_id == doors.sid
    assert len(message.error_code) <= 6


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        (("delivered", "sent", "queued", "sending"), State.DELIVERED),
        (("sent", "sent", "delivered", "delivered"), State.DELIVERED),
        (("delivered", "undelivered", "failed"), State.DELIVERED),
        (("undelivered", "delivered", "sent"), State.UNDELIVERED),
        (("failed", "delivered"), State.FAILED),
        (("read", "delivered", "failed"), State.DELIVERED),
        (("sending", "accepted", "queued"), State.SENT),
        (("canceled", "delivered"), State.FAILED),
    ],
)
def test_reports_in_any_order_never_take_a_final_word_back(
    doors: Doors, statuses: tuple[str, ...], state: State
) -> None:
    for status in statuses:
        assert doors.knock(doors.status, doors.report(("MessageStatus", status))) == 204

    assert the_message(channel=Channel.SMS).state is state


def test_a_second_sid_for_one_attempt_is_a_double_that_was_found_out(doors: Doors) -> None:
    doors.knock(doors.status, doors.report(("MessageSid", OTHER_SID)))

    assert the_message(channel=Channel.SMS).doubled


# Of each door: what is changed on the way of a form that was signed. All are turned away.
FORGED = {
    "no header": lambda door, url, form: door.knock(url, form, None),
    "empty header": lambda door, url, form: door.knock(url, form, ""),
    "made up": lambda door, url, form: door.knock(url, form, "A" * 27 + "="),
    "not ASCII": lambda door, url, form: door.knock(url, form, "é" * 28),
    "endless": lambda door, url, form: door.knock(url, form, "=" * 5000),
    "of another account": lambda door, url, form: door.knock(url, form, sign(url, MultiDict(form), "0" * 32)),
    "of an empty key": lambda door, url, form: door.knock(url, form, sign(url, MultiDict(form), "")),
    "of another host": lambda door, url, form: door.knock(
        url, form, sign(url.replace("repair.", "evil."), MultiDict(form))
    ),
    "of plain http": lambda door, url, form: door.knock(
        url, form, sign(url.replace("https:", "http:"), MultiDict(form))
    ),
    "of the other door": lambda door, url, form: door.knock(
        url, form, sign(door.inbound if url == door.status else door.status, MultiDict(form))
    ),
    "old, with a field more": lambda door, url, form: door.knock(
        url, [*form, ("Extra", "1")], sign(url, MultiDict(form))
    ),
    "old, with a field less": lambda door, url, form: door.knock(url, form[:-1], sign(url, MultiDict(form))),
    "old, with another value": lambda door, url, form: door.knock(
        url, [*form[:-1], (form[-1][0], form[-1][1] + "1")], sign(url, MultiDict(form))
    ),
    "old, with a value more": lambda door, url, form: door.knock(
        url, [*form, (form[-1][0], "1")], sign(url, MultiDict(form))
    ),
    "at an address with more": lambda door, url, form: door.knock(
        url + ("&" if "?" in url else "?") + "x=1", form, sign(url, MultiDict(form))
    ),
}


@pytest.mark.parametrize("door", ["status", "inbound"])
@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_nothing_forged_gets_in(doors: Doors, door: str, forge) -> None:
    url = getattr(doors, door)
    form = doors.report() if door == "status" else doors.text()

    assert forge(doors, url, form) == 403

    assert the_message(channel=Channel.SMS).state is State.SENT
    assert texts() == 0


def test_a_report_with_another_attempts_address_tells_nothing_about_this_message(
    doors: Doors, tess: Actor, config: Config, standin: Standin
) -> None:
    builders.make_ticket(tess, phone="07700 900456", email=None)
    deliver_all(Providers(config))
    _, other = standin.ledger
    assert other.callback

    assert doors.knock(other.callback, doors.report(("MessageStatus", "failed"))) == 204

    assert [message.state for message in list_messages(channel=Channel.SMS)] == [State.SENT, State.SENT]


# Signed, from a handset: how many texts are kept when it is brought twice.
INBOUND: dict[str, tuple[Fields, int]] = {
    "the usual one": ([], 1),
    "no sid": ([("MessageSid", "-")], 0),
    "empty sid": ([("MessageSid", "")], 0),
    "endless sid": ([("MessageSid", "S" * 5000)], 1),
    "no sender": ([("From", "-")], 0),
    "empty sender": ([("From", "")], 0),
    "sender of letters": ([("From", "FIXWELL")], 1),
    "short code": ([("From", "80085")], 1),
    "another channel's sender": ([("From", "whatsapp:+447700900123")], 1),
    "endless sender": ([("From", "+1" * 3000)], 1),
    "no words": ([("Body", "-")], 1),
    "empty words": ([("Body", "")], 1),
    "endless words": ([("Body", "x" * 100_000)], 1),
    "words with NUL": ([("Body", "a\x00b")], 1),
    "words from everywhere": ([("Body", "\u202e\U0001f600é\ufeff")], 1),
    "pictures of letters": ([("NumMedia", "abc")], 1),
    "pictures below nothing": ([("NumMedia", "-1")], 1),
    "pictures in other digits": ([("NumMedia", "٣")], 1),
    "pictures without end": ([("NumMedia", "9" * 5000)], 1),
    "words twice": ([("Body", "one"), ("Body", "two")], 1),
    "sender twice": ([("From", "+447700900123"), ("From", "+447700900456")], 1),
    "an odd word of the provider": ([("OptOutType", "MAYBE")], 1),
    "another account": ([("AccountSid", "AC" + "f" * 32)], 0),
    "more fields than ever": ([(f"Field{number}", "x") for number in range(500)], 1),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("fields", "kept"), INBOUND.values(), ids=INBOUND)
def test_a_signed_text_is_kept_once_or_dropped_and_always_answered(
    doors: Doors, fields: Fields, kept: int
) -> None:
    form = doors.text(*fields)

    assert [doors.knock(doors.inbound, form) for _ in range(2)] == [204, 204]

    assert texts() == kept


BODIES = {
    "nothing": (b"", "application/x-www-form-urlencoded"),
    "JSON": (b'{"MessageStatus": "delivered"}', "application/json"),
    "half an escape": (b"MessageSid=%E9%&MessageStatus=%ZZ", "application/x-www-form-urlencoded"),
    "half a sign": (b"Body=%ED%A0%80&From=%FF", "application/x-www-form-urlencoded"),
    "parts without an end": (b"--x\r\nContent-Disposition: form-data", "multipart/form-data; boundary=x"),
    "parts without a border": (b"MessageSid=1", "multipart/form-data"),
    "no type": (b"MessageSid=1", ""),
    "a type of nonsense": (b"MessageSid=1", ";;;charset=\xff".encode("latin-1").decode("latin-1")),
    "thousands of fields": (b"&".join([b"a=1"] * 50_000), "application/x-www-form-urlencoded"),
    "megabytes": (b"Body=" + b"x" * 3_000_000, "application/x-www-form-urlencoded"),
}


@pytest.mark.parametrize("door", ["status", "inbound"])
@pytest.mark.parametrize(("body", "content_type"), BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_form_is_no_error_of_ours(
    doors: Doors, door: str, body: bytes, content_type: str
) -> None:
    answer = doors.knock_raw(getattr(doors, door), body, content_type)

    assert answer in {204, 400, 403, 413, 415}
    assert the_message(channel=Channel.SMS).state is State.SENT
    assert texts() == 0
