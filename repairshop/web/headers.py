"""The headers every answer carries, and the two cache rules."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Flask, Response, make_response, request
from flask.typing import ResponseReturnValue

Arguments = ParamSpec("Arguments")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

# Browsers keep a page for the person before them alone, and ask each time whether it still holds.
CHECKED_AGAIN = ("Cache-Control", "private, no-cache")


def no_store(view: Callable[Arguments, ResponseReturnValue]) -> Callable[Arguments, Response]:
    """For reveal, one-time codes, sign-in and exports: no cache may keep the answer, not even the browser."""

    @wraps(view)
    def uncached(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Response:
        response = make_response(view(*args, **kwargs))
        response.headers["Cache-Control"] = "no-store"
        return response

    return uncached


def standing_headers(*, https: bool) -> tuple[tuple[str, str], ...]:
    """Name and value of what every answer carries. `https` tells browsers that it stays so for a year."""
    always = (
        ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
        ("X-Content-Type-Options", "nosniff"),
        # A stricter policy would drop the Referer that the form-token check asks for on HTTPS.
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(self), geolocation=(), microphone=(), payment=()"),
    )
    return (*always, ("Strict-Transport-Security", "max-age=31536000")) if https else always


def init_headers(app: Flask, *, https: bool) -> None:
    """Set what a view did not set itself; photos and files bring a stricter policy of their own."""
    standing = standing_headers(https=https)

    def add_headers(response: Response) -> Response:
        headers = response.headers
        for name, value in standing:
            headers.setdefault(name, value)
        if request.endpoint != "static":
            headers.setdefault(*CHECKED_AGAIN)
        return response

    app.after_request(add_headers)
