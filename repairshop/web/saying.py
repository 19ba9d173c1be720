"""What the page after an act says about it, where that page does not show the act by itself.

In a cookie of its own, which the page that says it ends. In the session it would change the cookies for good,
and a page that answered a form could not be gone back to: browsers keep it for the same cookies only.
"""

import re
from typing import TypeVar

from flask import Flask, current_app, g, request
from flask.typing import ResponseReturnValue
from werkzeug import Response

Answer = TypeVar("Answer", bound=ResponseReturnValue | None)

_SECONDS = 60  # until the next page is drawn, also on a slow line
_CODE = re.compile(r"[a-z_]{1,40}")


def say_done(code: str, answer: Answer) -> Answer:
    """Have the next page begin with the sentence of `code` (templates/_done.html), which takes the focus.

    Only where the act was done: a form that has to be shown again says what is wrong itself.
    """
    if isinstance(answer, Response):
        answer.set_cookie(
            _name(),
            code,
            max_age=_SECONDS,
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
            httponly=True,
            samesite="Lax",
        )
    return answer


def init_saying(app: Flask) -> None:
    app.jinja_env.globals["just_done"] = _just_done
    app.after_request(_end)


def _just_done() -> str:
    """The code that the act before this page left; empty otherwise. It is gone once a page asked."""
    code = request.cookies.get(_name(), "")
    g.said_done = bool(code)
    return code if _CODE.fullmatch(code) else ""


def _end(response: Response) -> Response:
    if g.get("said_done"):
        response.delete_cookie(
            _name(), secure=bool(current_app.config["SESSION_COOKIE_SECURE"]), httponly=True, samesite="Lax"
        )
    return response


def _name() -> str:
    return "__Host-done" if current_app.config["SESSION_COOKIE_SECURE"] else "done"
