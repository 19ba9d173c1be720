"""Codes, recovery codes, and the roles that need a factor."""

import re

import pytest
from flask import Flask
from passlib.totp import TOTP

from repairshop.clock import now
from repairshop.database import db
from repairshop.staff import counters, second_factor
from repairshop.staff.models import CodeApp, RecoveryCode
from repairshop.staff.rules import Role
from repairshop.staff.second_factor import CodeApps
from repairshop.transaction import transaction
from tests.cast import PASSWORD, Browser, sign_in


def code_for(app: Flask, person: Browser, *, later: int = 0) -> str:
    """What the person's app shows, `later` seconds from now."""
    with app.app_context():
        sealed = second_factor.find_sealed_secret(person.actor.id or 0)
        assert sealed
        apps = CodeApps(str(app.config["SECRET_KEY"]))
        totp = TOTP(apps.readable(sealed).replace(" ", ""), format="base32")
        return str(totp.generate(time=int(now().timestamp()) + later).token)


def add_app(app: Flask, person: Browser) -> list[str]:
    """Set the app up as a person would; the recovery codes."""
    page = person.get("/profile/second-factor/app").text
    secret = re.search(r'class="code">([A-Z2-7 ]+)<', page)
    assert secret
    token = TOTP(secret[1].replace(" ", ""), format="base32").generate(time=int(now().timestamp())).token
    answer = person.send("/profile/second-factor/app", {"code": token})
    assert answer.status_code == 200
    return re.findall(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", answer.text)


def demand(app: Flask, shop_owner: Browser, *roles: Role) -> None:
    with app.app_context(), transaction():
        counters.change_rules(by=shop_owner.actor, second_factor_roles=list(roles), lock_after_minutes=5)


@pytest.mark.both_databases
def test_a_code_opens_the_second_step_once(app: Flask, frank: Browser) -> None:
    codes = add_app(app, frank)
    assert len(set(codes)) == 8
    again, thief = sign_in(app, frank.actor), sign_in(app, frank.actor)
    assert again.get("/counter").location.startswith("/sign-in/second-step")
    code = code_for(app, frank, later=30)

    first = again.send("/sign-in/second-step", {"code": code})
    second = thief.send("/sign-in/second-step", {"code": code})

    assert (first.status_code, second.status_code) == (302, 422)
    assert again.get("/counter").status_code == 200
    assert thief.get("/counter").status_code == 302


@pytest.mark.both_databases
def test_a_recovery_code_opens_once_in_any_spelling(app: Flask, frank: Browser) -> None:
    code = add_app(app, frank)[0]
    first, second = sign_in(app, frank.actor), sign_in(app, frank.actor)

    answers = [
        one.send("/sign-in/second-step", {"code": code.lower()}).status_code for one in (first, second)
    ]

    assert answers == [302, 422]


def test_secrets_rest_encrypted_and_codes_hashed(app: Flask, frank: Browser) -> None:
    codes = add_app(app, frank)
    with app.app_context():
        sealed = db.session.query(CodeApp).one().sealed_secret
        readable = CodeApps(str(app.config["SECRET_KEY"])).readable(sealed).replace(" ", "")
        hashes = {row.code_hash for row in db.session.query(RecoveryCode)}

    assert readable not in sealed
    assert not hashes & {code.replace("-", "") for code in codes}


def test_guesses_are_slowed_down_like_a_password(app: Flask, frank: Browser) -> None:
    add_app(app, frank)
    guesser = sign_in(app, frank.actor)
    for _ in range(6):
        guesser.send("/sign-in/second-step", {"code": "000000"})

    right = guesser.send("/sign-in/second-step", {"code": code_for(app, frank, later=30)})

    assert right.status_code == 422


def test_setting_up_ends_other_browsers_and_needs_the_password_minutes_ago(
    app: Flask, frank: Browser
) -> None:
    other = sign_in(app, frank.actor)
    stale = sign_in(app, frank.actor)
    with stale.session_transaction() as session:
        session["fs_paa"] = 0
    assert stale.get("/profile/second-factor/app").location.startswith("/sign-in/again")

    add_app(app, frank)

    assert other.get("/counter").location.startswith("/sign-in?")
    assert frank.get("/counter").status_code == 200


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("demanded", Role)
def test_only_the_demanded_role_is_led_to_set_up(
    app: Flask, olga: Browser, frank: Browser, tess: Browser, mira: Browser, role: Role, demanded: Role
) -> None:
    demand(app, olga, demanded)
    person = {Role.COUNTER: frank, Role.TECHNICIAN: tess, Role.MANAGER: mira, Role.OWNER: olga}[role]

    page, form = person.get("/profile"), person.send("/profile", {"language": "es"})

    led = page.status_code == 302 and page.location.startswith("/profile/second-factor")
    assert led is (role is demanded)
    assert (form.status_code == 423) is (role is demanded)
    assert person.get("/profile/second-factor").status_code == 200


def test_after_setting_up_the_rest_opens_and_the_last_factor_stays(
    app: Flask, olga: Browser, frank: Browser
) -> None:
    demand(app, olga, Role.COUNTER)
    add_app(app, frank)

    assert frank.get("/counter").status_code == 200
    assert frank.send("/profile/second-factor/app/remove").status_code == 422
    assert "Add another one first" in frank.send("/profile/second-factor/app/remove").text


def test_the_owner_helps_whoever_lost_the_phone_but_not_in_another_shop(
    app: Flask, olga: Browser, nora: Browser, frank: Browser
) -> None:
    add_app(app, frank)

    foreign = nora.send(f"/staff/{frank.actor.id}/second-factor/remove")
    own = olga.send(f"/staff/{frank.actor.id}/second-factor/remove")

    assert (foreign.status_code, own.status_code) == (404, 302)
    assert sign_in(app, frank.actor).get("/counter").status_code == 200


def test_the_password_alone_opens_nothing_when_there_is_a_factor(
    app: Flask, frank: Browser, anonymous: Browser
) -> None:
    add_app(app, frank)
    anonymous.send("/sign-in", {"email": frank.email, "password": PASSWORD})

    assert anonymous.get("/counter").location.startswith("/sign-in/second-step")
    assert anonymous.get("/profile/second-factor").location.startswith("/sign-in/second-step")
