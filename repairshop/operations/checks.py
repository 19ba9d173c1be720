"""What the doctor looks at. Each check answers with findings and never raises."""

import json
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import func, inspect, select, text

from config import Config
from repairshop import clock
from repairshop.catalogue.models import DeviceModel
from repairshop.database import db, wal_is_safe
from repairshop.media.store import the_store
from repairshop.notifications.health import delivery_health, restored_sentence
from repairshop.notifications.models import WorkerBeat
from repairshop.notifications.providers import Providers
from repairshop.notifications.rules import Channel, OutboxReason
from repairshop.operations import authority
from repairshop.operations.queries import newest_migration
from repairshop.operations.rules import (
    Finding,
    disk_finding,
    hint,
    messages_finding,
    migration_finding,
    ok,
    worker_finding,
    wrong,
)
from repairshop.parts.stock_queries import read_books
from repairshop.privacy.vault_keys import the_vault
from repairshop.privacy.vault_queries import list_live_names
from repairshop.staff.models import Shop

_TRIGGERS = {
    "sqlite": {
        f"{table}_no_{act}" for table in ("history", "day_head") for act in ("update", "delete", "replace")
    },
    "postgresql": {
        f"{table}_no_{act}" for table in ("history", "day_head") for act in ("change", "truncate")
    },
}


def examine(config: Config) -> list[Finding]:
    """Everything the doctor has to say, in the order in which to put things right."""
    findings: list[Finding] = []
    for about, check in _CHECKS:
        try:
            findings += check(config)
        except Exception as error:
            findings.append(wrong(about, f"cannot be looked at: {error}".splitlines()[0], "See the log."))
            db.session.rollback()
        if findings and findings[-1].about == "database" and findings[-1].level == "wrong":
            break  # nothing further can be read
    return findings


def check_settings(config: Config) -> Iterator[Finding]:
    yield ok("settings", f"{config.mode.value}, {config.public_url}, data in {config.data.resolve()}")
    if not config.is_production:
        if config.is_https:
            advice = "Set REPAIRSHOP_MODE=production once customers use it."
            yield hint("settings", "development mode behind a public address", advice)
        return
    if not config.redis_url:
        advice = "Set REDIS_URL where several web processes run."
        yield hint("settings", "request limits are counted per process", advice)


def check_tls(config: Config) -> Iterator[Finding]:
    """Only where script/server --tls made an authority."""
    seen = authority.look(config.data)
    if seen is None:
        return
    what = f"the shop's own, for {', '.join(seen.names)} until {seen.ends_at:%Y-%m-%d}"
    if seen.is_key_open:
        advice = f"Run `chmod 600 {config.data.resolve()}/tls/*.key`, or delete the folder to make new ones."
        yield wrong("certificate", "others on this machine may read its key", advice)
    elif seen.ends_at < clock.now() + authority.RENEWED_BEFORE:
        yield hint("certificate", what, "Start script/server --tls anew; it renews the certificate.")
    else:
        yield ok("certificate", what)


def check_database(_config: Config) -> Iterator[Finding]:
    if db.engine.dialect.name == "sqlite":
        yield _sqlite()
    else:
        yield from _postgresql()


def _sqlite() -> Finding:
    mode = str(db.session.execute(text("PRAGMA journal_mode")).scalar()).upper()
    seen = f"SQLite {sqlite3.sqlite_version}, journal mode {mode}"
    if mode == "WAL" and not wal_is_safe():
        advice = (
            "This version can corrupt a WAL database: run `PRAGMA journal_mode=DELETE` or install 3.51.3."
        )
        return wrong("database", seen, advice)
    if not wal_is_safe():
        seen += " (this version can corrupt a file in WAL mode, so WAL is not used)"
    return ok("database", seen)


def _postgresql() -> Iterator[Finding]:
    version = db.session.execute(text("SHOW server_version")).scalar()
    yield ok("database", f"PostgreSQL {version}")
    owner = db.session.execute(
        text("SELECT pg_get_userbyid(relowner) = current_user FROM pg_class WHERE oid = 'history'::regclass")
    ).scalar()
    if owner:
        advice = "For more safety let DATABASE_URL name a role that owns no table; see docs/install.md."
        yield hint("database", "the program may change tables and triggers", advice)
    else:
        yield ok("database", "the program may not change tables or triggers")


def check_migrations(_config: Config) -> Iterator[Finding]:
    yield migration_finding(find_current_migration(), newest=newest_migration())


def find_current_migration() -> str | None:
    """Where the database stands; None when it has no tables of ours."""
    if not inspect(db.session.connection()).has_table("alembic_version"):
        return None
    return db.session.execute(text("SELECT version_num FROM alembic_version")).scalar()


def check_history(_config: Config) -> Iterator[Finding]:
    dialect = db.engine.dialect.name
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D' "
        "AND tgrelid IN ('history'::regclass, 'day_head'::regclass)",
    }[dialect]
    missing = _TRIGGERS[dialect] - set(db.session.scalars(text(query)))
    if missing:
        advice = "Somebody removed them. Run `flask --app wsgi audit verify`, then restore a backup."
        yield wrong("history", f"not protected: {', '.join(sorted(missing))} missing", advice)
    else:
        yield ok("history", "the database refuses to change entries and published heads")


def check_shops(config: Config) -> Iterator[Finding]:
    shops = db.session.scalars(select(Shop).order_by(Shop.id)).all()
    if not shops:
        yield hint("shops", "there is none", "Make one with `flask --app wsgi shop create`.")
    else:
        names = ", ".join(f"{shop.name} (demo)" if shop.is_demo else shop.name for shop in shops)
        yield ok("shops", names)
    if config.is_production and any(shop.is_demo for shop in shops):
        advice = "Use a database of its own for production; disable the demo shop's people until then."
        yield wrong("shops", "the demo shop is open to whoever knows its password", advice)
    models = db.session.scalar(select(func.count()).select_from(DeviceModel)) or 0
    if models:
        yield ok("catalogue", f"{models:,} device models")
    else:
        yield wrong("catalogue", "it is empty", "Run `flask --app wsgi catalogue load`.")


def check_stock(_config: Config) -> Iterator[Finding]:
    """The figures of every part against its movements, serial numbers and reservations."""
    odd, parts = [], 0
    for shop_id in db.session.scalars(select(Shop.id)).all():
        books = read_books(shop_id)
        parts += len(books)
        odd += [str(one.part_id) for one in books if not one.agree]
    if odd:
        advice = "Somebody wrote past the program. Count the parts with these ids on their pages."
        yield wrong("stock", f"the books of these parts do not add up: {', '.join(odd[:20])}", advice)
    else:
        yield ok("stock", f"the books of {parts:,} parts add up")


def check_worker(_config: Config) -> Iterator[Finding]:
    newest = db.session.scalar(select(func.max(WorkerBeat.beat_at)).where(WorkerBeat.stopped_at.is_(None)))
    yield worker_finding(newest, at=clock.now())


def check_messages(_config: Config) -> Iterator[Finding]:
    seen = delivery_health()
    counts = seen.counts
    yield messages_finding(
        oldest_due=timedelta(seconds=seen.oldest_due_seconds),
        waits_for_people=seen.needing_somebody,
        held=seen.held_for_somebody,
        restored=restored_sentence(seen.restored) if seen.restored else "",
        failed_runs=counts.missed + counts.failed + counts.overlapped,
    )


def check_media(_config: Config) -> Iterator[Finding]:
    """Write, read and remove a small file, as every photo does."""
    name, data = f"doctor/{secrets.token_hex(8)}", secrets.token_bytes(32)
    store = the_store()
    store.put(name, data)
    read = store.get(name)
    store.delete(name)
    if read == data:
        yield ok("photos", "the store keeps and gives back files")
    else:
        yield wrong(
            "photos", "the store gives back other bytes than it was given", "Check the disk or bucket."
        )


def check_vault(config: Config) -> Iterator[Finding]:
    """Whether every passcode that is kept can be opened with the keys of now."""
    vault = the_vault()
    counts, live = vault.keys.count(), list_live_names()
    unknown = counts.by_master.keys() - {master.id for master in vault.masters}
    lost = live.keys() - vault.keys.find_states(live).keys()
    if unknown:
        advice = "Set VAULT_KEY_OLD to the former key, run `flask --app wsgi vault rotate`, then remove it."
        yield wrong("vault", f"keys are wrapped under another key: {', '.join(sorted(unknown))}", advice)
    if lost:
        advice = "Restore the newest copy of the key store, or ask these customers again."
        yield wrong("vault", f"{len(lost)} passcodes have no key in the key store", advice)
    if vault.keys.is_on_this_machine and db.engine.dialect.name != "sqlite":
        advice = "Set VAULT_KEYS_URL to a database of its own where several machines run."
        yield hint("vault", "its keys are a file of this machine", advice)
    elif config.vault_key_old:
        advice = "Run `flask --app wsgi vault rotate`, then remove it."
        yield hint("vault", "VAULT_KEY_OLD is still set", advice)
    if not unknown and not lost:
        yield ok("vault", f"{len(live)} passcodes kept, key {vault.master.id}")


def check_fonts(_config: Config) -> Iterator[Finding]:
    built = Path(current_app.static_folder or "") / "built"
    manifest = built / "manifest.json"
    if not manifest.exists():
        yield wrong("fonts", "static files are not built", "Run script/bootstrap.")
        return
    files = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    fonts = {name: made for name, made in files.items() if name.endswith(".woff2")}
    missing = [name for name, made in fonts.items() if not (built / made).exists()]
    if missing or not fonts:
        yield wrong("fonts", f"missing: {', '.join(missing) or 'all'}", "Run script/bootstrap.")
    else:
        yield ok("fonts", f"{len(fonts)} built for pages and documents")


def check_providers(config: Config) -> Iterator[Finding]:
    providers = Providers(config)
    for about, channel in (("texts", Channel.SMS), ("e-mail", Channel.EMAIL)):
        for is_demo in _kinds_of_shop():
            yield _provider(about, providers.why_outbox(channel, is_demo=is_demo), is_demo=is_demo)


def _kinds_of_shop() -> list[bool]:
    return sorted(set(db.session.scalars(select(Shop.is_demo)).all())) or [False]


def _provider(about: str, reason: OutboxReason | None, *, is_demo: bool) -> Finding:
    shop = "the demo shop's" if is_demo else "all"
    if reason is None:
        return ok(about, f"{shop} go to the provider")
    seen = f"{shop} go to the outbox page"
    if is_demo:
        return ok(about, f"{seen}: invented people are never written to")
    if reason is OutboxReason.PRIVATE_ADDRESS:
        advice = "Set PUBLIC_URL to the address customers reach."
        return hint(about, f"{seen}: customers cannot open a link to a private address", advice)
    settings = (
        "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM"
        if about == "texts"
        else "SMTP_URL and MAIL_FROM"
    )
    return hint(about, f"{seen}: no provider is set up", f"Set {settings} to send them.")


def check_disk(config: Config) -> Iterator[Finding]:
    yield disk_finding(shutil.disk_usage(config.data.resolve()).free)


_CHECKS: tuple[tuple[str, Callable[[Config], Iterator[Finding]]], ...] = (
    ("settings", check_settings),
    ("certificate", check_tls),
    ("disk", check_disk),
    ("database", check_database),
    ("migrations", check_migrations),
    ("history", check_history),
    ("shops", check_shops),
    ("stock", check_stock),
    ("worker", check_worker),
    ("messages", check_messages),
    ("photos", check_media),
    ("vault", check_vault),
    ("fonts", check_fonts),
    ("providers", check_providers),
)
