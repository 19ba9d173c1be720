"""What the cookies of customers say. A signature is checked once for each, its age each time it comes."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.sansio.http import parse_cookie

from repairshop.portal.session import Key, holds_no_more_than_a_key, key_of
from repairshop.web.saying import cookie_name

_MOST = 1024
_LONGEST = 2048  # of a header that is kept; a customer's has some 200 characters


@dataclass(frozen=True, kw_only=True)
class _Checked:
    key: Key
    signed_at: datetime


class Cookies:
    """The latest ones that were true; a forged one is checked each time, so that it pushes nobody out."""

    def __init__(self, app: Flask, *, most: int = _MOST) -> None:
        self._app = app
        self._most = most
        self._checked: OrderedDict[str, _Checked] = OrderedDict()

    def find_key(self, header: str, *, at: datetime) -> Key | None:
        """The key in this Cookie header, while it is of age; None where there is more to be told."""
        checked = self._checked.get(header) or self._check(header)
        if checked is None or checked.key.is_over(at=at):
            return None
        if not timedelta(0) <= at - checked.signed_at <= self._app.permanent_session_lifetime:
            return None
        return checked.key

    def _check(self, header: str) -> _Checked | None:
        cookies = parse_cookie(header)
        value = cookies.get(self._app.config["SESSION_COOKIE_NAME"])
        if not value or self._serializer is None or cookie_name(self._app) in cookies:
            return None
        try:
            kept, signed_at = self._serializer.loads(value, return_timestamp=True)
        except BadSignature:
            return None
        key = key_of(kept) if holds_no_more_than_a_key(kept) else None
        if key is None:
            return None
        checked = _Checked(key=key, signed_at=signed_at)
        if len(header) <= _LONGEST:
            self._checked[header] = checked
            while len(self._checked) > self._most:
                self._checked.popitem(last=False)
        return checked

    @cached_property
    def _serializer(self) -> URLSafeTimedSerializer | None:
        sessions = self._app.session_interface
        assert isinstance(sessions, SecureCookieSessionInterface)  # noqa: S101 - another kind keeps no cookie
        return sessions.get_signing_serializer(self._app)
