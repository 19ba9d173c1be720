"""Texts that come in: believed when signed, kept once, put where they belong, STOP and START minded."""

import threading
from contextvars import Context

import pytest
from flask import Flask
from sqlalchemy import select

from repairshop.customers.service import add_phone
from repairshop.database import db
from repairshop.inbox.models import InboundMessage
from repairshop.inbox.receiving import ArrivedText, receive_text
from repairshop.inbox.rules import Handled, InboundKind
from repairshop.notifications.models import ConsentChange, ContactConsent, OutgoingMessage
from repairshop.notifications.providers import INBOUND_PATH
from repairshop.notifications.rules import Channel, Notice, State
from repairshop.staff.rules import Actor
from repairshop.tickets.models import Ticket
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests import builders
from tests.client import Client
from tests.contract.twilio_standin import Form, Standin

pytestmark = pytest.mark.usefixtures("app_context")
HOME = "https://repair.example.com"
URL = HOME + INBOUND_PATH
CARL = "+447700900123"


@pytest.fixture
def settings(provider_settings: dict[str, str]) -> dict[str, str]:
    return provider_settings


@pytest.fixture
def tess() -> Actor:
    return builders.make_staff(builders.make_shop(undo_window_seconds=0))


class Wire:
    """Carries what the stand-in sends to the application."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def deliver(self, url: str, form: Form, headers: dict[str, str]) -> int:
        client = self.app.test_client()
        assert isinstance(client, Client)
        return client.post(url.removeprefix(HOME), base_url=HOME, data=form, headers=headers).status_code


@pytest.fixture
def wire(app: Flask, standin: Standin) -> Wire:
    wire = Wire(app)
    standin.deliver = wire.deliver
    return wire


def form_of(standin: Standin, **changes: str) -> Form:
    return {
        "MessageSid": "SM7",
        "AccountSid": standin.account_sid,
        "From": CARL,
        "To": "+15005550006",
        "Body": "When is it ready?",
        "NumMedia": "0",
        **changes,
    }


def texts() -> list[InboundMessage]:
    db.session.rollback()
    return list(db.session.scalars(select(InboundMessage).order_by(InboundMessage.id)))


def test_a_customers_text_waits_at_their_newest_open_ticket(
    tess: Actor, standin: Standin, wire: Wire
) -> None:
    builders.make_ticket(tess)
    newest = builders.make_ticket(tess)
    version = builders.get_ticket(newest).version
    db.session.rollback()

    assert standin.send_inbound(URL, sender=CARL, body="When is it ready?") == 204

    (text,) = texts()
    assert text.ticket_id == builders.get_ticket(newest).id
    assert (text.kind, text.handled_at, text.shop_id) == (InboundKind.REPLY, None, tess.shop_id)
    assert builders.get_ticket(newest).version > version


# What of the form and of the signature arrives: None is no header, GOOD the signature of the whole form.
GOOD = "good"
TAMPERED = {
    "none": (URL, {}, None),
    "empty": (URL, {}, ""),
    "made up": (URL, {}, "A" * 28),
    "not ASCII": (URL, {}, "é" * 28),
    "endless": (URL, {}, "=" * 5000),
    "words": (URL, {"Body": "Approve it"}, GOOD),
    "extra field": (URL, {"Extra": "1"}, GOOD),
    "field less": (URL, {"To": None}, GOOD),
    "address": (URL + "?more=1", {}, GOOD),
}


@pytest.mark.parametrize(("url", "changes", "signature"), TAMPERED.values(), ids=TAMPERED)
def test_what_is_not_signed_as_it_stands_is_turned_away(
    tess: Actor, standin: Standin, wire: Wire, url: str, changes: dict[str, str | None], signature: str | None
) -> None:
    builders.make_ticket(tess)
    form = form_of(standin)
    sent = {name: value for name, value in {**form, **changes}.items() if value is not None}
    header = standin.signature(URL, form) if signature == GOOD else signature

    assert wire.deliver(url, sent, {} if header is None else {"X-Twilio-Signature": header}) == 403
    assert texts() == []


def test_a_signature_for_another_host_does_not_fit(tess: Actor, standin: Standin, wire: Wire) -> None:
    form = form_of(standin)
    for url in (f"https://evil.example{INBOUND_PATH}", URL.replace("https:", "http:")):
        headers = {"X-Twilio-Signature": standin.signature(url, form)}
        assert wire.deliver(URL, form, headers) == 403
    assert texts() == []


def test_a_replayed_text_is_kept_once_and_changes_nothing(tess: Actor, standin: Standin, wire: Wire) -> None:
    builders.make_ticket(tess)
    stop = form_of(standin, MessageSid="SM1", Body="STOP")
    headers = {"X-Twilio-Signature": standin.signature(URL, stop)}
    wire.deliver(URL, stop, headers)
    standin.send_inbound(URL, sender=CARL, body="START")

    assert wire.deliver(URL, stop, headers) == 204  # hours later, by somebody who recorded it

    assert len(texts()) == 2
    assert not any(db.session.scalars(select(ContactConsent.opted_out)))


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "changes",
    [
        {"Body": "a\x00b"},
        {"Body": "x" * 40_000},
        {"Body": ""},
        {"From": "x" * 300},
        {"From": "\x00"},
        {"From": "80085"},
        {"From": "whatsapp:+447700900123"},
        {"MessageSid": "S" * 300},
        {"NumMedia": "9" * 30},
        {"NumMedia": "-1", "MediaUrl0": "http://169.254.169.254/latest/meta-data"},
        {"NumMedia": "²"},
        {"OptOutType": "HELP", "Body": "AYUDA"},
        {"Body": "\u202emoc"},
        {"AccountSid": "AC" + "f" * 32},
    ],
    ids=lambda changes: " ".join(f"{name}={value[:12]!r}" for name, value in changes.items()),
)
def test_nothing_a_handset_can_say_breaks_the_door(
    tess: Actor, standin: Standin, wire: Wire, changes: dict[str, str]
) -> None:
    form = form_of(standin, **changes)

    assert wire.deliver(URL, form, {"X-Twilio-Signature": standin.signature(URL, form)}) == 204

    assert len(texts()) <= 1
    assert db.session.scalars(select(OutgoingMessage)).all() == []


def test_a_signed_form_without_its_fields_is_answered_and_dropped(
    tess: Actor, standin: Standin, wire: Wire
) -> None:
    for form in ({}, {"MessageSid": "SM1"}, {"From": CARL}):
        assert wire.deliver(URL, form, {"X-Twilio-Signature": standin.signature(URL, form)}) == 204
    assert texts() == []


def test_pictures_are_counted_and_never_fetched(tess: Actor, standin: Standin, wire: Wire) -> None:
    builders.make_ticket(tess)
    form = form_of(standin, NumMedia="2", MediaUrl0="http://127.0.0.1:9/a", MediaUrl1="file:///etc/passwd")

    assert wire.deliver(URL, form, {"X-Twilio-Signature": standin.signature(URL, form)}) == 204

    (text,) = texts()
    assert text.pictures == 2


def test_stop_and_start_are_kept_with_their_history_and_leave_mail_alone(
    tess: Actor, standin: Standin, wire: Wire
) -> None:
    builders.make_ticket(tess, email="carl@example.com")

    standin.send_inbound(URL, sender=CARL, body="STOP")
    stopped = {row.purpose.value: row.opted_out for row in db.session.scalars(select(ContactConsent))}
    channels = set(db.session.scalars(select(ContactConsent.channel)))
    db.session.rollback()
    standin.send_inbound(URL, sender=CARL, body="start")

    assert stopped == {"service": True, "survey": True, "lifecycle": True}
    assert channels == {Channel.SMS}
    assert not any(db.session.scalars(select(ContactConsent.opted_out)))
    steps = [
        (row.source, row.opted_out)
        for row in db.session.scalars(select(ConsentChange).order_by(ConsentChange.id))
    ]
    assert steps == [("stop", True)] * 3 + [("start", False)] * 3
    assert {text.handled_how for text in texts()} == {Handled.WORD}


def test_a_yes_to_a_quote_approves_nothing_and_waits_for_somebody(
    tess: Actor, standin: Standin, wire: Wire
) -> None:
    reference = builders.make_ticket(tess, stage=Stage.AWAITING_APPROVAL)

    standin.send_inbound(URL, sender=CARL, body="YES")

    (text,) = texts()
    assert (text.kind, text.handled_at) == (InboundKind.REPLY, None)
    assert builders.get_ticket(reference).stage is Stage.AWAITING_APPROVAL


def test_help_in_a_language_of_ours_is_answered_once_however_often_it_comes(
    tess: Actor, standin: Standin, wire: Wire
) -> None:
    builders.make_ticket(tess)
    before = len(db.session.scalars(select(OutgoingMessage)).all())
    db.session.rollback()

    for _ in range(5):
        standin.send_inbound(URL, sender=CARL, body="AYUDA")
    standin.send_inbound(URL, sender=CARL, body="HELP")  # the provider answers it itself

    answers = db.session.scalars(select(OutgoingMessage).where(OutgoingMessage.notice == Notice.HELP)).all()
    assert len(answers) == 1
    assert len(db.session.scalars(select(OutgoingMessage)).all()) == before + 1
    assert (answers[0].recipient, answers[0].state) == (CARL, State.QUEUED)
    assert "STOP" in answers[0].text


@pytest.mark.parametrize(("known", "answers"), [(False, 0), (True, 1)])
def test_a_strangers_help_from_another_country_is_not_answered(
    tess: Actor, standin: Standin, wire: Wire, known: bool, answers: int
) -> None:
    abroad = "+34612345678"
    if known:
        builders.make_ticket(tess, phone=abroad)

    standin.send_inbound(URL, sender=abroad, body="AYUDA")

    query = select(OutgoingMessage).where(OutgoingMessage.notice == Notice.HELP)
    assert len(db.session.scalars(query).all()) == answers


def test_a_removed_number_leads_to_nobody(tess: Actor) -> None:
    reference = builders.make_ticket(tess)
    with transaction():
        customer = builders.get_ticket(reference).visit.customer  # type: ignore[union-attr]
        add_phone(customer, "07700 900456", country="GB")
        customer.contact_points[0].removed_at = builders.datetime.now(builders.UTC)
    with transaction():
        receive_text(ArrivedText(provider_id="SM1", sender=CARL, body="Who is this?"))

    (text,) = texts()
    assert (text.ticket_id, text.customer_id, text.shop_id) == (None, None, tess.shop_id)


def test_a_stranger_of_two_shops_is_nobodys_until_somebody_takes_it(tess: Actor) -> None:
    builders.make_shop("Pixel Hospital")
    with transaction():
        receive_text(ArrivedText(provider_id="SM1", sender=CARL, body="Hello?"))

    (text,) = texts()
    assert text.shop_id is None


@pytest.mark.both_databases
def test_the_same_text_brought_eight_times_at_once_is_kept_once(app: Flask, tess: Actor) -> None:
    reference = builders.make_ticket(tess)
    failures: list[BaseException] = []

    def bring(number: int) -> None:
        try:
            with app.app_context(), transaction():
                receive_text(ArrivedText(provider_id=f"SM{number // 4}", sender=CARL, body="STOP"))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=Context().run, args=(bring, number)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert len(texts()) == 2
    assert len(db.session.scalars(select(ContactConsent)).all()) == 3
    assert len(db.session.scalars(select(ConsentChange)).all()) == 3
    assert db.session.scalars(select(Ticket).where(Ticket.code == reference)).one()
