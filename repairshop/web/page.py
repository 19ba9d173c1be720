"""What the page frames (templates/base.html, portal_base.html) ask of the application."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, current_app
from flask_babel import get_locale

from repairshop.web.saying import init_saying


def has_endpoint(name: str) -> bool:
    """Whether this installation has that page: the bar shows a word only where it leads somewhere."""
    return name in current_app.view_functions


def page_language() -> str:
    """For <html lang>: "en", "es"."""
    locale = get_locale()
    return locale.language if locale is not None else "en"


def page_direction() -> str:
    """For <html dir>: "ltr" or "rtl"."""
    locale = get_locale()
    return str(locale.text_direction) if locale is not None else "ltr"


@cache
def edition() -> str:
    """A name for the words and shapes of all pages: it changes when a template, catalogue or style does."""
    package = Path(current_app.root_path)
    folders = (package.parent / name for name in ("templates", "translations"))
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    digest = hashlib.sha256()
    # The manifest has the hashes that pages name styles and scripts by.
    for path in (*files, package / "static" / "built" / "manifest.json"):
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()[:16]


def init_page(app: Flask) -> None:
    init_saying(app)
    app.jinja_env.globals.update(
        has_endpoint=has_endpoint, page_language=page_language, page_direction=page_direction
    )
