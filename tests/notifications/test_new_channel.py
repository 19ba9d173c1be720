"""A new channel is a folder and a line: here the folder is pigeon/ beside this, and the fixture the line."""

from collections.abc import Iterator

import pytest
from flask import Flask

from config import Config
from repairshop import wiring
from repairshop.notifications import consent, jobs, service
from repairshop.notifications.channels.listed import CARRIERS
from repairshop.notifications.providers import Providers
from repairshop.notifications.rules import Channel, State
from repairshop.tickets.stages import Verb
from repairshop.transaction import transaction
from tests import builders
from tests.cast import Browser
from tests.notifications.desk import list_attempts, list_messages, move, settle
from tests.notifications.pigeon.channel import CARRIER, LOFTS, PIGEON, Loft, signature

pytestmark = pytest.mark.usefixtures("app_context")
HOME = "http://localhost:8000"
NUMBER = "+447700900123"


@pytest.fixture(autouse=True)
def listed() -> Iterator[None]:
    CARRIERS.append(CARRIER)
    yield
    CARRIERS.remove(CARRIER)
    LOFTS.clear()


@pytest.fixture
def reference(tess: Browser) -> str:
    """A ticket of somebody who asked for pigeons; it has just been checked in."""
    with transaction():
        consent.opt_in(PIGEON, NUMBER, source="staff")
    return builders.make_ticket(tess.actor)


def report(app: Flask, loft: Loft, bird: str, *, ring: str = "ring-1", signed: bool = True) -> int:
    url = loft.callbacks[0]
    headers = {"X-Loft-Signature": signature(url) if signed else "forged"}
    form = {"ring": ring, "bird": bird}
    return app.test_client().post(url.removeprefix(HOME), data=form, headers=headers).status_code


def carried() -> Loft:
    """Deliver what is due; the loft that carried it."""
    assert jobs.deliver(PIGEON) == 1
    return LOFTS[-1]


def let_go() -> None:
    with transaction():
        for row in list_messages(channel=PIGEON):
            row.due_at = row.created_at


@pytest.mark.both_databases
def test_a_notice_is_queued_sent_called_back_and_shown(app: Flask, tess: Browser, reference: str) -> None:
    (message,) = list_messages(channel=PIGEON)
    number = message.facts["tickets"][0]
    assert (message.recipient, message.text) == (NUMBER, f"{number} {message.notice.value} {{link}}")
    let_go()

    loft = carried()
    assert "{link}" not in loft.sent[0].text
    (message,) = list_messages(channel=PIGEON)
    assert (message.state, message.provider, message.provider_id) == (State.SENT, "loft", "ring-1")

    assert report(app, loft, "landed", signed=False) == 403
    assert report(app, loft, "eaten") == 204
    assert report(app, loft, "landed") == 204

    (message,) = list_messages(channel=PIGEON)
    assert message.state is State.DELIVERED
    assert "Pigeon" in tess.get(f"/messages/{message.id}").text
    assert "Pigeon" in tess.get(f"/tickets/{reference}").text


def test_who_asked_for_it_gets_no_text_to_the_same_number_and_the_others_do(
    tess: Browser, reference: str
) -> None:
    assert list_messages(channel=Channel.SMS) == []
    with transaction():
        consent.opt_out(PIGEON, NUMBER, source="staff")

    move(reference, Verb.START_DIAGNOSIS, tess.actor)

    assert len(list_messages(channel=Channel.SMS)) == 1
    assert len(list_messages(channel=PIGEON)) == 1


def test_where_a_pigeon_is_lost_the_number_gets_a_text(app: Flask, tess: Browser, reference: str) -> None:
    let_go()
    loft = carried()

    assert report(app, loft, "lost") == 204

    (text,) = list_messages(channel=Channel.SMS)
    assert text.recipient == NUMBER


def test_a_lost_answer_is_settled_without_a_list(config: Config, tess: Browser, reference: str) -> None:
    let_go()
    with transaction():
        (message,) = list_messages(channel=PIGEON)
        message.state, message.attempt = State.UNKNOWN, "0" * 32

    settle(Providers(config))

    (message,) = list_messages(channel=PIGEON)
    assert (message.state, message.resent) == (State.QUEUED, True)
    assert list_attempts() == []


def test_a_person_rewords_it_as_the_channel_wants(tess: Browser, reference: str) -> None:
    (message,) = list_messages(channel=PIGEON)

    with transaction():
        service.edit_message(message.id, "come and get it", by=tess.actor)

    assert list_messages(channel=PIGEON)[0].text == "COME AND GET IT"


def test_the_worker_gets_a_job_for_it_and_an_unknown_provider_has_no_door(app: Flask) -> None:
    assert "deliver pigeon" in {job.name for job in wiring.delivery_jobs()}
    assert app.test_client().post("/callbacks/nobody/status").status_code == 404
