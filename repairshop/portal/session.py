"""The customer at this browser. The cookie names the link they followed; every request asks whether it holds.

Nothing is written when a link is followed: mail scanners open links too. A revoked link ends the sessions
that began with it, because its version is part of the cookie.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app, g, render_template, session
from flask.typing import ResponseReturnValue

from repairshop import clock
from repairshop.errors import NotFound
from repairshop.portal import queries
from repairshop.portal.queries import Guest
from repairshop.portal.rules import moment_of, visit_is_over
from repairshop.staff.rules import Actor, ActorKind, ShopId
from repairshop.tickets.links import parse_token, token_is_true
from repairshop.tickets.rules import LinkOrigin
from repairshop.web.locale import speak

_KEY = "portal"

# For Clear-Site-Data: pages, pictures and the pass that its worker keeps.
NOTHING_KEPT = '"cache", "storage"'


def enter(token: str) -> None:
    """Let the person in who followed this link; NotFound for every token that is not true now."""
    parsed = parse_token(token)
    if parsed is None:
        raise NotFound
    guest = queries.find_guest(parsed.link_id)
    key = current_app.extensions["repairshop_config"].link_key
    if guest is None or not token_is_true(parsed, version=guest.link_version, key=key):
        raise NotFound
    admit(guest, origin=guest.origin)


def admit(guest: Guest, *, origin: LinkOrigin) -> None:
    """Open the visit in this browser; `origin` says how the person proved who they are."""
    session[_KEY] = {
        "link": guest.link_id,
        "version": guest.link_version,
        "origin": origin.value,
        "at": int(clock.now().timestamp()),
    }


def leave() -> None:
    session.pop(_KEY, None)


def pass_portal() -> ResponseReturnValue | None:
    """The gate of every portal page. Who came by a link that was revoked leaves nothing in the browser."""
    guest = find_current_guest()
    if guest is None:
        gone = {"Clear-Site-Data": NOTHING_KEPT} if find_key() is not None else {}
        leave()
        return render_template("portal/ask_for_link.html"), 404, gone
    speak(language=guest.language, country=guest.shop.country, time_zone=guest.shop.time_zone)
    return None


def current_guest() -> Guest:
    """Who reads this portal page; only behind the portal gate."""
    guest = find_current_guest()
    if guest is None:
        raise NotFound
    return guest


def find_current_guest() -> Guest | None:
    if "guest" not in g:
        g.guest = _find_guest()
    found: Guest | None = g.guest
    return found


@dataclass(frozen=True, kw_only=True)
class Key:
    """What the cookie says: the link, its version then, how the person proved who they are, and when."""

    link_id: int
    link_version: int
    origin: LinkOrigin
    began_at: datetime

    def is_over(self, *, at: datetime) -> bool:
        """Whether the visit has lasted too long. Whether the link holds is not asked."""
        return visit_is_over(began_at=self.began_at, at=at)


def find_key() -> Key | None:
    """The key of this browser; None without one, and once the visit has lasted too long."""
    key = key_of(session)
    return None if key is None or key.is_over(at=clock.now()) else key


def key_of(kept: Mapping[str, Any]) -> Key | None:
    """The key in the session of a browser, None without one."""
    entry = kept.get(_KEY)
    if not isinstance(entry, dict):
        return None
    began_at = moment_of(entry.get("at"))
    if began_at is None:
        return None
    return Key(
        link_id=int(entry["link"]),
        link_version=entry["version"],
        origin=LinkOrigin(entry["origin"]),
        began_at=began_at,
    )


def holds_no_more_than_a_key(kept: Mapping[str, Any]) -> bool:
    """Whether nothing else is known of the browser: nobody works here in it, no news wait for it."""
    return kept.keys() <= {_KEY, "csrf_token"}


def _find_guest() -> Guest | None:
    key = find_key()
    guest = queries.find_guest(key.link_id) if key is not None else None
    if key is None or guest is None or guest.link_version != key.link_version:
        return None
    return guest.came_by(key.origin)


def customer_of(guest: Guest) -> Actor:
    """The guest as verbs want them."""
    return Actor(kind=ActorKind.CUSTOMER, shop_id=ShopId(guest.shop.id), id=guest.customer_id)
