"""The repair page read again: answered from one narrow question, before Flask does anything for the request.

Most readings find that nothing has changed. For those this module asks whether the link still holds and which
versions the page shows, and answers 304 or the body that was drawn before, with the headers and the line in
the log that every answer has. Everything it does not know how to answer in full goes on to Flask, the gate
and the view as if it were not there: a page nobody drew yet, a repair that is closed or late, a browser that
is to be told something or in which somebody works here, a link that holds no more, a database that is away.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import bindparam, select
from werkzeug.exceptions import SecurityError
from werkzeug.wsgi import get_host

from repairshop import clock
from repairshop.customers.models import Customer
from repairshop.database import Question, db
from repairshop.portal.cookies import Cookies
from repairshop.portal.rules import is_late
from repairshop.portal.session import Key
from repairshop.staff.models import Shop
from repairshop.tickets.models import PortalLink, Ticket, Visit
from repairshop.web.bodies import Bodies, tag_of
from repairshop.web.headers import CHECKED_AGAIN, standing_headers
from repairshop.web.logs import begin_request, log_request
from repairshop.web.page import edition

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# What the view finds in the environment: the tag of the page in hand, to put on the body that it draws.
_TAG = "repairshop.portal_tag"
_VISIT, _ONE = "/repair", "/repair/<reference>"

_GLANCE = (
    select(
        PortalLink.version.label("link_version"),
        PortalLink.visit_id,
        Customer.name,
        Customer.language,
        Shop.id.label("shop_id"),
        Shop.version.label("shop_version"),
        Shop.time_zone,
        Ticket.code,
        Ticket.version,
        Ticket.due_at,
        Ticket.closed_at,
    )
    .join(Visit, Visit.id == PortalLink.visit_id)
    .join(Shop, Shop.id == Visit.shop_id)
    .join(Customer, Customer.id == PortalLink.customer_id)
    .join(Ticket, Ticket.visit_id == Visit.id)
    .where(PortalLink.id == bindparam("link_id"), Customer.erased_at.is_(None))
    .order_by(Ticket.id)
)


def bodies_of(app: Flask) -> Bodies:
    """What this process drew."""
    kept: Bodies = app.extensions.setdefault("portal_bodies", Bodies())
    return kept


def known_tag(environ: "WSGIEnvironment") -> str | None:
    """The tag of the page in hand, where it is known."""
    tag: str | None = environ.get(_TAG)
    return tag


@dataclass(frozen=True, kw_only=True)
class _Answer:
    rule: str
    tag: str
    body: bytes | None  # None: the browser's copy holds


class KeptPages:
    """Stands before Flask (WSGI) and passes on to `following` what it does not answer."""

    def __init__(self, app: Flask, following: "WSGIApplication") -> None:
        self._app = app
        self._following = following
        self._cookies = Cookies(app)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        began = time.perf_counter()
        answer = self._find_answer(environ)
        if answer is None:
            return self._following(environ, start_response)
        request_id = begin_request(environ.get("HTTP_X_REQUEST_ID", ""))
        headers = [
            *self._standing,
            ("ETag", f'"{answer.tag}"'),
            ("Vary", "Cookie"),
            ("X-Request-ID", request_id),
        ]
        if answer.body is not None:
            headers.append(("Content-Type", "text/html; charset=utf-8"))
            headers.append(("Content-Length", str(len(answer.body))))
        status = 304 if answer.body is None else 200
        log_request(method="GET", rule=answer.rule, status=status, began=began)
        start_response("304 NOT MODIFIED" if answer.body is None else "200 OK", headers)
        return [answer.body or b""]

    def _find_answer(self, environ: "WSGIEnvironment") -> _Answer | None:
        path = environ.get("PATH_INFO", "")
        rule = _rule_of(path)
        if rule is None or environ["REQUEST_METHOD"] != "GET":
            return None
        now = clock.now()
        key = self._cookies.find_key(environ.get("HTTP_COOKIE", ""), at=now)
        if key is None or not self._is_our_host(environ):
            return None
        tag = self._find_tag(path, key, at=now)
        if tag is None:
            return None
        environ[_TAG] = tag
        if f'"{tag}"' in environ.get("HTTP_IF_NONE_MATCH", ""):
            return _Answer(rule=rule, tag=tag, body=None)
        body = bodies_of(self._app).find(tag)
        return _Answer(rule=rule, tag=tag, body=body.encode()) if body is not None else None

    def _is_our_host(self, environ: "WSGIEnvironment") -> bool:
        try:
            return bool(get_host(environ, self._app.config["TRUSTED_HOSTS"]))
        except SecurityError:
            return False

    def _find_tag(self, path: str, key: Key, *, at: datetime) -> str | None:
        """What decides how the page looks, while its repairs are open and in time."""
        try:
            rows = self._glance.ask(link_id=key.link_id)
        except self._glance.errors:
            return None  # the usual way meets it too, and says it as it says every error
        if not rows or rows[0].link_version != key.link_version:
            return None
        if path != _VISIT and not any(path == f"{_VISIT}/{row.code}" for row in rows):
            return None
        if any(row.closed_at is not None or is_late(row.due_at, at=at) for row in rows):
            return None
        return _tag_of(path, rows, key, at=at, edition_now=self._edition)

    @cached_property
    def _standing(self) -> tuple[tuple[str, str], ...]:
        https = self._app.extensions["repairshop_config"].is_https_for_good
        return (*standing_headers(https=https), CHECKED_AGAIN)

    @cached_property
    def _glance(self) -> Question:
        with self._app.app_context():
            return Question(db.engine, _GLANCE)

    @cached_property
    def _edition(self) -> str:
        with self._app.app_context():
            return edition()


def _rule_of(path: str) -> str | None:
    if path == _VISIT:
        return _VISIT
    folder, _, last = path.rpartition("/")
    return _ONE if folder == _VISIT and last else None


def _tag_of(path: str, rows: Sequence[Any], key: Key, *, at: datetime, edition_now: str) -> str:
    first = rows[0]
    minute = at.replace(second=0, microsecond=0)
    # Where no date was told the rows here do not know when one is owed, so such a page is drawn each minute.
    repairs = [(row.code, row.version, "in time" if row.due_at else minute) for row in rows]
    days = (at.date(), at.astimezone(ZoneInfo(first.time_zone)).date())
    reader = (first.visit_id, first.name, key.origin.value, first.language)
    return tag_of(path, repairs, days, reader, first.shop_id, first.shop_version, edition_now)
