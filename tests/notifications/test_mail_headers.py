"""What a mail's headers say: one conversation for each visit, and a way out of what is not about a repair."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from flask import Flask
from sqlalchemy import select

from config import Config
from repairshop.database import db
from repairshop.notifications.channels.email.smtp import message_bytes
from repairshop.notifications.consent import opt_in
from repairshop.notifications.delivery import message_to_send
from repairshop.notifications.models import ContactConsent, OutgoingMessage
from repairshop.notifications.providers import Providers
from repairshop.notifications.rules import Channel, Notice, Purpose, State
from repairshop.notifications.service import queue_notice
from repairshop.notifications.unsubscribing import sign_message
from repairshop.staff.rules import Actor
from repairshop.transaction import transaction
from tests import builders
from tests.client import Client
from tests.notifications.desk import GRACE, claim_next

pytestmark = pytest.mark.usefixtures("app_context")
CARL = "carl@example.com"
TO_THE_SHOP = {Notice.STAFF_ALERT, Notice.DAY_HEAD, Notice.DEVICE_LOST, Notice.OLDER_COPY}


@pytest.fixture
def tess() -> Actor:
    return builders.make_staff(builders.make_shop(undo_window_seconds=0))


def queue(reference: str, notice: Notice) -> None:
    with transaction():
        queue_notice(notice, builders.get_ticket(reference), event_key=f"test:{notice}")


def next_mail(config: Config) -> EmailMessage:
    """The next mail that is due, as it would go over the line."""
    claim = claim_next(Channel.EMAIL, lease=GRACE)
    assert claim is not None
    with transaction():
        db.session.get_one(OutgoingMessage, claim.message_id).state = State.SENT
    data = message_bytes(message_to_send(claim, Providers(config)), sender="repairs@example.com")
    message = message_from_bytes(data, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    return message


def test_mails_of_one_visit_are_one_conversation(tess: Actor, config: Config) -> None:
    reference = builders.make_ticket(tess, email=CARL)
    builders.make_ticket(tess, email=CARL)
    first, of_another_visit = next_mail(config), next_mail(config)
    queue(reference, Notice.DIAGNOSING)
    queue(reference, Notice.QUESTION_ANSWERED)

    second, third = next_mail(config), next_mail(config)

    mails = (first, of_another_visit, second, third)
    assert len({mail["Message-ID"] for mail in mails}) == 4
    assert [mail["In-Reply-To"] for mail in (first, of_another_visit)] == [None, None]
    for mail in (second, third):
        assert mail["In-Reply-To"] == mail["References"] == first["Message-ID"]


@pytest.mark.parametrize("notice", [notice for notice in Notice if notice not in TO_THE_SHOP])
def test_only_surveys_and_words_after_a_repair_can_be_ended_by_one_press(
    tess: Actor, config: Config, notice: Notice
) -> None:
    reference = builders.make_ticket(tess, email=CARL)
    next_mail(config)
    with transaction():  # surveys go to the first address that works
        ticket = builders.get_ticket(reference)
        for point in list(ticket.visit.customer.contact_points if ticket.visit else []):
            point.may_notify = point.value == CARL
    queue(reference, notice)

    mail = next_mail(config)

    ends = notice in {Notice.SURVEY, Notice.WARRANTY_ENDS}
    link, press = mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"]
    assert (link is not None, press) == (ends, "List-Unsubscribe=One-Click" if ends else None)
    for part in ("plain", "html"):
        body = mail.get_body((part,))
        assert body is not None
        assert ("/unsubscribe/" in body.get_content()) is ends
        assert "{unsubscribe}" not in body.get_content()
    if ends:
        assert link.startswith("<https://") or link.startswith("<http://")
        assert link.strip("<>") in mail.get_body(("plain",)).get_content()


def survey_token(tess: Actor, config: Config, notice: Notice = Notice.SURVEY) -> str:
    reference = builders.make_ticket(tess, email=CARL)
    queue(reference, notice)
    row = db.session.scalars(select(OutgoingMessage).where(OutgoingMessage.notice == notice)).first()
    assert row is not None
    return sign_message(row.uid, key=config.secret_key)


def wishes() -> list[tuple[Purpose, bool, str]]:
    db.session.rollback()
    rows = db.session.scalars(select(ContactConsent).order_by(ContactConsent.id))
    return [(row.purpose, row.opted_out, row.source) for row in rows]


def test_a_scanner_that_opens_the_link_ends_nothing(app: Flask, tess: Actor, config: Config) -> None:
    token = survey_token(tess, config)

    for method in ("GET", "HEAD"):
        assert app.test_client().open(f"/unsubscribe/{token}", method=method).status_code == 200

    assert wishes() == []


@pytest.mark.both_databases
def test_a_mail_program_ends_surveys_by_one_press_without_cookie_or_token(
    app: Flask, tess: Actor, config: Config
) -> None:
    token, client = survey_token(tess, config), app.test_client(use_cookies=False)
    assert isinstance(client, Client)

    for _ in range(2):
        answer = client.post(f"/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200

    assert wishes() == [(Purpose.SURVEY, True, "unsubscribe")]


def test_the_page_is_one_of_the_shop_in_the_mails_language_and_says_what_has_ended(
    app: Flask, tess: Actor, config: Config
) -> None:
    token, client = survey_token(tess, config), app.test_client()
    with transaction():
        for message in db.session.scalars(select(OutgoingMessage)):
            message.language = "es"

    asked = client.get(f"/unsubscribe/{token}").text
    client.post(f"/unsubscribe/{token}")
    ended = client.get(f"/unsubscribe/{token}").text

    for page in (asked, ended):
        assert '<html lang="es"' in page
        assert "<b>Fixwell</b>" in page
    assert ["<form" in page for page in (asked, ended)] == [True, False]


def test_who_asks_for_them_again_gets_them(app: Flask, tess: Actor, config: Config) -> None:
    token = survey_token(tess, config)
    app.test_client().post(f"/unsubscribe/{token}")
    row = db.session.scalars(select(ContactConsent)).one()

    with transaction():
        opt_in(row.channel, row.recipient, source="staff", purposes=(Purpose.SURVEY,))

    assert wishes() == [(Purpose.SURVEY, False, "staff")]


@pytest.mark.parametrize("spoil", ["forged", "cut", "other", "empty", "service", "umlaut"])
def test_a_token_that_is_not_ours_ends_nothing(app: Flask, tess: Actor, config: Config, spoil: str) -> None:
    good = survey_token(tess, config)
    uid = good.partition(".")[0]
    token = {
        "forged": f"{uid}.{'0' * 32}",
        "cut": good[:-1],
        "other": f"{'0' * 32}.{good.partition('.')[2]}",
        "empty": ".",
        "service": survey_token(tess, config, Notice.READY),
        "umlaut": "ä" + good[1:],
    }[spoil]

    for method in ("GET", "POST"):
        assert app.test_client().open(f"/unsubscribe/{token}", method=method).status_code == 404
    assert wishes() == []
