"""The stand-in holds itself and our calls to Twilio's published description."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests

from repairshop.notifications.channels.gateways import (
    AnswerLost,
    ListUnavailable,
    MessageToSend,
    NotAccepted,
    Verdict,
)
from repairshop.notifications.channels.sms import twilio
from repairshop.notifications.channels.sms.codes import verdict_of
from repairshop.notifications.channels.sms.twilio import TwilioGateway
from tests.contract.description import (
    FILE,
    Answer,
    Call,
    NotAsDescribed,
    described_fields,
    require_described_answer,
    require_described_call,
)
from tests.contract.faults import Fault
from tests.contract.messages import Store
from tests.contract.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, SENDER, Standin, running

PATH = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
CARL = "+447700900123"


def call(**fields: str) -> Call:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Basic eA=="}
    return Call(method="POST", path=PATH, headers=headers, body=urlencode(fields).encode())


@pytest.fixture
def standin():
    with running(Standin(send_callbacks=False)) as standin:
        yield standin


@pytest.fixture
def gateway(standin: Standin) -> TwilioGateway:
    return TwilioGateway(account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN, sender=SENDER, api_base=standin.url)


def text(to: str = CARL, body: str = "Your phone is ready.") -> MessageToSend:
    return MessageToSend(
        to=to, text=body, attempt="a", valid_seconds=3600, dated=datetime(2026, 3, 4, tzinfo=UTC)
    )


def test_the_description_holds_facts_and_names_its_source() -> None:
    document = json.loads(FILE.read_text())

    source = document["info"]["x-source"]
    assert source["licence"].startswith("MIT")
    assert len(source["commit"]) == 40
    assert "ValidityPeriod" in described_fields()
    assert not prose_in(document["paths"])
    assert not prose_in(document["components"])


def prose_in(node: object) -> list[object]:
    """Sentences and examples, wherever they are."""
    if isinstance(node, list):
        return [found for item in node for found in prose_in(item)]
    if not isinstance(node, dict):
        return []
    found: list[object] = [node[key] for key in ("example", "examples", "summary") if key in node]
    description = node.get("description")
    if isinstance(description, str) and description not in {"Created", "OK", "No Content"}:
        found.append(description)
    return found + [inner for value in node.values() for inner in prose_in(value)]


@pytest.mark.parametrize(
    "fields",
    [
        {"Body": "no recipient"},
        {"To": CARL, "ValidityPeriod": "soon"},
        {"To": CARL, "StatusCallback": "repair.example.com/status"},
        {"To": CARL, "StatusCallback": "https://repair_shop.example.com/status"},
        {"To": CARL, "RiskCheck": "maybe"},
        {"To": CARL, "MessagingServiceSid": "MG1"},
        {"To": CARL, "Bodytext": "no such field"},
    ],
)
def test_a_call_that_is_not_as_described_is_caught(fields: dict[str, str]) -> None:
    with pytest.raises(NotAsDescribed):
        require_described_call(call(**fields))


def test_an_answer_that_is_not_as_described_is_caught() -> None:
    good = Store().accept(account_sid=ACCOUNT_SID, form={"To": CARL, "Body": "x"}).document()
    require_described_answer(call(To=CARL), Answer(status_code=201, document=good))

    for wrong in ({"status": "flying"}, {"sid": "XX1"}, {"error_code": "none"}):
        with pytest.raises(NotAsDescribed):
            require_described_answer(call(To=CARL), Answer(status_code=201, document=good | wrong))


def test_a_standin_that_breaks_the_description_says_so(standin: Standin, gateway: TwilioGateway) -> None:
    standin.store.accept(account_sid=ACCOUNT_SID, form={"To": CARL, "Body": "x"}).status = "flying"

    with pytest.raises(ListUnavailable):
        gateway.list_sent(to=CARL, since=datetime.now(UTC))

    assert standin.breaches


def test_a_wrong_token_opens_nothing(standin: Standin) -> None:
    answer = requests.get(standin.url + PATH, auth=(ACCOUNT_SID, "guess"), timeout=5)

    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_a_text_is_sent_listed_and_read_back(standin: Standin, gateway: TwilioGateway) -> None:
    accepted = gateway.send(text(body="¿Está listo? €5"))

    (listed,) = gateway.list_sent(to=CARL, since=datetime.now(UTC))
    (kept,) = standin.ledger
    assert listed.provider_id == accepted.provider_id == kept.sid
    assert listed.body == kept.body == "¿Está listo? €5"
    assert standin.breaches == []


def test_the_list_is_asked_for_the_number_with_its_plus(standin: Standin, gateway: TwilioGateway) -> None:
    gateway.send(text(to="+15550100001"))
    gateway.send(text(to=CARL))

    assert [
        len(gateway.list_sent(to=number, since=datetime.now(UTC))) for number in (CARL, "+15550100001")
    ] == [
        1,
        1,
    ]


def test_the_list_goes_over_pages_and_ends_where_it_gets_old(
    standin: Standin, gateway: TwilioGateway
) -> None:
    for number in range(120):
        message = standin.store.accept(account_sid=ACCOUNT_SID, form={"To": CARL, "Body": str(number)})
        message.created = time.time() - (120 - number) * 60

    all_of_them = gateway.list_sent(to=CARL, since=datetime.now(UTC) - timedelta(hours=3))
    newest = gateway.list_sent(to=CARL, since=datetime.now(UTC) - timedelta(minutes=10))

    assert [text.body for text in all_of_them] == [str(number) for number in reversed(range(120))]
    assert 24 <= len(newest) <= 26


def test_what_customers_texted_is_not_taken_for_ours(standin: Standin, gateway: TwilioGateway) -> None:
    standin.store.receive(account_sid=ACCOUNT_SID, sender=SENDER, to=CARL, body="Hello")

    assert gateway.list_sent(to=CARL, since=datetime.now(UTC)) == []


def test_a_lagging_list_shows_nothing_yet(standin: Standin, gateway: TwilioGateway) -> None:
    gateway.send(text())
    standin.faults.list_lag_seconds = 60

    assert gateway.list_sent(to=CARL, since=datetime.now(UTC)) == []


@pytest.mark.parametrize(
    ("fault", "code", "status", "verdict"),
    [
        (Fault.RATE_LIMITED, 0, 0, Verdict.RETRY),
        (Fault.REFUSED, 21211, 400, Verdict.PERMANENT),
        (Fault.REFUSED, 21610, 400, Verdict.OPTED_OUT),
        (Fault.REFUSED, 30007, 400, Verdict.PERMANENT),
        (Fault.REFUSED, 21408, 400, Verdict.SETUP),
        (Fault.REFUSED, 20003, 401, Verdict.SETUP),
        (Fault.REFUSED, 99999, 403, Verdict.SETUP),
        (Fault.REFUSED, 99999, 400, Verdict.PERMANENT),
    ],
)
def test_a_refusal_says_whether_trying_again_can_help(
    standin: Standin, gateway: TwilioGateway, fault: Fault, code: int, status: int, verdict: Verdict
) -> None:
    standin.faults.next(fault, code=code, status=status)

    with pytest.raises(NotAccepted) as caught:
        gateway.send(text())

    assert caught.value.verdict is verdict
    assert standin.ledger == []


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_an_answer_from_something_in_between_proves_nothing(status: int) -> None:
    assert verdict_of(status=status, code=status) is None


@pytest.mark.parametrize(
    "fault", [fault for fault in Fault if fault not in {Fault.RATE_LIMITED, Fault.REFUSED}]
)
def test_a_lost_answer_is_never_taken_for_a_refusal_and_never_sent_again(
    standin: Standin, gateway: TwilioGateway, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio, "READ_SECONDS", 0.5)
    gateway.send(text(body="The connection is kept from here on"))
    standin.faults.late_seconds = 3  # far beyond what a busy machine adds to the half second
    standin.faults.next(fault)

    with pytest.raises(AnswerLost):
        gateway.send(text())

    assert standin.posts == 2


def test_a_kept_connection_that_was_closed_meanwhile_does_no_harm(gateway: TwilioGateway) -> None:
    with running() as first:
        gateway._api_base = first.url
        gateway.send(text())

    with pytest.raises(NotAccepted) as caught:
        gateway.send(text())

    assert caught.value.verdict is Verdict.RETRY


def test_opted_out_numbers_are_refused_until_they_start_again(
    standin: Standin, gateway: TwilioGateway
) -> None:
    standin.store.receive(account_sid=ACCOUNT_SID, sender=CARL, to=SENDER, body="STOP")

    with pytest.raises(NotAccepted) as caught:
        gateway.send(text())
    standin.store.receive(account_sid=ACCOUNT_SID, sender=CARL, to=SENDER, body="START")

    assert caught.value.verdict is Verdict.OPTED_OUT
    assert gateway.send(text()).provider_id


def test_the_description_can_be_made_again_from_twilios_own_file(tmp_path: Path) -> None:
    """Reducing what is already reduced changes nothing: only facts are left."""
    from script.reduce_twilio import PATHS, reduce_description

    document = json.loads(FILE.read_text())

    again = reduce_description(document)

    assert list(again["paths"]) == list(PATHS)
    assert again["components"] == document["components"]
    assert again["paths"] == document["paths"]
