"""How Alembic reaches the database: one run at a time, each migration wholly or not at all.

`flask db …` brings the address from the app; a caller that has no app names it in
`config.attributes["address"]`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

from repairshop.database import Base, set_up_engine, writer_lock

# Any number, as long as every start of this program uses the same one.
ADVISORY_LOCK = 4_821_000_001
# Of large tables that are rebuilt.
_LONGEST_RUN_SECONDS = 3600.0


def address() -> str:
    given = context.config.attributes.get("address")
    return str(given or current_app.extensions["repairshop_config"].migration_url)


def make_engine() -> Engine:
    engine = create_engine(address(), poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        if engine.url.database:
            Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
        set_up_engine(engine)
        # A table that is rebuilt is dropped first, and with foreign keys on that deletes the rows of its
        # children. The pragma is ignored inside a transaction, so it is set as the connection opens.
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys=OFF"))
    return engine


@contextmanager
def one_run_at_a_time(connection: Connection) -> Iterator[None]:
    """Two starts of the program may come at once; the second waits and finds nothing left to do."""
    if connection.dialect.name == "sqlite":
        with writer_lock(connection.engine, seconds=_LONGEST_RUN_SECONDS):
            yield
        return
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
        connection.commit()


def check_foreign_keys(*, ctx: Any, step: Any, **_: Any) -> None:
    """Refuse, before its commit, a migration that leaves a row pointing nowhere."""
    if ctx.dialect.name != "sqlite":
        return
    broken = ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        tables = ", ".join(sorted({str(row[0]) for row in broken}))
        raise RuntimeError(f"migration {step.up_revision_id} leaves rows pointing nowhere in {tables}")


def run() -> None:
    engine = make_engine()
    with engine.connect().execution_options(write=True) as connection, one_run_at_a_time(connection):
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_type=True,
            render_as_batch=True,
            transactional_ddl=True,  # SQLite too: database.py says BEGIN itself, so DDL is part of it
            transaction_per_migration=True,
            on_version_apply=check_foreign_keys,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
