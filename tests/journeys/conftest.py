"""The shop floor of the stories: people at their browsers, the worker, the stand-in, a mail server."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from aiosmtpd.controller import Controller
from flask import Flask

from repairshop.catalogue.service import load_catalogue
from repairshop.staff.queries import ShopFacts
from repairshop.transaction import transaction
from tests.cast import Browser
from tests.contract.twilio_standin import SENDER, Standin, running
from tests.journeys.floor import Floor, Mailbox
from tests.notifications.desk import follow_the_clock
from tests.services import free_port

WEDNESDAY = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def morning(monkeypatch: pytest.MonkeyPatch) -> Iterator[time_machine.Traveller]:
    follow_the_clock(monkeypatch)
    with time_machine.travel(WEDNESDAY, tick=True) as traveller:
        yield traveller


@pytest.fixture
def standin() -> Iterator[Standin]:
    with running(Standin(send_callbacks=False)) as standin:
        yield standin
        assert standin.breaches == []


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    mailbox.address = f"smtp://127.0.0.1:{controller.port}"
    yield mailbox
    controller.stop()


@pytest.fixture
def settings(settings: dict[str, str], standin: Standin, mailbox: Mailbox) -> dict[str, str]:
    return settings | {
        "PUBLIC_URL": "https://repair.example.com",
        "TWILIO_ACCOUNT_SID": standin.account_sid,
        "TWILIO_AUTH_TOKEN": standin.auth_token,
        "TWILIO_FROM": SENDER,
        "TWILIO_API_BASE": standin.url,
        "SMTP_URL": mailbox.address,
        "MAIL_FROM": "repairs@example.com",
        "NOTICE_GRACE_SECONDS": "60",
    }


@pytest.fixture
def floor(
    app: Flask,
    shop: ShopFacts,
    frank: Browser,
    tess: Browser,
    mira: Browser,
    standin: Standin,
    mailbox: Mailbox,
    morning: time_machine.Traveller,
) -> Floor:
    with app.app_context(), transaction():
        load_catalogue()
    people = {"frank": frank, "tess": tess, "mira": mira}
    return Floor(app=app, people=people, standin=standin, mailbox=mailbox, clock=morning)
