"""One log line per request, with an id; never a token, a body or a query string."""

import logging
import re
import secrets
import sys
import time
from collections.abc import MutableMapping
from typing import Any

import structlog
from flask import Flask, Response, g, request

log = structlog.get_logger("repairshop.web")

_PLAIN = re.compile(r"""[^\s='"\x00-\x1f\x7f-\x9f]*""")
_GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


def configure_logging(*, level: str, as_json: bool) -> None:
    """Lines for people or JSON for machines, on standard error."""
    renderer = structlog.processors.JSONRenderer() if as_json else _for_people
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),  # looked up anew: tests swap it
    )


def _for_people(_logger: object, _name: str, fields: MutableMapping[str, Any]) -> str:
    """Time, level, event, then the other fields by name and after them an exception's lines.

    The library's own renderer for this takes longer than all else that is done for a page read again.
    """
    time_and_level = f"{fields.pop('timestamp')} [{fields.pop('level'):<9}] "
    event, exception = str(fields.pop("event")), fields.pop("exception", None)
    others = " ".join([f"{key}={_shown(fields[key])}" for key in sorted(fields)])
    line = f"{time_and_level}{event:<30} {others}" if others else f"{time_and_level}{event}"
    return line if exception is None else f"{line}\n{exception}"


def _shown(value: object) -> str:
    """A text in quotes where it could be taken for something else, such as the end of the line."""
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else repr(value)


def init_logs(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)


def begin_request(given: str) -> str:
    """The id of the request that begins, on each line logged until the next; the one given, if it is one."""
    request_id = given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    return request_id


def log_request(*, method: str, rule: str, status: int, began: float) -> None:
    """The line of a request that was answered; `began` is perf_counter() at its beginning.

    The rule, not the path: /t/<token> must not hand the token to the log.
    """
    log.info(
        "request",
        method=method,
        rule=rule,
        status=status,
        milliseconds=round((time.perf_counter() - began) * 1000, 1),
    )


def _begin() -> None:
    g.request_id = begin_request(request.headers.get("X-Request-ID", ""))
    g.request_began = time.perf_counter()


def _end(response: Response) -> Response:
    if "request_id" in g:
        response.headers["X-Request-ID"] = g.request_id
        log_request(
            method=request.method,
            rule=request.url_rule.rule if request.url_rule else "no such page",
            status=response.status_code,
            began=g.request_began,
        )
    return response
