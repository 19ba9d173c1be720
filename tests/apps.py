"""Applications for tests. Building one takes longer than most tests: equal settings share one per process."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Flask

from config import Config, load_config
from repairshop.app import create_app
from repairshop.database import db
from repairshop.media.store import open_store, use_store
from repairshop.privacy.vault_keys import open_vault, use_vault
from tests.client import Client, watch_for_uncommitted_changes
from tests.templates import REMEMBERED_TEMPLATES

_KEPT = 4

Settings = tuple[tuple[str, str], ...]
_built: dict[Settings, Flask] = {}


def build(config: Config) -> Flask:
    """An application of the test's own: for tests that add routes to it."""
    app = create_app(config)
    app.testing = True
    app.test_client_class = Client
    app.jinja_env.bytecode_cache = REMEMBERED_TEMPLATES
    watch_for_uncommitted_changes(app)
    return app


@contextmanager
def lend(settings: Mapping[str, str]) -> Iterator[Flask]:
    """The application with these settings, as it was when built. Its database may be another by now.

    For the length of the block; what a test changes in its settings is put back afterwards, and what it asked
    for does not count against the next one.
    """
    key = tuple(sorted(settings.items()))
    app = _built.pop(key, None)
    if app is None:
        app = build(load_config(settings))
        config: Config = app.extensions["repairshop_config"]
    else:
        config = app.extensions["repairshop_config"]
        use_store(open_store(config.media_url, data=config.data))
        use_vault(open_vault(config.vault_store_url, secrets=(config.vault_key, config.vault_key_old)))
    _built[key] = app  # the last one used stands last
    for oldest in list(_built)[:-_KEPT]:
        del _built[oldest]
    before = _what_tests_change(app)
    yield app
    close(app)
    _put_back(app, before)
    if not config.redis_url:
        _forget_what_was_asked(app)


def close(app: Flask) -> None:
    """Let go of the database, so that it can be replaced."""
    with app.app_context():
        db.engine.dispose()


def _what_tests_change(app: Flask) -> tuple[bool, dict[str, Any], dict[str, Any]]:
    return app.testing, dict(app.config), dict(app.extensions)


def _put_back(app: Flask, before: tuple[bool, dict[str, Any], dict[str, Any]]) -> None:
    app.testing, config, extensions = before
    for current, kept in ((app.config, config), (app.extensions, extensions)):
        current.clear()
        current.update(kept)


def _forget_what_was_asked(app: Flask) -> None:
    for limiter in app.extensions["limiter"]:
        limiter.reset()
