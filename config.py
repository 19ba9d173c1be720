"""Every setting, read once from the environment into one frozen dataclass. Imports nothing of ours.

The comment-like `doc` of each field is the text of docs/configuration.md, which script/docs writes.
"""

import os
import re
import secrets
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class SettingError(Exception):
    """A setting is missing or wrong; the message is one sentence that names it and shows an example."""


# A call may take 3 and 10 seconds; a report of it comes within a minute more.
_SHORTEST_GRACE_SECONDS = 73


class Mode(StrEnum):
    PRODUCTION = "production"
    DEVELOPMENT = "development"


def _setting(name: str, doc: str, *, example: str, secret: bool = False, **default: Any) -> Any:
    # A secret stays out of the repr, and so out of tracebacks and logs.
    facts = {"name": name, "doc": doc, "example": example, "secret": secret}
    return field(metadata=facts, repr=not secret, **default)


@dataclass(frozen=True, kw_only=True)
class Config:
    """The settings of one installation."""

    mode: Mode = _setting(
        "REPAIRSHOP_MODE",
        "`production` refuses weak secrets, a missing public address and the demo shop; `development` makes "
        "secrets of its own in the data folder.",
        example="production",
        default=Mode.DEVELOPMENT,
    )
    data: Path = _setting(
        "REPAIRSHOP_DATA",
        "Folder for the SQLite file, media, and keys made at first start.",
        example="/var/lib/repairshop",
        default=Path("var"),
    )
    database_url: str = _setting(
        "DATABASE_URL",
        "Database address. Left out, the SQLite file `repairshop.db` in the data folder is used.",
        example="postgresql://repairshop:secret@db.internal/repairshop",
        secret=True,
        default="",
    )
    database_migration_url: str = _setting(
        "DATABASE_MIGRATION_URL",
        "Database address of the owner role, used by `flask db upgrade` only, when `DATABASE_URL` names a "
        "role that may not change tables.",
        example="postgresql://owner:secret@db.internal/repairshop",
        secret=True,
        default="",
    )
    redis_url: str = _setting(
        "REDIS_URL",
        "Redis address for request limits shared by several web processes. Left out, limits are counted per "
        "process; those that guard money or secrets are always counted in the database.",
        example="redis://redis.internal:6379/0",
        secret=True,
        default="",
    )
    media_url: str = _setting(
        "MEDIA_URL",
        "Where photos are kept: a `file://` folder or an `s3://bucket/prefix`. Left out, the folder `media` "
        "in the data folder.",
        example="s3://shop-media/photos?endpoint=https://s3.internal&region=eu-west-2",
        secret=True,
        default="",
    )
    secret_key: str = _setting(
        "SECRET_KEY",
        "Signs sessions and forms; at least 32 characters.",
        example="$(openssl rand -hex 32)",
        secret=True,
        default="",
    )
    link_key: str = _setting(
        "LINK_KEY",
        "Makes the customers' links; at least 32 characters. Changing it ends every link handed out.",
        example="$(openssl rand -hex 32)",
        secret=True,
        default="",
    )
    vault_key: str = _setting(
        "VAULT_KEY",
        "Wraps the keys of the passcode vault; at least 32 characters. Keep it out of database backups.",
        example="$(openssl rand -hex 32)",
        secret=True,
        default="",
    )
    vault_key_old: str = _setting(
        "VAULT_KEY_OLD",
        "The former `VAULT_KEY` while it is being changed; remove it after `flask vault rotate`.",
        example="the former VAULT_KEY",
        secret=True,
        default="",
    )
    vault_keys_url: str = _setting(
        "VAULT_KEYS_URL",
        "Database of the vault's wrapped keys, another one than `DATABASE_URL`. Left out, the SQLite file "
        "`vault-keys.db` in the data folder, which suits one machine only.",
        example="postgresql://repairshop:secret@db.internal/repairshop_keys",
        secret=True,
        default="",
    )
    public_url: str = _setting(
        "PUBLIC_URL",
        "The address customers reach, from which every link and every callback address is built.",
        example="https://repair.example.com",
        default="http://localhost:8000",
    )
    trusted_hosts: tuple[str, ...] = _setting(
        "TRUSTED_HOSTS",
        "Host names the web process answers to, separated by commas. Left out: the host of `PUBLIC_URL`, and "
        "in development also localhost.",
        example="repair.example.com,repair.internal",
        default=(),
    )
    proxy_hops: int = _setting(
        "PROXY_HOPS",
        "How many reverse proxies stand in front and set X-Forwarded-For and X-Forwarded-Proto.",
        example="1",
        default=0,
    )
    smtp_url: str = _setting(
        "SMTP_URL",
        "Mail server: `smtp://` plain (loopback and private addresses only), `smtp+starttls://`, or "
        "`smtps://`, with user and password where needed. Left out, mail goes to the outbox page.",
        example="smtp+starttls://user:secret@mail.example.com:587",
        secret=True,
        default="",
    )
    mail_from: str = _setting(
        "MAIL_FROM",
        "Sender address of e-mail.",
        example="repairs@example.com",
        default="",
    )
    twilio_account_sid: str = _setting(
        "TWILIO_ACCOUNT_SID",
        "Twilio account. Left out, texts go to the outbox page.",
        example="AC followed by 32 hexadecimal digits",
        default="",
    )
    twilio_auth_token: str = _setting(
        "TWILIO_AUTH_TOKEN",
        "Twilio's secret; also checks the signature of its callbacks.",
        example="32 hexadecimal digits",
        secret=True,
        default="",
    )
    twilio_from: str = _setting(
        "TWILIO_FROM",
        "Sender number of texts; or set TWILIO_MESSAGING_SERVICE_SID.",
        example="+15005550006",
        default="",
    )
    twilio_messaging_service_sid: str = _setting(
        "TWILIO_MESSAGING_SERVICE_SID",
        "Messaging service that picks the sender; or set TWILIO_FROM.",
        example="MG followed by 32 hexadecimal digits",
        default="",
    )
    twilio_api_base: str = _setting(
        "TWILIO_API_BASE",
        "Another address of Twilio's API, for a stand-in that checks calls.",
        example="http://127.0.0.1:5620",
        default="https://api.twilio.com",
    )
    notice_grace_seconds: int = _setting(
        "NOTICE_GRACE_SECONDS",
        "How long an attempt whose answer was lost waits for a status callback before the provider's list is "
        "asked; at least the provider's time-out plus 60 seconds in production.",
        example="75",
        default=75,
    )
    fault_points: str = _setting(
        "FAULT_POINTS",
        "For drills: places of the delivery at which a process fails on purpose. Production refuses it.",
        example="claim.committed=kill",
        default="",
    )
    texts_per_second: int = _setting(
        "TEXTS_PER_SECOND",
        "How many texts all workers together hand to Twilio in a second; 0 for no limit. Twilio queues what "
        "its networks take more slowly.",
        example="10",
        default=10,
    )
    mails_per_second: int = _setting(
        "MAILS_PER_SECOND",
        "How many mails all workers together hand to the mail server in a second; 0 for no limit.",
        example="20",
        default=20,
    )
    demo_password: str = _setting(
        "DEMO_PASSWORD",
        "Fixes the password of the demo sign-ins; left out, one is made and printed.",
        example="a sentence of your own",
        secret=True,
        default="",
    )
    log_level: str = _setting("LOG_LEVEL", "debug, info, warning or error.", example="info", default="info")
    log_format: str = _setting(
        "LOG_FORMAT", "`lines` for people, `json` for machines.", example="json", default="lines"
    )

    @property
    def is_production(self) -> bool:
        return self.mode is Mode.PRODUCTION

    @property
    def sqlalchemy_url(self) -> str:
        """The address as SQLAlchemy wants it, with psycopg named for PostgreSQL."""
        return sqlalchemy_url(self.database_url) or f"sqlite:///{self.data.resolve()}/repairshop.db"

    @property
    def migration_url(self) -> str:
        return sqlalchemy_url(self.database_migration_url) or self.sqlalchemy_url

    @property
    def vault_store_url(self) -> str:
        return sqlalchemy_url(self.vault_keys_url) or f"sqlite:///{self.data.resolve()}/vault-keys.db"

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def is_https_for_good(self) -> bool:
        """Not under a name or number of one machine or network: other programs there have the same one."""
        host = self.public_host
        is_number = ":" in host or host.replace(".", "").isdigit()
        is_local = "." not in host or host.endswith(
            (".local", ".lan", ".internal", ".localhost", ".home.arpa")
        )
        return self.is_https and not is_number and not is_local

    @property
    def public_host(self) -> str:
        return urlsplit(self.public_url).hostname or ""

    @property
    def allowed_hosts(self) -> list[str]:
        local = [] if self.is_production else ["localhost", "127.0.0.1", "[::1]"]
        return list(self.trusted_hosts or (self.public_host,)) + local


def sqlalchemy_url(address: str) -> str:
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", address)


def load_config(environ: dict[str, str] | None = None) -> Config:
    """Read the environment; raises SettingError for the first setting that is missing or wrong."""
    source = dict(os.environ) if environ is None else environ
    values = {entry.name: _read(entry.metadata["name"], entry.type, source) for entry in fields(Config)}
    given = {name: value for name, value in values.items() if value is not None}
    config = Config(**given)
    if not config.is_production:
        config = _with_development_secrets(config)
    _check(config)
    return config


def _read(name: str, kind: Any, source: dict[str, str]) -> Any:
    text = source.get(name, "").strip()
    if not text:
        return None
    if kind is Mode:
        if text not in set(Mode):
            raise _error("REPAIRSHOP_MODE", f"must be production or development, not {text!r}")
        return Mode(text)
    if kind is Path:
        return Path(text)
    if kind is int:
        if not text.isdigit():
            raise _error(name, f"must be a whole number, not {text!r}")
        return int(text)
    if kind is str:
        return text
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _with_development_secrets(config: Config) -> Config:
    """Fill missing secrets from files in the data folder, made at first start and readable by us only."""
    missing = [name for name in ("secret_key", "link_key", "vault_key") if not getattr(config, name)]
    try:
        made: dict[str, Any] = {name: _development_secret(config.data / "keys" / name) for name in missing}
    except OSError as error:
        raise _error("REPAIRSHOP_DATA", f"cannot be written ({error.strerror})") from error
    return replace(config, **made)


def _development_secret(path: Path) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        secret = secrets.token_hex(32)
        file.write(secret + "\n")
    return secret


def _check(config: Config) -> None:
    for name in ("secret_key", "link_key", "vault_key"):
        if len(getattr(config, name)) < 32:
            raise _error(name.upper(), "is missing or shorter than 32 characters")
    if len({config.secret_key, config.link_key, config.vault_key}) < 3:
        raise _error("VAULT_KEY", "must differ from SECRET_KEY and LINK_KEY")
    parts = urlsplit(config.public_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _error("PUBLIC_URL", "must be an address that starts with http:// or https://")
    if config.is_production and (parts.scheme != "https" or parts.hostname == "localhost"):
        raise _error("PUBLIC_URL", "must be the https address that customers reach, in production")
    if config.is_production and config.demo_password:
        raise SettingError("DEMO_PASSWORD must not be set in production: there is no demo shop there.")
    if config.is_production and config.fault_points:
        raise SettingError("FAULT_POINTS must not be set in production: it makes processes fail on purpose.")
    _check_databases(config)
    if config.log_level.lower() not in {"debug", "info", "warning", "error"}:
        raise _error("LOG_LEVEL", f"must be debug, info, warning or error, not {config.log_level!r}")
    if config.log_format not in {"lines", "json"}:
        raise _error("LOG_FORMAT", f"must be lines or json, not {config.log_format!r}")
    _check_providers(config)


def _check_databases(config: Config) -> None:
    if config.database_url and not re.match(r"^(postgres(ql)?|sqlite)(\+psycopg)?:", config.database_url):
        raise _error("DATABASE_URL", "must start with postgresql:// or sqlite:///")
    if config.vault_keys_url and not re.match(r"^(postgres(ql)?|sqlite)(\+psycopg)?:", config.vault_keys_url):
        raise _error("VAULT_KEYS_URL", "must start with postgresql:// or sqlite:///")
    if config.vault_store_url == config.sqlalchemy_url:
        raise _error("VAULT_KEYS_URL", "must be another database than DATABASE_URL, or a backup holds both")


def _check_providers(config: Config) -> None:
    if config.is_production and config.notice_grace_seconds < _SHORTEST_GRACE_SECONDS:
        raise _error("NOTICE_GRACE_SECONDS", f"must be at least {_SHORTEST_GRACE_SECONDS} in production")
    if config.smtp_url and urlsplit(config.smtp_url).scheme not in {"smtp", "smtp+starttls", "smtps"}:
        raise _error("SMTP_URL", "must start with smtp://, smtp+starttls:// or smtps://")
    if config.smtp_url and not config.mail_from:
        raise _error("MAIL_FROM", "is missing while SMTP_URL is set")
    if config.twilio_account_sid:
        if not re.fullmatch(r"AC[0-9a-fA-F]{32}", config.twilio_account_sid):
            raise _error("TWILIO_ACCOUNT_SID", "must be AC and 32 hexadecimal digits")
        if not config.twilio_auth_token:
            raise _error("TWILIO_AUTH_TOKEN", "is missing while TWILIO_ACCOUNT_SID is set")
        api = urlsplit(config.twilio_api_base)
        if api.scheme != "https" and api.hostname not in {"127.0.0.1", "::1", "localhost"}:
            raise _error("TWILIO_API_BASE", "must start with https://, except on this machine")
        if not (config.twilio_from or config.twilio_messaging_service_sid):
            raise _error("TWILIO_FROM", "is missing while TWILIO_ACCOUNT_SID is set")


def _error(name: str, problem: str) -> SettingError:
    example = next(entry.metadata["example"] for entry in fields(Config) if entry.metadata["name"] == name)
    return SettingError(f"{name} {problem}, for example {name}={example}")
