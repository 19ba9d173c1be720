"""Headers and cookies of every answer."""

import pytest
from itsdangerous import URLSafeTimedSerializer

from tests.cast import PASSWORD, Browser


@pytest.mark.parametrize("path", ["/sign-in", "/healthz", "/no-such-page", "/static/css/portal.css"])
def test_every_answer_carries_the_strict_policy(anonymous: Browser, path: str) -> None:
    headers = anonymous.get(path).headers

    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_pages_are_private_and_checked_again(frank: Browser) -> None:
    assert frank.get("/profile").headers["Cache-Control"] == "private, no-cache"


def test_the_sign_in_page_is_never_stored(anonymous: Browser) -> None:
    assert "no-store" in anonymous.get("/sign-in").headers["Cache-Control"]


class TestOnHttps:
    @pytest.fixture
    def settings(self, settings: dict[str, str]) -> dict[str, str]:
        return {**settings, "PUBLIC_URL": "https://repair.example.com", "PROXY_HOPS": "1"}

    def sign_in(self, browser: Browser, referrer: str) -> int:
        browser.get("/sign-in", base_url="https://repair.example.com")
        with browser.session_transaction(base_url="https://repair.example.com") as session:
            token = URLSafeTimedSerializer(str(browser.application.secret_key), salt="wtf-csrf-token").dumps(
                session["csrf_token"]
            )
        fields = {"email": "nobody@example.com", "password": PASSWORD, "csrf_token": token}
        response = browser.post(
            "/sign-in",
            data=fields,
            base_url="https://repair.example.com",
            headers={"X-Forwarded-Proto": "https", "Referer": referrer},
        )
        return response.status_code

    def test_a_form_with_the_right_token_must_also_come_from_here(self, anonymous: Browser) -> None:
        assert self.sign_in(anonymous, "https://repair.example.com/sign-in") == 200
        assert self.sign_in(anonymous, "https://evil.example/") == 400
        assert self.sign_in(anonymous, "") == 400

    def test_cookies_are_bound_to_this_host(self, anonymous: Browser) -> None:
        response = anonymous.get(
            "/sign-in", base_url="http://repair.example.com", headers={"X-Forwarded-Proto": "https"}
        )

        cookie = response.headers["Set-Cookie"]
        assert cookie.startswith("__Host-repairshop=")
        for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert part in cookie
        assert "Domain" not in cookie
        assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
