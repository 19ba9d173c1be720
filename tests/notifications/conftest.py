"""The clock of these tests stands at ten in the morning: at night texts would be held."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from config import Config
from repairshop.notifications import marks
from repairshop.notifications.channels.sms import twilio
from repairshop.notifications.jobs import STOPPING
from repairshop.notifications.providers import Providers
from tests.contract.twilio_standin import SENDER, Standin, running
from tests.notifications.desk import follow_the_clock

MORNING = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def morning() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MORNING, tick=True) as traveller:
        yield traveller


@pytest.fixture
def one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Delivery by the tests' clock on PostgreSQL too, whose own does not stand in the morning."""
    follow_the_clock(monkeypatch)


@pytest.fixture
def quick_time_outs(monkeypatch: pytest.MonkeyPatch) -> None:
    """For providers that never answer."""
    monkeypatch.setattr(twilio, "READ_SECONDS", 0.25)
    follow_the_clock(monkeypatch)


@pytest.fixture(autouse=True)
def no_worker() -> Iterator[None]:
    """Whatever a test made of this process, the next one's is no worker, nor one that stops."""
    yield
    marks.end_watching()
    STOPPING.clear()


@pytest.fixture
def providers(config: Config) -> Iterator[Providers]:
    """The gateways that the test's settings name."""
    providers = Providers(config)
    yield providers
    providers.close()


@pytest.fixture
def standin() -> Iterator[Standin]:
    """Twilio's stand-in on a free port; callbacks are sent only where a test does it."""
    with running(Standin(send_callbacks=False)) as standin:
        yield standin
        assert standin.breaches == []


@pytest.fixture
def provider_settings(settings: dict[str, str], standin: Standin) -> dict[str, str]:
    """The environment of an installation whose texts go to the stand-in."""
    return settings | {
        "PUBLIC_URL": "https://repair.example.com",
        "TWILIO_ACCOUNT_SID": standin.account_sid,
        "TWILIO_AUTH_TOKEN": standin.auth_token,
        "TWILIO_FROM": SENDER,
        "TWILIO_API_BASE": standin.url,
        "NOTICE_GRACE_SECONDS": "60",
    }
