"""What people see when something does not work."""

import re

import pytest
from flask import Flask, abort
from flask.typing import ResponseReturnValue

from repairshop.errors import Conflict, NotFound
from repairshop.staff.rules import LastOwner
from repairshop.web.access import public
from repairshop.web.error_pages import use_conflict_page
from tests.cast import Browser

SAME_SITE = {"Origin": "http://localhost"}


@pytest.fixture
def app(own_app: Flask) -> Flask:
    """One that nobody else uses: it gets a route more."""
    return own_app


@pytest.fixture
def failing(app: Flask) -> Flask:
    """An app with a route for every failure."""

    @public
    def fail(kind: str) -> ResponseReturnValue:
        if kind == "refused":
            raise LastOwner(name="<Olga>")
        if kind == "conflict":
            raise Conflict("ticket", "K7QP3M2X5")
        if kind == "not_found":
            raise NotFound
        if kind == "crash":
            raise ZeroDivisionError
        abort(int(kind))

    app.add_url_rule("/fail/<kind>", "tests.fail", fail, methods=["GET", "POST"])
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("refused", 422),
        ("conflict", 409),
        ("not_found", 404),
        ("crash", 500),
        ("400", 400),
        ("403", 403),
        ("404", 404),
        ("413", 413),
        ("429", 429),
        ("418", 418),
        ("503", 503),
    ],
)
def test_each_failure_has_a_page_that_says_what_to_do(failing: Flask, kind: str, status: int) -> None:
    response = failing.test_client().get(f"/fail/{kind}")

    assert response.status_code == status
    assert re.search(r"<h1>[^<]{5,}</h1>\s*<p>[^<]{15,}</p>", response.text)


@pytest.mark.parametrize("kind", ["429", "crash"])
def test_a_customer_is_not_left_without_a_way_on(failing: Flask, kind: str) -> None:
    assert 'href="/repair"' in failing.test_client().get(f"/fail/{kind}").text


def test_a_crash_names_the_number_under_which_it_was_logged(failing: Flask) -> None:
    response = failing.test_client().get("/fail/crash")

    assert response.headers["X-Request-ID"] in response.text
    assert "ZeroDivision" not in response.text


def test_values_in_a_refusal_are_escaped(failing: Flask) -> None:
    text = failing.test_client().get("/fail/refused").text

    assert "&lt;Olga&gt; is the only owner" in text


def test_a_conflict_shows_what_was_typed(failing: Flask, anonymous: Browser) -> None:
    response = anonymous.send("/fail/conflict", {"note": "cracked <glass>", "passcode": "1234"})

    assert "cracked &lt;glass&gt;" in response.text
    assert "1234" not in response.text


def test_the_board_may_bring_its_own_page_for_conflicts(failing: Flask) -> None:
    use_conflict_page(failing, lambda conflict: (f"who changed {conflict.reference}?", 409))

    assert failing.test_client().get("/fail/conflict").text == "who changed K7QP3M2X5?"


def test_an_expired_form_can_be_sent_again_with_all_that_was_typed(anonymous: Browser) -> None:
    expired = anonymous.post(
        "/sign-in?next=/counter",
        data={"email": "olga@example.com", "password": "secret words", "tags": ["a", "b"]},
        headers=SAME_SITE,
    )

    assert expired.status_code == 400
    assert 'action="/sign-in?next=/counter"' in expired.text
    assert "olga@example.com" in expired.text
    assert "secret words" not in expired.text
    assert expired.text.count('name="tags"') == 2


def test_another_site_cannot_fill_the_form_that_is_offered_again(anonymous: Browser) -> None:
    response = anonymous.post(
        "/sign-in", data={"email": "x@evil.example"}, headers={"Origin": "https://evil.example"}
    )

    assert response.status_code == 400
    assert "evil.example" not in response.text


def test_a_strange_host_is_turned_away(anonymous: Browser) -> None:
    assert anonymous.get("/healthz", headers={"Host": "evil.example"}).status_code == 400


def test_a_token_in_an_address_never_reaches_the_log(
    anonymous: Browser, capfd: pytest.CaptureFixture[str]
) -> None:
    anonymous.get("/join/verysecrettoken?also=secretquery")

    logged = capfd.readouterr().err
    assert "/join/<token>" in logged
    assert "verysecret" not in logged
    assert "secretquery" not in logged
