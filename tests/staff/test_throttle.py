"""Guessing passwords gets slow, and nobody is locked out for good."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from repairshop.clock import now
from repairshop.database import db
from repairshop.staff.models import SignInAttempt
from repairshop.staff.rules import ACCOUNT_THROTTLE, ADDRESS_THROTTLE
from repairshop.staff.throttle import account_subject, begin_attempt
from repairshop.transaction import transaction
from tests.cast import PASSWORD, Browser


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (4, 0), (5, 1), (6, 2), (9, 16), (14, 512), (15, 900), (1_000_000, 900)]
)
def test_the_wait_doubles_and_ends_at_a_quarter_of_an_hour(failures: int, seconds: int) -> None:
    assert ACCOUNT_THROTTLE.wait(failures) == timedelta(seconds=seconds)


def test_an_address_with_many_people_behind_it_has_more_tries() -> None:
    assert ADDRESS_THROTTLE.wait(29) == timedelta(0)
    assert ADDRESS_THROTTLE.wait(31) == timedelta(seconds=2)


def test_after_five_wrong_passwords_the_right_one_waits_too(
    app: Flask, olga: Browser, anonymous: Browser
) -> None:
    at = now()
    with time_machine.travel(at, tick=False):  # hashing takes longer than the wait on a busy machine
        for _ in range(5):
            anonymous.send("/sign-in", {"email": olga.email, "password": "wrong"})
        at_once = anonymous.send("/sign-in", {"email": olga.email, "password": PASSWORD})
    with time_machine.travel(at + timedelta(seconds=2), tick=False):
        later = anonymous.send("/sign-in", {"email": olga.email, "password": PASSWORD})

    assert (at_once.status_code, later.status_code) == (200, 302)


def test_unknown_accounts_are_slowed_alike(anonymous: Browser, app: Flask) -> None:
    with app.app_context():
        answers = []
        for _ in range(6):
            with transaction():
                answers.append(begin_attempt([account_subject("nobody@example.com")], now=now()))

    assert answers == [True] * 5 + [False]


def test_a_stranger_does_not_slow_a_browser_the_owner_signed_in_with_before(
    app: Flask, olga: Browser, anonymous: Browser
) -> None:
    hers = Browser(app, app.response_class)
    hers.send("/sign-in", {"email": olga.email, "password": PASSWORD})
    hers.send("/sign-out")
    for _ in range(8):
        anonymous.send("/sign-in", {"email": olga.email, "password": "wrong"})

    response = hers.send("/sign-in", {"email": olga.email, "password": PASSWORD})

    assert response.status_code == 302


def test_one_good_account_does_not_wash_away_guesses_at_others(
    app: Flask, olga: Browser, frank: Browser, anonymous: Browser
) -> None:
    guesses = 0
    for number in range(33):
        anonymous.send("/sign-in", {"email": f"guess{number}@example.com", "password": "wrong"})
        if number % 10 == 9:
            Browser(app, app.response_class).send("/sign-in", {"email": frank.email, "password": PASSWORD})
        guesses += 1

    response = anonymous.send("/sign-in", {"email": olga.email, "password": PASSWORD})

    assert guesses == 33
    assert response.status_code == 200


def test_typing_the_password_again_is_throttled_like_signing_in(frank: Browser) -> None:
    with time_machine.travel(now(), tick=False):
        for _ in range(5):
            frank.send("/sign-in/again", {"password": "wrong"})
        response = frank.send("/sign-in/again", {"password": PASSWORD})

    assert response.status_code == 200


def test_old_failures_are_forgotten(app: Flask) -> None:
    subject = account_subject("nobody@example.com")
    with app.app_context():
        for _ in range(6):
            with transaction():
                begin_attempt([subject], now=now())

        with time_machine.travel(now() + timedelta(hours=25)), transaction():
            assert begin_attempt([subject], now=now())
            db.session.flush()
            assert db.session.query(SignInAttempt).one().failures == 1
