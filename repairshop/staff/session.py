"""Who sits at this browser. The cookie holds a random token, the row behind it can be ended at any time."""

import hashlib
import hmac
import time
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import user_logged_in, user_logged_out

from repairshop.clock import now
from repairshop.errors import NotFound
from repairshop.staff import counters, queries, service
from repairshop.staff.queries import ShopFacts, SignedIn, StaffFacts
from repairshop.staff.rules import (
    SEEN_EVERY,
    SEEN_EVERY_AT_COUNTER,
    Actor,
    Barrier,
    Right,
    browser_name,
    find_barrier,
)
from repairshop.staff.security_library import login_user
from repairshop.transaction import transaction
from repairshop.web.access import safe_next
from repairshop.web.error_pages import barred_page, sign_in_redirect
from repairshop.web.locale import speak

_SESSION_KEY = "staff_session"
_AUTHENTICATED_AT = "fs_paa"  # Flask-Security's key for the time of the last password check
# What setting up a factor left in the cookie is its person's alone.
OFFERED_SECRET = "offered_secret"  # noqa: S105 - the name of a key
CHALLENGE = "passkey_challenge"
_OWN_KEYS = (OFFERED_SECRET, CHALLENGE)
_KNOWN_BROWSER_DAYS = 180
_COMPUTER_DAYS = 365
# What opens while something stands in the way: the page that opens the way.
_BEFORE_BARRIER = {
    Barrier.LOCKED: {"lock"},
    Barrier.ASK_FACTOR: {"factor"},
    Barrier.SET_UP_FACTOR: {"factor", "own_factor"},
}
_WAY_ON = {
    Barrier.LOCKED: "lock.show",
    Barrier.ASK_FACTOR: "factor.ask",
    Barrier.SET_UP_FACTOR: "own_factor.show",
}


def current_actor() -> Actor:
    """The signed-in person as verbs want them; only on staff pages.

    A form that answers a verb's question sends the reason as `insists`.
    """
    actor, insists = _current().actor, request.form.get("insists", "")[:20]
    return replace(actor, insists=insists) if insists else actor


def current_shop() -> ShopFacts:
    """The shop the signed-in person works in; only on staff pages."""
    return _current().shop


def current_staff() -> StaffFacts:
    """The signed-in person's own facts; only on staff pages."""
    return _current().staff


def _current() -> SignedIn:
    signed_in = find_signed_in()
    if signed_in is None:
        raise RuntimeError("nobody is signed in: the view's mark should be @staff_only")
    return signed_in


def find_signed_in() -> SignedIn | None:
    """Who is signed in at this browser, looked up once per request.

    Nobody, where that is not known yet and the page is an error's that leaves the database alone.
    """
    if "signed_in" not in g:
        if g.get("leave_database_alone"):
            return None
        token = session.get(_SESSION_KEY)
        g.signed_in = queries.find_signed_in(token, now=now()) if isinstance(token, str) else None
    found: SignedIn | None = g.signed_in
    return found


def signed_in_at() -> datetime | None:
    """When the password was last typed in this browser; a switch by PIN will not move it."""
    moment = session.get(_AUTHENTICATED_AT)
    return datetime.fromtimestamp(float(moment), UTC) if moment else None


def is_fresh() -> bool:
    """Whether the password was typed recently enough for reveals and the like."""
    moment, within = signed_in_at(), current_app.config["SECURITY_FRESHNESS"]
    return moment is not None and now() - moment <= within


def pass_staff(right: StrEnum) -> ResponseReturnValue | None:
    """The gate in front of every staff page."""
    signed_in = find_signed_in()
    if signed_in is None:
        return sign_in_redirect()
    speak(
        language=signed_in.staff.language,
        country=signed_in.shop.country,
        time_zone=signed_in.shop.time_zone,
    )
    barrier = find_barrier(signed_in.state, now=now())
    if barrier is not None and request.blueprint not in _BEFORE_BARRIER[barrier]:
        return _stop_at(barrier)
    if not isinstance(right, Right) or not signed_in.actor.may(right):
        abort(403)
    seen_every = SEEN_EVERY_AT_COUNTER if signed_in.computer_id else SEEN_EVERY
    if barrier is not Barrier.LOCKED and now() - signed_in.last_seen_at > seen_every and not _is_background():
        with transaction():
            service.touch_session(signed_in.session_id)
    return None


def _stop_at(barrier: Barrier) -> ResponseReturnValue:
    """To the page that opens the way; a sent form keeps its values on a page of its own."""
    g.barred = True
    here = request.full_path.rstrip("?")
    if _is_background():
        abort(403)
    if request.method not in {"GET", "HEAD"}:
        return barred_page(_WAY_ON[barrier])
    return redirect(url_for(_WAY_ON[barrier], next=here))


def _is_background() -> bool:
    """A page that asks for news by itself: nobody sits there because of it."""
    return request.method == "GET" and (
        request.headers.get("X-Requested-With") == "fetch"
        or request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
    )


def sign_in(staff_id: int) -> None:
    """Open a session for this browser without asking the password again, right after it was chosen."""
    account = current_app.extensions["security"].datastore.find_user(id=staff_id)
    if account is None:
        raise NotFound
    login_user(account, authn_via=["password"])


def current_session_id() -> int:
    return _current().session_id


def current_computer_id() -> int | None:
    """The paired counter computer the person sits at, if it is one."""
    return _current().computer_id


def current_barrier() -> Barrier | None:
    return find_barrier(_current().state, now=now())


def is_factor_demanded() -> bool:
    """Whether the shop asks the person's role for a second factor."""
    state = _current().state
    return state.role in state.factor_roles


def switch_by_pin(staff_id: int) -> None:
    """The computer is another colleague's now, or its own person's again.

    The form token stays: a page left open behind the lock can still be sent. What needs a fresh sign-in
    asks for the password again, whoever unlocked.
    """
    signed_in = _current()
    if staff_id == signed_in.staff.id:
        with transaction():
            counters.unlock_session(signed_in.session_id)
    else:
        _change_row(staff_id, signed_in)
    for key in (_AUTHENTICATED_AT, *_OWN_KEYS):
        session.pop(key, None)
    session["_fresh"] = False
    g.pop("signed_in", None)


def _change_row(staff_id: int, signed_in: SignedIn) -> None:
    account = current_app.extensions["security"].datastore.find_user(id=staff_id)
    _end_row()
    with transaction():
        session[_SESSION_KEY] = service.start_session(
            staff_id,
            shop_id=signed_in.shop.id,
            browser=browser_name(request.user_agent.string),
            computer_id=signed_in.computer_id,
            by_pin=True,
        )
    session["_user_id"] = account.fs_uniquifier


def remember_computer(token: str) -> None:
    """Put the paired computer's cookie on the answer to this request."""
    g.computer_token = token


def _computer_cookie() -> str:
    return "__Host-computer" if current_app.config["SESSION_COOKIE_SECURE"] else "computer"


def listen(app: Flask) -> None:
    """Follow Flask-Login's sign-ins and sign-outs with our own session rows."""
    user_logged_in.connect(_begin, app)
    user_logged_out.connect(_end, app)
    app.after_request(_after_sign_in_and_out)
    app.context_processor(_for_templates)


def _begin(_app: Flask, *, user: Any, **_more: object) -> None:
    shop_id = queries.find_working_shop(user.id)
    if shop_id is None:
        raise NotFound
    _end_row()
    for key in _OWN_KEYS:
        session.pop(key, None)
    computer_id = counters.find_computer(request.cookies.get(_computer_cookie(), ""), shop_id=shop_id)
    with transaction():
        session[_SESSION_KEY] = service.start_session(
            user.id, shop_id=shop_id, browser=browser_name(request.user_agent.string), computer_id=computer_id
        )
    g.pop("signed_in", None)
    g.signed_in_email = user.email
    # A form token from before the sign-in must not work after it.
    session.pop("csrf_token", None)
    g.pop("csrf_token", None)


def _end(_app: Flask, **_more: object) -> None:
    _end_row()
    session.clear()  # a customer's visit opened at the counter ends too
    g.pop("signed_in", None)
    g.signed_out = True


def _end_row() -> None:
    token = session.pop(_SESSION_KEY, None)
    if isinstance(token, str):
        with transaction():
            service.end_session(token)


def _after_sign_in_and_out(response: Response) -> Response:
    if request.blueprint == "security" and response.location and not safe_next(response.location):
        response.location = "/"  # Flask-Security lets some through that safe_next() does not
    if g.get("signed_out"):
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
    if email := g.get("signed_in_email"):
        _set_cookie(response, _known_browser_cookie(), _browser_mark(email), days=_KNOWN_BROWSER_DAYS)
    if token := g.get("computer_token"):
        _set_cookie(response, _computer_cookie(), token, days=_COMPUTER_DAYS)
    return response


def _set_cookie(response: Response, name: str, value: str, *, days: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=days * 24 * 3600,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Strict",
    )


def known_browser(email: str) -> str | None:
    """The mark of a browser in which this account signed in before, or None."""
    given = request.cookies.get(_known_browser_cookie(), "")
    made, _, _signature = given.partition(".")
    return given if made and hmac.compare_digest(given, _browser_mark(email, made=made)) else None


def _browser_mark(email: str, *, made: str = "") -> str:
    made = made or str(int(time.time()))
    key = str(current_app.config["SECRET_KEY"]).encode()
    signature = hmac.new(key, f"browser:{made}:{email.casefold()}".encode(), hashlib.sha256).hexdigest()
    return f"{made}.{signature}"


def _known_browser_cookie() -> str:
    return "__Host-known" if current_app.config["SESSION_COOKIE_SECURE"] else "known"


def _for_templates() -> dict[str, object]:
    """None where no staff gate was passed: public and error pages must not ask the database for a bar."""
    signed_in: SignedIn | None = None if g.get("barred") else g.get("signed_in")
    at_counter = signed_in is not None and signed_in.state.is_at_counter
    return {
        # Seconds after which the page locks by itself; none on a browser that is not a paired computer.
        "lock_after": int(signed_in.state.lock_after.total_seconds()) if signed_in and at_counter else 0,
        "current_actor": signed_in and signed_in.actor,
        "current_staff": signed_in and signed_in.staff,
        "current_shop": signed_in and signed_in.shop,
        "Right": Right,
    }
