"""How often one address may ask for pages that are open to everybody.

A flood brake, no more: what guards money and secrets is counted in the database (staff.throttle). Counts are
shared through Redis where REDIS_URL is set, else each process counts for itself. While Redis is away each
process counts for itself too, so that nobody is locked out by it.
"""

from typing import Any

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from repairshop.web.access import Door, find_access

_OPEN_PAGES = "240 per minute"
_NEVER_LIMITED = frozenset({"health.alive", "operations.ready"})


def init_limits(app: Flask, *, redis_url: str) -> None:
    """Put the brake on every public page; call once all routes are there."""
    limiter = Limiter(
        key_func=get_remote_address,
        app=app,
        storage_uri=redis_url or "memory://",
        in_memory_fallback_enabled=bool(redis_url),
        strategy="moving-window",
    )
    for endpoint, view in list(app.view_functions.items()):
        access = find_access(app, endpoint)
        if access is not None and access.door is Door.PUBLIC and endpoint not in _NEVER_LIMITED:
            limited: Any = limiter.limit(_OPEN_PAGES)(view)  # its own type admits what Flask does not
            app.view_functions[endpoint] = limited
