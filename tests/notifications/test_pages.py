"""What staff see of messages: before a move, on the messages page, in the outbox."""

from dataclasses import replace

import pytest
from flask import Flask

from config import Mode
from repairshop.customers.service import add_phone
from repairshop.database import db
from repairshop.notifications import jobs, operating, previews
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Channel, Notice, State
from repairshop.staff.models import Shop
from repairshop.staff.queries import ShopFacts
from repairshop.tickets.stages import Outcome, Stage, Verb
from repairshop.transaction import transaction
from tests import builders
from tests.cast import Browser
from tests.notifications.desk import list_messages, move, the_message

pytestmark = pytest.mark.usefixtures("app_context")


def test_the_preview_holds_exactly_what_the_move_then_sends_by_text_and_by_mail(tess: Browser) -> None:
    reference = builders.make_ticket(tess.actor, email="carl@example.com")
    before = len(list_messages())

    shown = previews.preview(reference, Verb.START_DIAGNOSIS, by=tess.actor)
    move(reference, Verb.START_DIAGNOSIS, tess.actor)

    sent = list_messages()[before:]
    assert [(planned.channel, planned.recipient) for planned in shown.messages] == [
        (Channel.SMS, "+447700900123"),
        (Channel.EMAIL, "carl@example.com"),
    ]
    assert sorted((message.channel, message.recipient) for message in sent) == sorted(
        (planned.channel, planned.recipient) for planned in shown.messages
    )
    assert {planned.text.replace("•••/t/•••", "{link}") for planned in shown.messages} == {
        message.text for message in sent
    }


@pytest.mark.parametrize("verb", [Verb.FINISH, Verb.RETURN_UNREPAIRED])
def test_the_preview_of_a_release_knows_how_the_work_ended(tess: Browser, verb: Verb) -> None:
    reference = builders.make_ticket(tess.actor, stage=Stage.IN_REPAIR)
    move(reference, verb, tess.actor)

    shown = previews.preview(reference, Verb.RELEASE, by=tess.actor)

    assert shown.notice is (Notice.READY if verb is Verb.FINISH else Notice.READY_UNREPAIRED)


def test_a_verbs_page_shows_the_text_and_who_gets_nothing(tess: Browser) -> None:
    reference = builders.make_ticket(tess.actor, stage=Stage.APPROVED)
    with transaction():
        ticket = builders.get_ticket(reference)
        assert ticket.visit is not None
        add_phone(ticket.visit.customer, "07700 900456", country="GB")

    page = tess.get(f"/tickets/{reference}/start-repair").text

    assert "This will be sent" in page
    assert "Fixwell: R-1, your phone is on the bench." in page
    assert "Not to +44 7700 900456: only if the first one fails" in page
    assert "+44 7700 900123" in page


def test_a_waiting_text_is_edited_until_it_goes(tess: Browser) -> None:
    reference = builders.make_ticket(tess.actor, stage=Stage.APPROVED)
    move(reference, Verb.START_REPAIR, tess.actor)
    message = list_messages()[-1]

    assert "{link}" in tess.get(f"/messages/{message.id}").text
    tess.send(f"/messages/{message.id}/edit", {"text": "Carl, Tess has your phone on the bench: {link}"})

    assert list_messages()[-1].text == "Carl, Tess has your phone on the bench: {link}"


def test_an_empty_text_comes_back_with_a_sentence(tess: Browser) -> None:
    builders.make_ticket(tess.actor)

    answer = tess.send(f"/messages/{the_message().id}/edit", {"text": "  "})

    assert answer.status_code == 422
    assert "Write the words of the message" in answer.text


def test_a_text_that_has_left_cannot_be_edited_any_more(tess: Browser) -> None:
    builders.make_ticket(tess.actor)
    with transaction():
        db.session.get_one(OutgoingMessage, the_message().id).state = State.SENT

    answer = tess.send(f"/messages/{the_message().id}/edit", {"text": "Too late"})

    assert answer.status_code == 422
    assert "has left already" in answer.text


def test_texts_reach_the_outbox_page_where_no_provider_is_set_up(tess: Browser) -> None:
    builders.make_ticket(tess.actor)

    assert jobs.deliver(Channel.SMS) == 1

    message = the_message()
    assert (message.state, message.provider, message.channel) == (State.SENT, "outbox", Channel.SMS)
    page = tess.get("/outbox").text
    assert "we have your phone, R-1" in page
    assert "no provider is set up" in page
    assert "{link}" not in page


def test_the_outbox_leads_to_the_customers_own_page(tess: Browser) -> None:
    builders.make_ticket(tess.actor)
    jobs.deliver(Channel.SMS)

    answer = tess.send(f"/outbox/{the_message().id}/open")

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("http://localhost:8000/t/")


def test_no_staff_become_the_customer_of_a_real_shop(tess: Browser, app: Flask) -> None:
    config = app.extensions["repairshop_config"]
    builders.make_ticket(tess.actor)
    jobs.deliver(Channel.SMS)
    path = f"/outbox/{the_message().id}/open"
    app.extensions["repairshop_config"] = replace(config, mode=Mode.PRODUCTION)
    try:
        answer, page = tess.send(path), tess.get("/outbox").text
    finally:
        app.extensions["repairshop_config"] = config

    assert answer.status_code == 404
    assert "Open as the customer" not in page
    assert "Open as the customer" in tess.get("/outbox").text


def test_a_link_of_a_message_that_really_went_out_is_shown_to_nobody(tess: Browser) -> None:
    builders.make_ticket(tess.actor)
    with transaction():
        message = db.session.get_one(OutgoingMessage, the_message().id)
        message.state, message.provider = State.SENT, "twilio"

    assert tess.send(f"/outbox/{message.id}/open").status_code == 404


def test_a_demo_shop_writes_to_the_outbox_even_with_a_provider(
    tess: Browser, shop: ShopFacts, settings: dict[str, str]
) -> None:
    from config import load_config
    from repairshop.notifications.providers import Providers
    from repairshop.notifications.rules import OutboxReason

    real = load_config(
        settings
        | {
            "PUBLIC_URL": "https://repair.example.com",
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "secret",
            "TWILIO_FROM": "+15005550006",
        }
    )

    assert Providers(real).why_outbox(Channel.SMS, is_demo=True) is OutboxReason.DEMO_SHOP
    assert Providers(real).gateway(Channel.SMS, is_demo=True).name == "outbox"
    assert Providers(real).gateway(Channel.SMS, is_demo=False).name == "twilio"


def test_held_messages_wait_for_somebody_after_a_restore(frank: Browser) -> None:
    builders.make_ticket(frank.actor)
    with transaction():
        assert operating.hold_everything(by=frank.actor) == 1

    assert jobs.release_held() == 0
    assert jobs.deliver(Channel.SMS) == 0
    page = frank.get(f"/messages/troubles/{the_message().id}").text
    assert "Send it now" in page
    assert "1 message is held, because it may have gone already." in page
    assert "It may have gone already: the database was put back" in page
    assert "It may have gone already" in frank.get(f"/messages/{the_message().id}").text
    frank.send(f"/messages/{the_message().id}/release")

    assert jobs.deliver(Channel.SMS) == 1
    assert "put back" not in frank.get("/messages").text


def test_a_text_of_the_night_waits_for_the_morning_without_yesterdays_dates(
    tess: Browser, shop: ShopFacts, morning: object
) -> None:
    from datetime import UTC, date, datetime

    from repairshop.tickets import service as tickets
    from repairshop.tickets.rules import MoveFacts

    reference = builders.make_ticket(tess.actor, stage=Stage.APPROVED, email=None)
    morning.move_to(datetime(2026, 3, 4, 23, 0, tzinfo=UTC))  # type: ignore[attr-defined]
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=tess.actor)
        facts = MoveFacts(promised_to=date(2026, 3, 4))
        tickets.move_ticket(ticket, Verb.START_REPAIR, by=tess.actor, facts=facts)
    message = list_messages()[-1]
    assert message.state is State.HELD
    assert "Ready by Wed 4 Mar" in message.text
    assert jobs.release_held() == 0

    morning.move_to(datetime(2026, 3, 5, 8, 0, 1, tzinfo=UTC))  # type: ignore[attr-defined]
    assert jobs.release_held() == 1

    message = list_messages()[-1]
    assert message.state is State.QUEUED
    assert "Ready by" not in message.text
    assert "Ready by Wed 4 Mar" in message.first_text


def test_what_somebody_releases_days_later_names_no_date_that_has_passed(
    tess: Browser, shop: ShopFacts, morning: object
) -> None:
    from datetime import UTC, date, datetime

    from repairshop.tickets import service as tickets
    from repairshop.tickets.rules import MoveFacts

    reference = builders.make_ticket(tess.actor, stage=Stage.APPROVED, email=None)
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=tess.actor)
        facts = MoveFacts(promised_to=date(2026, 3, 4))
        tickets.move_ticket(ticket, Verb.START_REPAIR, by=tess.actor, facts=facts)
        operating.hold_everything(by=tess.actor)
    number = list_messages()[-1].id
    assert "Ready by Wed 4 Mar" in list_messages()[-1].text

    morning.move_to(datetime(2026, 3, 6, 10, 0, tzinfo=UTC))  # type: ignore[attr-defined]
    with transaction():
        operating.release_message(number, by=tess.actor)

    message = list_messages()[-1]
    assert message.state is State.QUEUED
    assert "Ready by" not in message.text
    assert "Ready by Wed 4 Mar" in message.first_text


def test_a_call_that_is_due_goes_to_the_page_of_people(tess: Browser) -> None:
    builders.make_ticket(tess.actor, phone=None, email=None)

    assert jobs.raise_calls() == 1

    message = the_message()
    assert (message.channel, message.state) == (Channel.CALL, State.NEEDS_HUMAN)
    assert "Nobody can be reached" in tess.get(f"/messages/troubles/{message.id}").text


def test_the_undo_window_of_a_shop_is_what_staff_moves_wait_for(tess: Browser, shop: ShopFacts) -> None:
    with transaction():
        db.session.get_one(Shop, shop.id).undo_window_seconds = 90
    reference = builders.make_ticket(tess.actor, stage=Stage.APPROVED)

    move(reference, Verb.START_REPAIR, tess.actor)

    message = list_messages()[-1]
    assert 89 < (message.send_after - message.created_at).total_seconds() <= 90
    assert jobs.deliver(Channel.SMS) <= 1
    assert list_messages()[-1].state is State.QUEUED


def test_declined_work_is_not_called_repaired() -> None:
    from repairshop.notifications.rules import notice_for_move

    said = {
        outcome: notice_for_move(Verb.RELEASE, target=Stage.READY, outcome=outcome)
        for outcome in (Outcome.REPAIRED, Outcome.DECLINED, Outcome.NO_FAULT_FOUND)
    }

    assert said == {
        Outcome.REPAIRED: Notice.READY,
        Outcome.DECLINED: Notice.READY_UNREPAIRED,
        Outcome.NO_FAULT_FOUND: Notice.READY_UNREPAIRED,
    }
