"""Signing in and out."""

import pytest
from flask import Flask

from repairshop.staff.queries import ShopFacts
from repairshop.web.access import safe_next
from tests.cast import PASSWORD, Browser


def sign_in(browser: Browser, email: str, password: str, **more: str):  # type: ignore[no-untyped-def]
    return browser.send("/sign-in", {"email": email, "password": password, **more})


def test_the_right_password_opens_the_asked_page(olga: Browser, anonymous: Browser) -> None:
    response = sign_in(anonymous, "Olga@Example.com", PASSWORD, next="/staff/people")

    assert (response.status_code, response.location) == (302, "/staff/people")
    assert anonymous.get("/").location == "/counter"


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "evil.example"],
)
def test_signing_in_never_leads_to_another_site(olga: Browser, anonymous: Browser, target: str) -> None:
    response = sign_in(anonymous, olga.email, PASSWORD, next=target)

    assert safe_next(response.location) is not None
    assert response.location in {"/", "/%5Cevil.example"}


def test_unknown_account_wrong_password_and_disabled_look_the_same(
    olga: Browser, dora: Browser, app: Flask
) -> None:
    answers = set()
    for email, password in (
        ("nobody@example.com", PASSWORD),
        (olga.email, "wrong"),
        (dora.email, PASSWORD),
    ):
        browser = Browser(app, app.response_class)
        response = sign_in(browser, email, password)
        answers.add((response.status_code, response.text.replace(email, "")))

    statuses = {status for status, _text in answers}
    assert statuses == {200}
    assert all("do not open an account here" in text for _status, text in answers)


def test_signing_out_ends_the_session_even_if_the_cookie_was_copied(olga: Browser, app: Flask) -> None:
    with olga.session_transaction() as session:
        copied = dict(session)

    response = olga.send("/sign-out")

    thief = Browser(app, app.response_class)
    with thief.session_transaction() as session:
        session.update(copied)
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert thief.get("/").location == "/sign-in"


def test_signing_out_ends_a_customers_visit_opened_at_the_same_browser(olga: Browser) -> None:
    with olga.session_transaction() as session:
        session["portal"] = {"link": 1, "version": 1, "origin": "sms", "at": 1}

    olga.send("/sign-out")

    with olga.session_transaction() as session:
        assert "portal" not in session
        assert "staff_session" not in session


def test_a_link_cannot_sign_anybody_out(olga: Browser) -> None:
    assert olga.get("/sign-out").status_code == 405
    assert olga.post("/sign-out").status_code == 400
    assert olga.get("/").location == "/counter"


def test_the_form_token_changes_with_the_sign_in(shop: ShopFacts, olga: Browser, anonymous: Browser) -> None:
    anonymous.get("/sign-in")
    with anonymous.session_transaction() as session:
        before = session["csrf_token"]

    sign_in(anonymous, olga.email, PASSWORD)

    with anonymous.session_transaction() as session:
        assert session.get("csrf_token") != before
