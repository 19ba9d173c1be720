"""A person who is erased is gone from the messages too."""

import pytest
from sqlalchemy import select

from repairshop.database import db
from repairshop.inbox.models import InboundMessage
from repairshop.inbox.receiving import ArrivedText, receive_text
from repairshop.notifications import consent
from repairshop.notifications.models import ContactConsent
from repairshop.notifications.rules import Channel, State
from repairshop.retention.service import erase_customer
from repairshop.tickets.rules import Holder
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from tests import builders
from tests.notifications.desk import list_messages, move

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.mark.both_databases
def test_words_and_addresses_go_and_what_waits_never_goes() -> None:
    tess = builders.make_staff(builders.make_shop())
    reference = builders.make_ticket(tess, stage=Stage.APPROVED, name="Carl Cooper")
    move(reference, Verb.START_REPAIR, tess)
    ticket = builders.get_ticket(reference)
    assert ticket.visit
    customer_id = ticket.visit.customer_id
    with transaction():
        receive_text(ArrivedText(provider_id="SM1", sender="+447700900123", body="Carl here"))
        consent.opt_out(Channel.SMS, "+447700900123", source="staff")

    with transaction():
        ticket = builders.get_ticket(reference)
        ticket.stage, ticket.holder = Stage.HANDED_OVER, Holder.CUSTOMER
    with transaction():
        erase_customer(customer_id, by=tess)

    messages = list_messages()
    assert {message.state for message in messages} <= {State.WITHDRAWN, State.SUPERSEDED}
    assert {(message.text, message.html, message.subject, str(message.facts)) for message in messages} == {
        ("", "", "", "{}")
    }
    assert all(message.recipient == f"erased-{message.id}" for message in messages)
    assert db.session.execute(select(InboundMessage.sender, InboundMessage.body)).one() == ("", "")
    assert db.session.scalars(select(ContactConsent.recipient)).first() == "+447700900123"
