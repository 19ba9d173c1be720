"""What customers want to hear: seen and changed by staff, with who and why; a STOP stays the phone's own."""

import pytest
from sqlalchemy import select

from repairshop.database import db
from repairshop.notifications import consent
from repairshop.notifications.models import ConsentChange
from repairshop.notifications.rules import Channel, Purpose
from repairshop.retention.service import erase_customer
from repairshop.tickets.models import Ticket
from repairshop.tickets.rules import Holder
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests import builders
from tests.cast import Browser
from tests.inbox.desk import CARL, text_from

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def paths(frank: Browser) -> tuple[str, str, str]:
    """The page of Carl's wishes, and the forms of his number and of his address."""
    reference = builders.make_ticket(frank.actor, email="carl@example.com")
    customer = builders.get_ticket(reference).visit.customer  # type: ignore[union-attr]
    page = f"/customers/{customer.id}/wishes"
    phone, mail = (f"{page}/{point.id}" for point in customer.contact_points)
    db.session.rollback()
    return page, phone, mail


def wants(channel: Channel, address: str) -> dict[Purpose, bool]:
    rows = consent.list_consents([(channel, address)])
    db.session.rollback()
    return {row.purpose: not row.opted_out for row in rows}


def test_staff_write_down_what_a_customer_told_them_with_who_and_why(
    frank: Browser, paths: tuple[str, str, str]
) -> None:
    page, _, mail = paths

    sent = frank.send(mail, {"service": "y", "reason": "On the phone: no surveys, please"})

    assert sent.status_code == 302
    assert wants(Channel.EMAIL, "carl@example.com") == {
        Purpose.SERVICE: True,
        Purpose.SURVEY: False,
        Purpose.LIFECYCLE: False,
    }
    shown = frank.get(page).text
    assert "No more: A question how it was, Reminders afterwards" in shown
    assert "On the phone: no surveys, please" in shown
    assert "Frank" in shown
    assert wants(Channel.SMS, CARL)[Purpose.SURVEY]


def test_a_change_needs_a_reason(frank: Browser, paths: tuple[str, str, str]) -> None:
    _, phone, _ = paths

    refused = frank.send(phone, {"service": "y"})
    unchanged = frank.send(phone, {"service": "y", "survey": "y", "lifecycle": "y"})

    assert refused.status_code == 422
    assert "Write down who said so, and how" in refused.text
    assert unchanged.status_code == 302
    assert db.session.scalars(select(ConsentChange)).all() == []


def test_a_stop_is_taken_back_by_the_phone_alone(frank: Browser, paths: tuple[str, str, str]) -> None:
    page, phone, _ = paths
    text_from(CARL, "STOP")

    refused = frank.send(phone, {"service": "y", "survey": "y", "reason": "She said so"})

    assert refused.status_code == 422
    assert "Only a text START from it" in refused.text
    assert not any(wants(Channel.SMS, CARL).values())
    assert all(wants(Channel.EMAIL, "carl@example.com").values())
    assert "they texted STOP" in frank.get(page).text
    text_from(CARL, "START")
    assert all(wants(Channel.SMS, CARL).values())


def test_the_providers_word_is_a_stop_too(paths: tuple[str, str, str], frank: Browser) -> None:
    page, phone, _ = paths
    with transaction():
        consent.opt_out(Channel.SMS, CARL, source="provider")

    assert frank.send(phone, {"service": "y", "reason": "x"}).status_code == 422
    assert "the provider says they sent STOP" in frank.get(page).text


def test_what_staff_stopped_staff_bring_back(frank: Browser, paths: tuple[str, str, str]) -> None:
    _, phone, _ = paths
    frank.send(phone, {"reason": "Calls only"})
    assert not any(wants(Channel.SMS, CARL).values())

    frank.send(phone, {"service": "y", "reason": "Texts again, at the counter"})

    assert wants(Channel.SMS, CARL)[Purpose.SERVICE]
    steps = db.session.execute(select(ConsentChange.opted_out, ConsentChange.reason)).all()
    assert steps[-1] == (False, "Texts again, at the counter")


def test_the_persons_page_says_that_a_number_is_stopped(frank: Browser, paths: tuple[str, str, str]) -> None:
    page, *_ = paths
    text_from(CARL, "STOP")

    assert "They texted STOP" in frank.get(page.removesuffix("/wishes")).text


def test_another_shops_customer_has_no_such_page(theo: Browser, paths: tuple[str, str, str]) -> None:
    for path in paths:
        assert theo.get(path).status_code == 404


def test_the_words_typed_go_with_the_person_and_the_stop_stays(
    frank: Browser, paths: tuple[str, str, str]
) -> None:
    page, _, mail = paths
    frank.send(mail, {"service": "y", "reason": "Carl said on the phone"})
    text_from(CARL, "STOP")
    customer_id = int(page.split("/")[2])
    with transaction():
        ticket = builders.get_ticket(db.session.scalars(select(Ticket.code)).one())
        ticket.stage, ticket.holder = Stage.HANDED_OVER, Holder.CUSTOMER
    with transaction():
        erase_customer(customer_id, by=frank.actor)

    assert not any(wants(Channel.SMS, CARL).values())
    assert set(db.session.scalars(select(ConsentChange.reason))) <= {""}
