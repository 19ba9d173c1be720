"""What the page after an act says about it, where that page does not show the act by itself.

In a cookie of its own, which the page that says it ends. In the session it would change the cookies for good,
and a page that answered a form could not be gone back to: browsers keep it for the same cookies only.
"""

import re
from typing import TypedDict, TypeVar

from flask import Flask, current_app, g, request, session
from flask.typing import ResponseReturnValue
from werkzeug import Response

Answer = TypeVar("Answer", bound=ResponseReturnValue | None)


class _Marks(TypedDict):
    """What a browser is told of the cookie, when it is set and when it is ended."""

    secure: bool
    httponly: bool
    samesite: str


_SECONDS = 60  # until the next page is drawn, also on a slow line
_CODE = re.compile(r"[a-z_]{1,40}")


def say_done(code: str, answer: Answer) -> Answer:
    """Have the next page begin with the sentence of `code` (templates/_done.html), which takes the focus.

    Only where the act was done: a form that has to be shown again says what is wrong itself.
    """
    if isinstance(answer, Response):
        answer.set_cookie(cookie_name(current_app), code, max_age=_SECONDS, **_kept_apart())
    return answer


def init_saying(app: Flask) -> None:
    app.jinja_env.globals["just_done"] = _just_done
    app.after_request(_end)


def has_news() -> bool:
    """Whether this page says what was just done: then it is this browser's alone, and said once."""
    return "_flashes" in session or cookie_name(current_app) in request.cookies


def cookie_name(app: Flask) -> str:
    """Of the cookie that holds the code; over HTTPS no other host can have set it."""
    return "__Host-done" if app.config["SESSION_COOKIE_SECURE"] else "done"


def _just_done() -> str:
    """The code that the act before this page left; empty otherwise. It is gone once a page asked."""
    code = request.cookies.get(cookie_name(current_app), "")
    g.said_done = bool(code)
    return code if _CODE.fullmatch(code) else ""


def _end(response: Response) -> Response:
    if g.get("said_done"):
        response.delete_cookie(cookie_name(current_app), **_kept_apart())
    return response


def _kept_apart() -> _Marks:
    return {"secure": bool(current_app.config["SESSION_COOKIE_SECURE"]), "httponly": True, "samesite": "Lax"}
