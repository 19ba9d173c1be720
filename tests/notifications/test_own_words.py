"""A shop's own words on their way: filled like ours, and a test goes out through the provider, marked."""

import pytest

from repairshop import clock
from repairshop.database import db
from repairshop.notifications.filling import OwnWords
from repairshop.notifications.providers import Providers
from repairshop.notifications.rules import Channel, State
from repairshop.notifications.texts import render_words
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor, Role
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from repairshop.wording.models import OwnNumber
from repairshop.wording.queries import example_facts
from repairshop.wording.service import TextName, save_text, send_test
from tests import builders
from tests.contract.twilio_standin import Standin
from tests.notifications.desk import deliver_all, the_message

WORDS = OwnWords(text="{shop}: {ticket}, come and fetch your {device}. {link}")
NAME = TextName(key="received", channel=Channel.SMS, language="en")


@pytest.fixture
def settings(provider_settings: dict[str, str]) -> dict[str, str]:
    return provider_settings


@pytest.fixture
def mira() -> Actor:
    return builders.make_staff(builders.make_shop(undo_window_seconds=0), Role.MANAGER, first_name="Mira")


@pytest.mark.usefixtures("app_context")
def test_own_words_reach_the_phone_with_link_and_price(
    mira: Actor, providers: Providers, standin: Standin
) -> None:
    with transaction():
        save_text(NAME, WORDS, by=mira, expected_version=None)
        db.session.get_one(Shop, mira.shop_id).part_prices = {"GB": 407}
    builders.make_ticket(mira, stage=Stage.RECEIVED)

    deliver_all(providers)

    message = the_message()
    assert standin.ledger[0].body.startswith(
        "Fixwell: R-1, come and fetch your phone. https://repair.example.com/t/"
    )
    assert (message.state, message.parts, message.cost_hundredths) == (State.SENT, 1, 407)


@pytest.mark.usefixtures("app_context")
def test_a_test_takes_the_way_of_every_message_and_says_that_it_is_one(
    mira: Actor, providers: Providers, standin: Standin
) -> None:
    with transaction():
        at = clock.now()
        db.session.add(OwnNumber(staff_id=mira.staff_id, number="+447700900999", sent_at=at, proved_at=at))
        facts = example_facts(mira.shop_id, "received")
        words = render_words(WORDS, "received", Channel.SMS, facts, language="en")
        link = "https://repair.example.com/t/TEST"
        send_test(NAME, words, facts, number="07700 900999", link=link, by=mira)

    deliver_all(providers)

    (sent,) = standin.ledger
    assert sent.to == "+447700900999"
    assert sent.body == f"TEST Fixwell: R-1024, come and fetch your phone. {link}"
    assert the_message().ticket_id is None
