"""A ticket before its quote, and one whose quote waits for an answer."""

import pytest
from flask import Flask

from repairshop.tickets.stages import Stage
from tests.builders import make_ticket
from tests.cast import Browser
from tests.quotes.builders import quoted_ticket


@pytest.fixture
def ticket(app: Flask, tess: Browser) -> str:
    with app.app_context():
        return make_ticket(tess.actor, stage=Stage.DIAGNOSING)


@pytest.fixture
def quoted(app: Flask, tess: Browser) -> str:
    with app.app_context():
        return quoted_ticket(tess.actor)
