"""Who may open a route: each view carries exactly one mark, one hook enforces them all.

A route without a mark stops create_app. This module knows no feature; staff and portal bring their
gates, which answer None when the person may pass, or the response that turns them away. One thing stands
before all of it: portal/kept.py answers a customer's page read again, and asks itself whether the link holds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue

View = TypeVar("View", bound=Callable[..., Any])

_MARK = "repairshop_access"
_UNMARKED = frozenset({"static"})
# Only staff, and phones with a key from the counter, send pictures. Everybody else's forms are words, and
# more is refused before it is read.
_LARGEST_FROM_OUTSIDE = 512 * 1024
_LARGEST_PICTURES = 64 * 1024 * 1024


class Door(StrEnum):
    PUBLIC = "public"
    STAFF = "staff"
    PORTAL = "portal"
    CALLBACK = "callback"


@dataclass(frozen=True, kw_only=True)
class Access:
    """The mark on a view; `right` is set behind the staff door only.

    A public view that `brings_pictures` checks the key in its own address before it reads the body, and asks
    for no form token: nobody else's page knows that address.
    """

    door: Door
    right: StrEnum | None = None
    brings_pictures: bool = False


@dataclass(frozen=True, kw_only=True)
class Gates:
    """What staff and portal ask of a request before its view runs."""

    staff: Callable[[StrEnum], ResponseReturnValue | None]
    portal: Callable[[], ResponseReturnValue | None]


class UnmarkedRoute(Exception):
    """A route says not who may open it; create_app stops."""


def public(view: View) -> View:
    """Anybody may open this."""
    return mark(view, Access(door=Door.PUBLIC))


def public_pictures(view: View) -> View:
    """Anybody with the key in the address may open this and send pictures; the view checks the key."""
    return mark(view, Access(door=Door.PUBLIC, brings_pictures=True))


def staff_only(right: StrEnum) -> Callable[[View], View]:
    """Signed-in staff of a shop who hold this right."""

    def marked(view: View) -> View:
        return mark(view, Access(door=Door.STAFF, right=right))

    return marked


def portal_only(view: View) -> View:
    """A customer who came by their link."""
    return mark(view, Access(door=Door.PORTAL))


def signed_callback(view: View) -> View:
    """A machine that signs what it sends; the view checks the signature, no form token is asked for."""
    return mark(view, Access(door=Door.CALLBACK))


def mark(view: View, access: Access) -> View:
    """Put the mark on a view; a second mark is an error."""
    if getattr(view, _MARK, access) != access:
        raise UnmarkedRoute(f"{view.__name__} is marked twice")
    setattr(view, _MARK, access)
    return view


def find_access(app: Flask, endpoint: str) -> Access | None:
    found = getattr(app.view_functions.get(endpoint), _MARK, None)
    return found if isinstance(found, Access) else None


def init_access(app: Flask, gates: Gates) -> None:
    """Enforce the marks; call before the form-token check so that strangers learn nothing from it."""

    def enforce() -> ResponseReturnValue | None:
        if request.endpoint is None or request.endpoint in _UNMARKED:
            return None
        access = find_access(current_app, request.endpoint)
        if access is None:
            raise UnmarkedRoute(request.endpoint)
        if access.door is Door.STAFF and access.right is not None:
            return gates.staff(access.right)
        request.max_content_length = _LARGEST_PICTURES if access.brings_pictures else _LARGEST_FROM_OUTSIDE
        if access.door is Door.PORTAL:
            return gates.portal()
        return None

    app.before_request(enforce)


def require_marks(app: Flask) -> None:
    """Raise UnmarkedRoute naming every route that carries no mark."""
    unmarked = sorted(
        f"{rule.endpoint} ({rule.rule})"
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in _UNMARKED and find_access(app, rule.endpoint) is None
    )
    if unmarked:
        raise UnmarkedRoute("say who may open: " + ", ".join(unmarked))


def safe_next(target: str | None) -> str | None:
    """The address when it is a plain path of this site, else None.

    Browsers read a backslash as a slash and drop tabs and line ends, so "/\\evil.example" and
    "/\\t/evil.example" leave the site as surely as "//evil.example".
    """
    if not target or not target.startswith("/") or target.startswith("//") or len(target) > 2000:
        return None
    if "\\" in target or any(ord(character) < 32 or ord(character) == 127 for character in target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target
