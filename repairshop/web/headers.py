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


def no_store(view: Callable[Arguments, ResponseReturnValue]) -> Callable[Arguments, Response]:
    """For reveal, one-time codes, sign-in and exports: no cache may keep the answer, not even the browser."""

    @wraps(view)
    def uncached(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Response:
        response = make_response(view(*args, **kwargs))
        response.headers["Cache-Control"] = "no-store"
        return response

    return uncached


def init_headers(app: Flask, *, https: bool) -> None:
    """Set what a view did not set itself; photos and files bring a stricter policy of their own.

    `https` tells browsers that it stays so for a year.
    """

    def add_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        # A stricter policy would drop the Referer that the form-token check asks for on HTTPS.
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(), microphone=(), payment=()")
        if https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.endpoint != "static":
            headers.setdefault("Cache-Control", "private, no-cache")
        return response

    app.after_request(add_headers)
