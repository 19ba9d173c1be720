"""Build the program: settings in, wired Flask application out."""

from datetime import timedelta
from pathlib import Path

import click
from flask import Flask
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Config
from repairshop import events, fault_points, personal, wiring
from repairshop.database import db, init_database
from repairshop.media.store import open_store, use_store
from repairshop.notifications.lengths import know_address
from repairshop.privacy.vault_keys import open_vault, use_vault
from repairshop.staff.accounts import init_accounts
from repairshop.web.access import Door, find_access, init_access, require_marks
from repairshop.web.assets import init_assets
from repairshop.web.commands import Commands
from repairshop.web.error_pages import init_error_pages, use_conflict_page
from repairshop.web.filters import init_filters
from repairshop.web.headers import init_headers
from repairshop.web.limits import init_limits
from repairshop.web.locale import init_locale
from repairshop.web.logs import configure_logging, init_logs
from repairshop.web.page import init_page
from repairshop.web.row_numbers import init_row_numbers
from repairshop.web.templating import SpokenEnvironment

ROOT = Path(__file__).resolve().parent.parent

# Six photos of at most 15 MB travel in one form; a drawn signature is a text field of some 100 kB.
_LARGEST_REQUEST = 100 * 1024 * 1024
_LARGEST_TEXT_FIELDS = 2 * 1024 * 1024


def create_app(config: Config) -> Flask:
    """The wired application; raises when a route does not say who may open it."""
    configure_logging(level=config.log_level, as_json=config.log_format == "json")
    app = Flask("repairshop", root_path=str(ROOT / "repairshop"), template_folder=str(ROOT / "templates"))
    app.cli = Commands(wiring.COMMANDS)
    app.config.from_mapping(_flask_settings(config))
    app.extensions["repairshop_config"] = config
    fault_points.arm(config.fault_points)
    # What answers a page that was read before, having asked itself who may.
    app.wsgi_app = wiring.FIRST_LOOK(app, app.wsgi_app)  # type: ignore[method-assign]
    if config.proxy_hops:
        hops = config.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    _set_up_templates(app)
    init_database(app)
    use_store(open_store(config.media_url, data=config.data))
    know_address(config.public_url)
    use_vault(open_vault(config.vault_store_url, secrets=(config.vault_key, config.vault_key_old)))
    if click.get_current_context(silent=True):
        init_migrations(app)
    init_logs(app)
    init_locale(app)
    init_filters(app)
    init_page(app)
    init_row_numbers(app)
    init_assets(app)
    init_error_pages(app)
    init_headers(app, https=config.is_https_for_good)
    # Who may comes before the form token, and both before any view.
    init_access(app, wiring.GATES)
    csrf = CSRFProtect(app)
    init_accounts(app)
    _wire(app)
    _exempt_from_form_tokens(app, csrf)
    init_limits(app, redis_url=config.redis_url)
    require_marks(app)
    return app


def init_migrations(app: Flask) -> None:
    """Tell `flask db` where the migrations are. A web server does without Alembic, for a quick start."""
    from flask_migrate import Migrate

    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)


def _flask_settings(config: Config) -> dict[str, object]:
    return {
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.sqlalchemy_url,
        # An error of the database goes to the log: without names, numbers, texts and hashes.
        # A connection for each of a web server's eight threads stays open, and each may need a second one.
        "SQLALCHEMY_ENGINE_OPTIONS": {"hide_parameters": True, "pool_size": 8, "max_overflow": 8},
        "MIGRATION_URL": config.migration_url,
        "TRUSTED_HOSTS": config.allowed_hosts,
        "MAX_CONTENT_LENGTH": _LARGEST_REQUEST,
        "MAX_FORM_MEMORY_SIZE": _LARGEST_TEXT_FIELDS,
        "MAX_FORM_PARTS": 2000,
        # The __Host- prefix makes browsers refuse the cookie from a subdomain or over plain HTTP.
        "SESSION_COOKIE_NAME": "__Host-repairshop" if config.is_https else "repairshop",
        "SESSION_COOKIE_SECURE": config.is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        # How long the cookie's signature is accepted; the session row behind it ends much earlier.
        "PERMANENT_SESSION_LIFETIME": timedelta(days=31),
        "WTF_CSRF_TIME_LIMIT": None,  # a counter tab stays open all day; the token lives as long as it
        "TRANSLATIONS": ROOT / "translations",
    }


def _set_up_templates(app: Flask) -> None:
    app.jinja_environment = SpokenEnvironment
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    # Everything but plain-text messages is escaped, whatever the file's name ends in.
    app.jinja_env.autoescape = lambda name: not (name or "").endswith(".txt")


def _wire(app: Flask) -> None:
    events.connect(wiring.EVENT_HANDLERS)
    personal.connect(wiring.ERASERS)
    for blueprint in wiring.BLUEPRINTS:
        app.register_blueprint(blueprint)
    use_conflict_page(app, wiring.CONFLICT_PAGE)


def _exempt_from_form_tokens(app: Flask, csrf: CSRFProtect) -> None:
    for endpoint, view in app.view_functions.items():
        access = find_access(app, endpoint)
        if access is not None and (access.door is Door.CALLBACK or access.brings_pictures):
            csrf.exempt(view)
