"""The owner's staff pages and the links they make."""

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from repairshop.clock import now
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.staff import queries, service
from repairshop.staff.models import Membership
from repairshop.staff.queries import ShopFacts
from repairshop.staff.rules import LastOwner, Role, StaffId, WorksElsewhereToo
from repairshop.transaction import transaction
from tests.cast import PASSWORD, Browser, add_person, sign_in


def link_in(text: str) -> str:
    found = re.search(r'value="http://localhost:8000(/join/[^"]+)"', text)
    assert found is not None, text
    return found[1]


def invite(olga: Browser, **fields: str) -> str:
    response = olga.send(
        "/staff", {"first_name": "Ines", "email": "ines@example.com", "role": "technician", **fields}
    )
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    return link_in(response.text)


def roles(app: Flask, shop: ShopFacts) -> dict[str, Role]:
    with app.app_context():
        return {row.first_name: row.role for row in queries.list_staff(olga_shop(shop))}


def olga_shop(shop: ShopFacts):  # type: ignore[no-untyped-def]
    from repairshop.staff.rules import ShopId

    return ShopId(shop.id)


def test_somebody_invited_joins_with_a_password_of_their_own(
    olga: Browser, anonymous: Browser, app: Flask, shop: ShopFacts
) -> None:
    link = invite(olga)

    response = anonymous.send(
        link, {"first_name": "Inés", "email": "ines@example.com", "password": "three red bicycles"}
    )

    assert response.location == "/"
    assert anonymous.get("/").location == "/bench"
    assert roles(app, shop)["Inés"] is Role.TECHNICIAN


def test_a_link_works_once(olga: Browser, anonymous: Browser, app: Flask) -> None:
    link = invite(olga)
    fields = {"first_name": "Inés", "email": "ines@example.com", "password": "three red bicycles"}
    anonymous.send(link, fields)

    second = Browser(app, app.response_class).send(link, fields)

    assert second.status_code == 404


def test_a_link_ends_after_three_days(olga: Browser, anonymous: Browser) -> None:
    link = invite(olga)

    with time_machine.travel(now() + timedelta(hours=73)):
        assert anonymous.get(link).status_code == 404


def test_a_withdrawn_link_opens_nothing(olga: Browser, anonymous: Browser) -> None:
    link = invite(olga)
    withdraw = re.search(r"/staff/invitations/\d+/withdraw", olga.get("/staff").text)
    assert withdraw is not None

    olga.send(withdraw[0])

    assert anonymous.get(link).status_code == 404


def test_the_invited_address_cannot_be_exchanged(
    olga: Browser, anonymous: Browser, app: Flask, shop: ShopFacts
) -> None:
    link = invite(olga)

    anonymous.send(
        link, {"first_name": "Ines", "email": "other@example.com", "password": "three red bicycles"}
    )

    assert "ines@example.com" in olga.get("/staff").text
    assert "other@example.com" not in olga.get("/staff").text


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "ines@example.com"])
def test_a_weak_password_is_refused_at_its_field_and_nothing_typed_is_lost(
    olga: Browser, anonymous: Browser, password: str
) -> None:
    link = invite(olga)

    response = anonymous.send(link, {"first_name": "Inés", "email": "ines@example.com", "password": password})

    assert response.status_code == 422
    assert 'id="password-error"' in response.text
    assert 'value="Inés"' in response.text
    assert anonymous.get(link).status_code == 200


def test_an_account_of_another_shop_needs_its_own_password_to_join(
    olga: Browser, theo: Browser, anonymous: Browser, app: Flask, shop: ShopFacts
) -> None:
    link = invite(olga, first_name="Theo", email=theo.email)

    stolen = anonymous.send(link, {"password": "a password of mine"})
    joined = anonymous.send(link, {"password": PASSWORD})

    assert (stolen.status_code, joined.status_code) == (422, 302)
    assert roles(app, shop)["Theo"] is Role.TECHNICIAN


def test_an_owner_cannot_change_a_password_that_opens_another_shop(
    olga: Browser, frank: Browser, app: Flask, other_shop: ShopFacts
) -> None:
    with app.app_context(), transaction():
        db.session.add(Membership(shop_id=other_shop.id, staff_id=frank.actor.id, role=Role.COUNTER))

    with app.app_context(), transaction(), pytest.raises(WorksElsewhereToo):
        service.make_password_link(frank.actor.id or 0, by=olga.actor)


def test_a_password_link_signs_out_whoever_had_the_old_password(
    olga: Browser, frank: Browser, anonymous: Browser
) -> None:
    link = link_in(olga.send(f"/staff/{frank.actor.id}/password-link").text)

    anonymous.send(link, {"password": "three red bicycles"})

    assert frank.get("/profile").status_code == 302
    assert anonymous.get("/profile").status_code == 200


def test_disabling_ends_the_session_at_once(olga: Browser, frank: Browser) -> None:
    response = olga.send(f"/staff/{frank.actor.id}/disable")

    assert response.location == "/staff"
    assert frank.get("/profile").location.startswith("/sign-in")


def test_enabling_lets_the_person_sign_in_again(olga: Browser, dora: Browser, anonymous: Browser) -> None:
    olga.send(f"/staff/{dora.actor.id}/enable")

    anonymous.send("/sign-in", {"email": dora.email, "password": PASSWORD})

    assert anonymous.get("/profile").status_code == 200


def test_the_last_owner_stays(app: Flask, olga: Browser, shop: ShopFacts) -> None:
    second = add_person(app, shop, "Oscar", Role.OWNER)
    olga_id = StaffId(olga.actor.id or 0)
    with app.app_context(), transaction():
        service.disable_staff(olga_id, by=second, expected_version=None)

    with app.app_context(), transaction(), pytest.raises(LastOwner):
        service.change_role(second.id or 0, by=olga.actor, expected_version=None, role=Role.COUNTER)


def test_nobody_demotes_themselves(olga: Browser) -> None:
    response = olga.send(f"/staff/{olga.actor.id}", {"role": "counter"})

    assert response.status_code == 422
    assert "Ask another owner" in response.text


def test_two_owners_at_one_person_are_noticed(olga: Browser, frank: Browser) -> None:
    page = olga.get(f"/staff/{frank.actor.id}").text
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version is not None
    olga.send(f"/staff/{frank.actor.id}", {"role": "manager", "version": version[1]})

    response = olga.send(f"/staff/{frank.actor.id}", {"role": "technician", "version": version[1]})

    assert response.status_code == 409


def test_staff_of_another_shop_do_not_exist(nora: Browser, frank: Browser, olga: Browser) -> None:
    for path in ("", "/disable", "/enable", "/sign-out", "/password-link"):
        assert nora.send(f"/staff/{frank.actor.id}{path}", {"role": "owner"}).status_code == 404
    assert nora.get(f"/staff/{frank.actor.id}").status_code == 404
    assert "Frank" not in nora.get("/staff").text


def test_a_manager_cannot_reach_into_another_shop_by_service(
    app: Flask, nora: Browser, frank: Browser
) -> None:
    with app.app_context(), transaction(), pytest.raises(NotFound):
        service.end_sessions_of(frank.actor.id or 0, by=nora.actor)


def test_changing_the_own_password_keeps_this_browser_and_ends_the_others(app: Flask, frank: Browser) -> None:
    elsewhere = sign_in(app, frank.actor)

    response = frank.send("/profile/password", {"current": PASSWORD, "password": "three red bicycles"})

    assert response.location == "/profile"
    assert frank.get("/profile").status_code == 200
    assert elsewhere.get("/profile").status_code == 302


def test_changing_the_own_password_needs_the_old_one(frank: Browser) -> None:
    response = frank.send("/profile/password", {"current": "wrong", "password": "three red bicycles"})

    assert response.status_code == 422
    assert 'id="current-error"' in response.text


def test_the_language_of_the_profile_is_the_language_of_the_pages(frank: Browser) -> None:
    frank.send("/profile", {"language": "es"})

    page = frank.get("/profile").text
    assert '<html lang="es"' in page
    assert 'data-single-keys="off"' in page
