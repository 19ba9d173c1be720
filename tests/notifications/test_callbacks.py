"""The provider's reports: believed once when signed, whatever their order, never when forged."""

import pytest
from flask import Flask
from sqlalchemy import update

from config import Config
from repairshop.database import db
from repairshop.notifications.channels.signed_attempts import sign_attempt
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.providers import INBOUND_PATH, Providers
from repairshop.notifications.rules import RESTORED, Channel, MessageIsPast, State
from repairshop.notifications.service import release_message
from repairshop.staff.rules import Actor
from repairshop.transaction import transaction
from tests import builders
from tests.client import Client
from tests.contract.faults import Fault
from tests.contract.twilio_standin import AUTH_TOKEN, Form, Standin, running
from tests.notifications.desk import (
    deliver_all,
    deliver_one,
    list_attempts,
    list_messages,
    settle,
    the_message,
)

pytestmark = pytest.mark.usefixtures("app_context")
HOME = "https://repair.example.com"
STATUS_PATH = "/callbacks/twilio/status"


@pytest.fixture
def settings(provider_settings: dict[str, str]) -> dict[str, str]:
    return provider_settings


@pytest.fixture
def tess() -> Actor:
    return builders.make_staff(builders.make_shop(undo_window_seconds=0))


class Wire:
    """Carries what the stand-in sends to the application, and lets a test tamper with it on the way."""

    def __init__(self, app: Flask) -> None:
        client = app.test_client()
        assert isinstance(client, Client)
        self.client = client

    def deliver(self, url: str, form: Form, headers: dict[str, str]) -> int:
        return self.client.post(url.removeprefix(HOME), base_url=HOME, data=form, headers=headers).status_code


@pytest.fixture
def wire(app: Flask, standin: Standin) -> Wire:
    wire = Wire(app)
    standin.deliver = wire.deliver
    return wire


def test_reports_move_a_message_forward_and_never_back(
    tess: Actor, providers: Providers, standin: Standin, wire: Wire
) -> None:
    builders.make_ticket(tess)
    deliver_all(providers)
    (sent,) = standin.ledger

    answers = [
        standin.send_status(sent, status) for status in ("sent", "delivered", "sent", "delivered", "queued")
    ]

    assert answers == [204] * 5
    assert the_message().state is State.DELIVERED
    assert the_message().finished_at


def test_a_late_failure_does_not_undo_a_delivery(
    tess: Actor, providers: Providers, standin: Standin, wire: Wire
) -> None:
    builders.make_ticket(tess)
    deliver_all(providers)

    standin.send_status(standin.ledger[0], "delivered")
    standin.send_status(standin.ledger[0], "failed")

    assert the_message().state is State.DELIVERED


def test_a_report_wins_over_a_lost_answer(
    tess: Actor, providers: Providers, standin: Standin, wire: Wire
) -> None:
    builders.make_ticket(tess)
    standin.faults.next(Fault.ERROR_AFTER)
    deliver_one(providers)
    assert the_message().state is State.UNKNOWN

    standin.send_status(standin.ledger[0], "sent")

    message = the_message()
    assert (message.state, message.provider_id) == (State.SENT, standin.ledger[0].sid)
    settle(providers)
    assert len(standin.ledger) == 1


def test_a_report_that_comes_before_the_second_sending_prevents_it(
    tess: Actor, providers: Providers, standin: Standin, wire: Wire
) -> None:
    builders.make_ticket(tess, phone="07700 900999", email=None)
    deliver_one(providers)
    builders.make_ticket(tess, email=None)
    standin.faults.next(Fault.ERROR_AFTER)
    deliver_one(providers)
    lost = standin.ledger[-1]
    lost.body = "the list shows other words"
    settle(providers)
    assert list_messages()[-1].state is State.QUEUED

    standin.send_status(lost, "delivered")

    assert list_messages()[-1].state is State.DELIVERED
    assert not deliver_one(providers)


@pytest.mark.parametrize("code", ["", RESTORED], ids=["for the night", "in an older copy"])
def test_a_report_about_a_message_that_was_held_meanwhile_prevents_its_sending(
    tess: Actor, providers: Providers, standin: Standin, wire: Wire, code: str
) -> None:
    builders.make_ticket(tess, email=None)
    standin.faults.next(Fault.ERROR_AFTER)
    deliver_one(providers)
    with transaction():
        values = {"state": State.HELD, "attempt": None, "due_at": None, "error_code": code}
        db.session.execute(update(OutgoingMessage).values(values))

    standin.send_status(standin.ledger[0], "delivered")

    message = the_message()
    assert (message.state, message.provider_id) == (State.DELIVERED, standin.ledger[0].sid)
    with pytest.raises(MessageIsPast), transaction():
        release_message(message.id, by=tess)


def test_a_second_copy_is_seen_and_said(
    tess: Actor, providers: Providers, standin: Standin, wire: Wire
) -> None:
    builders.make_ticket(tess, phone="07700 900999", email=None)
    deliver_one(providers)
    builders.make_ticket(tess, email=None)
    standin.faults.next(Fault.ERROR_AFTER)
    deliver_one(providers)
    first_copy = standin.ledger[-1]
    first_copy.body = "the list shows other words"
    settle(providers)
    deliver_one(providers)
    assert len(standin.ledger) == 3

    standin.send_status(first_copy, "delivered")

    message = list_messages()[-1]
    assert message.doubled
    assert message.provider_id == standin.ledger[-1].sid


def test_an_undelivered_text_goes_to_the_mail_address(
    tess: Actor, providers: Providers, standin: Standin, wire: Wire
) -> None:
    builders.make_ticket(tess, email="carl@example.com")
    deliver_all(providers)

    standin.send_status(standin.ledger[0], "undelivered", ErrorCode="30003")

    text, mail = list_messages()
    assert (text.state, text.error_code) == (State.UNDELIVERED, "30003")
    assert (mail.channel, mail.state) == (Channel.EMAIL, State.QUEUED)


def forge(wire: Wire, url: str, form: Form, signature: str | None) -> int:
    headers = {} if signature is None else {"X-Twilio-Signature": signature}
    return wire.deliver(url, form, headers)


@pytest.mark.parametrize("path", [STATUS_PATH, INBOUND_PATH])
@pytest.mark.parametrize("signature", [None, "", "x", "é" * 28, "A" * 28, "=" * 5000])
def test_what_is_not_signed_is_turned_away_and_breaks_nothing(
    wire: Wire, path: str, signature: str | None
) -> None:
    assert forge(wire, HOME + path, {"MessageSid": "SM1", "From": "+447700900123"}, signature) == 403


def test_a_signature_for_other_words_an_added_field_or_another_address_does_not_fit(
    tess: Actor, providers: Providers, standin: Standin, wire: Wire
) -> None:
    builders.make_ticket(tess)
    deliver_all(providers)
    (sent,) = standin.ledger
    assert sent.callback
    form = {"MessageSid": sent.sid, "MessageStatus": "delivered"}
    good = standin.signature(sent.callback, form)

    tampered = [
        forge(wire, sent.callback, form | {"MessageStatus": "failed"}, good),
        forge(wire, sent.callback, form | {"Extra": "1"}, good),
        forge(wire, sent.callback + "&more=1", form, good),
        forge(wire, sent.callback, form, standin.signature(sent.callback.replace("https:", "http:"), form)),
        forge(wire, sent.callback, form, standin.signature("https://evil.example" + STATUS_PATH, form)),
    ]

    assert tampered == [403] * 5
    assert the_message().state is State.SENT
    assert forge(wire, sent.callback, form, good) == 204


def test_another_algorithm_named_by_the_sender_is_not_followed(
    tess: Actor, providers: Providers, standin: Standin, wire: Wire
) -> None:
    from twilio.request_validator import RequestValidator

    builders.make_ticket(tess)
    deliver_all(providers)
    (sent,) = standin.ledger
    assert sent.callback
    form = {"MessageSid": sent.sid, "MessageStatus": "delivered"}
    other = RequestValidator(AUTH_TOKEN).compute_signature(sent.callback, form, "HMAC_SHA256")
    headers = {
        "X-Twilio-Signature": other,
        "X-Twilio-Webhooks-Signature-Settings": "key=a,algorithm=HMAC_SHA256",
    }

    assert wire.deliver(sent.callback, form, headers) == 403


def test_a_signed_report_about_an_attempt_that_is_not_ours_changes_nothing(
    tess: Actor, providers: Providers, standin: Standin, wire: Wire, config: Config
) -> None:
    builders.make_ticket(tess)
    deliver_all(providers)
    (attempt,) = list_attempts()
    unknown = sign_attempt("0" * 32, key=config.secret_key)
    for value in (f"{attempt.id}.{'0' * 32}", attempt.id, "", unknown, "a.b.c", "%00"):
        url = f"{HOME}{STATUS_PATH}?attempt={value}"
        form = {"MessageSid": "SM" + "1" * 32, "MessageStatus": "failed"}
        assert forge(wire, url, form, standin.signature(url, form)) == 204

    assert the_message().state is State.SENT


def test_all_callbacks_of_the_standin_itself_are_answered(tess: Actor, app: Flask, config: Config) -> None:
    wire = Wire(app)
    with running(Standin(deliver=wire.deliver)) as standin:
        from config import load_config

        settings = {
            "REPAIRSHOP_DATA": str(config.data),
            "DATABASE_URL": config.database_url,
            "SECRET_KEY": config.secret_key,
            "LINK_KEY": config.link_key,
            "VAULT_KEY": config.vault_key,
            "PUBLIC_URL": HOME,
            "TWILIO_ACCOUNT_SID": standin.account_sid,
            "TWILIO_AUTH_TOKEN": standin.auth_token,
            "TWILIO_FROM": "+15005550006",
            "TWILIO_API_BASE": standin.url,
        }
        builders.make_ticket(tess)
        deliver_all(Providers(load_config(settings)))
        standin.wait_for_callbacks()

        assert standin.callback_answers == [("sent", 204), ("delivered", 204)]
    assert the_message().state is State.DELIVERED
