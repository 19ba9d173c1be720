"""Lock and switch on a paired computer, and sessions that are ended."""

from datetime import timedelta

import pytest
from flask import Flask

from repairshop.clock import now
from repairshop.database import db
from repairshop.staff import accounts, counters
from repairshop.staff.models import CounterPin, Staff, StaffSession
from repairshop.staff.rules import PinNotSixDigits, require_good_pin
from repairshop.transaction import transaction
from tests.cast import PASSWORD, Browser, sign_in

PIN = "481927"


def give_pin(app: Flask, *people: Browser) -> None:
    with app.app_context():
        pin_hash = accounts.hashed(PIN)
        with transaction():
            for person in people:
                counters.set_pin(by=person.actor, pin_hash=pin_hash)


def session_of(app: Flask, person: Browser) -> StaffSession:
    with app.app_context():
        return db.session.query(StaffSession).filter_by(staff_id=person.actor.id, ended_at=None).one()


def staff_version(app: Flask, person: Browser) -> int:
    with app.app_context():
        return db.session.get_one(Staff, person.actor.id).version


def leave_alone(app: Flask, person: Browser, *, minutes: float) -> None:
    with app.app_context(), transaction():
        row = db.session.query(StaffSession).filter_by(staff_id=person.actor.id, ended_at=None).one()
        row.last_seen_at = now() - timedelta(minutes=minutes)


@pytest.fixture
def till(app: Flask, mira: Browser, frank: Browser) -> Browser:
    """Mira's browser, paired; she and Frank have the PIN."""
    assert mira.send("/shop/computers", {"name": "Left till"}).status_code == 302
    give_pin(app, mira, frank)
    return mira


@pytest.mark.parametrize("pin", ["12345", "1234567", "111111", "123456", "654321", "12a456", "١٢٣٤٧٦"])
def test_a_pin_is_six_digits_that_are_not_plain(pin: str) -> None:
    with pytest.raises(PinNotSixDigits):
        require_good_pin(pin)


def test_a_pin_is_kept_as_argon2id(app: Flask, frank: Browser) -> None:
    assert frank.send("/profile/pin", {"pin": PIN}).status_code == 302
    with app.app_context():
        assert db.session.query(CounterPin).one().pin_hash.startswith("$argon2id$")


@pytest.mark.both_databases
def test_a_computer_left_alone_locks_without_a_script(app: Flask, till: Browser) -> None:
    leave_alone(app, till, minutes=4)
    assert till.get("/counter").status_code == 200
    leave_alone(app, till, minutes=6)

    page = till.get("/counter")
    form = till.send("/profile", {"language": "es"}, headers={"Origin": "http://localhost"})

    assert page.location.startswith("/lock")
    assert form.status_code == 423
    assert 'name="language" hidden>\nes</textarea>' in form.text


def test_other_browsers_never_lock(app: Flask, frank: Browser) -> None:
    leave_alone(app, frank, minutes=60)

    assert frank.get("/counter").status_code == 200


@pytest.mark.both_databases
def test_a_colleague_takes_over_by_pin_and_is_never_fresh(app: Flask, till: Browser, frank: Browser) -> None:
    till.send("/lock/now")
    assert till.get("/counter").location.startswith("/lock")

    answer = till.send("/lock", {"staff_id": frank.actor.id, "pin": PIN, "next": "/counter"})

    assert answer.location == "/counter"
    assert "Frank" in till.get("/profile").text
    assert till.get("/shop").status_code == 403
    assert till.get("/profile/second-factor").location.startswith("/sign-in/again")
    assert till.send("/profile/pin", {"pin": PIN}).location.startswith("/sign-in/again")


def test_unlocking_the_own_session_ends_its_freshness(app: Flask, till: Browser) -> None:
    till.send("/lock/now")
    till.send("/lock", {"staff_id": till.actor.id, "pin": PIN})

    assert till.get("/counter").status_code == 200
    assert till.get("/profile/second-factor").location.startswith("/sign-in/again")


def test_pins_are_slowed_down_and_never_locked_for_good(app: Flask, till: Browser, frank: Browser) -> None:
    wrong = [till.send("/lock", {"staff_id": frank.actor.id, "pin": "000001"}).status_code for _ in range(4)]
    right = till.send("/lock", {"staff_id": frank.actor.id, "pin": PIN})
    own = till.send("/lock", {"staff_id": till.actor.id, "pin": PIN})

    assert wrong == [422] * 4
    assert right.status_code == 422
    assert own.status_code == 302


def test_a_pin_opens_nothing_elsewhere(app: Flask, till: Browser, tess: Browser, frank: Browser) -> None:
    tess.send("/lock", {"staff_id": frank.actor.id, "pin": PIN})

    assert "Tess" in tess.get("/profile").text


def test_people_of_another_shop_cannot_take_over(app: Flask, till: Browser, theo: Browser) -> None:
    give_pin(app, theo)

    assert till.send("/lock", {"staff_id": theo.actor.id, "pin": PIN}).status_code == 422


def test_unpairing_signs_the_computer_out(app: Flask, till: Browser, olga: Browser) -> None:
    computer_id = session_of(app, till).computer_id

    olga.send(f"/shop/computers/{computer_id}/revoke")

    assert till.get("/counter").location.startswith("/sign-in")


@pytest.mark.both_databases
def test_a_manager_ends_a_session_at_once(app: Flask, mira: Browser, frank: Browser, nora: Browser) -> None:
    session_id = session_of(app, frank).id
    foreign = nora.send(f"/shop/sign-ins/{session_id}/end")
    assert foreign.status_code == 404
    assert frank.get("/counter").status_code == 200

    mira.send(f"/shop/sign-ins/{session_id}/end")

    assert frank.get("/counter").location.startswith("/sign-in")


def test_people_end_their_own_other_sessions(app: Flask, frank: Browser, tess: Browser) -> None:
    other = sign_in(app, frank.actor)
    assert tess.send(f"/profile/sign-ins/{session_of(app, tess).id + 1}/end").status_code == 404

    frank.send("/profile/sign-ins/end-others")

    assert other.get("/counter").location.startswith("/sign-in")
    assert frank.get("/profile/sign-ins").status_code == 200


def test_a_leaver_is_out_and_takes_over_no_computer(
    app: Flask, till: Browser, olga: Browser, frank: Browser
) -> None:
    version = staff_version(app, frank)

    assert olga.send(f"/staff/{frank.actor.id}/disable", {"version": version}).status_code == 302

    assert frank.get("/counter").location.startswith("/sign-in")
    assert till.send("/lock", {"staff_id": frank.actor.id, "pin": PIN}).status_code == 422
    assert "Mira" in till.get("/profile").text


def test_whoever_took_over_cannot_finish_what_the_other_was_setting_up(till: Browser, frank: Browser) -> None:
    till.get("/profile/second-factor/app")
    till.send("/lock", {"staff_id": frank.actor.id, "pin": PIN})

    with till.session_transaction() as session:
        assert "offered_secret" not in session


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/shop/sign-ins/rules", {"lock_after_minutes": "120"}),
        ("/shop/computers", {"name": "Till"}),
        ("/staff", {"first_name": "Ines", "email": "ines@example.com", "role": "owner"}),
        ("/staff/{frank}", {"role": "owner", "version": "1"}),
        ("/staff/{frank}/enable", {"version": "1"}),
        ("/staff/{frank}/password-link", {}),
        ("/staff/{frank}/second-factor/remove", {}),
        ("/profile/pin", {"pin": PIN}),
    ],
)
def test_a_pin_does_not_decide_who_gets_in(
    app: Flask, olga: Browser, frank: Browser, address: str, fields: dict[str, str]
) -> None:
    olga.send("/shop/computers", {"name": "Left till"})
    give_pin(app, olga)
    assert olga.send("/lock", {"staff_id": olga.actor.id, "pin": PIN}).status_code == 302

    sent = olga.send(address.format(frank=frank.actor.id), fields, headers={"Origin": "http://localhost"})

    assert sent.status_code == 423 or sent.location.startswith("/sign-in/again")
    for value in fields.values() if sent.status_code == 423 and "version" not in fields else ():
        assert value in sent.text


def test_a_cookie_from_before_a_switch_opens_nothing(
    till: Browser, frank: Browser, anonymous: Browser
) -> None:
    with till.session_transaction() as session:
        before = dict(session)
    till.send("/lock", {"staff_id": frank.actor.id, "pin": PIN})

    with anonymous.session_transaction() as session:
        session.update(before)

    assert anonymous.get("/counter").location.startswith("/sign-in")


def test_what_somebody_planted_in_a_browser_does_not_outlive_the_sign_in(
    anonymous: Browser, frank: Browser
) -> None:
    planted = {"staff_session": "planted", "csrf_token": "planted", "offered_secret": "planted"}
    with anonymous.session_transaction() as session:
        session.update(planted)

    anonymous.send("/sign-in", {"email": frank.email, "password": PASSWORD})

    assert anonymous.get("/counter").status_code == 200
    with anonymous.session_transaction() as session:
        assert "planted" not in session.values()
