"""The tables' common ground, and what each engine needs so that no update is ever lost.

SQLite: a unit of work that writes opens with BEGIN IMMEDIATE behind a lock file (SQLite's own busy
handler starves greedy writers), reads open with BEGIN. PostgreSQL: ordinary transactions; verbs lock
the ticket's row. Both keep UTC.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NewType, TypeVarTuple

from flask import Flask, has_request_context
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import JSON, DateTime, Dialect, Engine, Enum, MetaData, Result, Row, Select, event
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeDecorator

from repairshop.turns import take_turn

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Json = NewType("Json", dict[str, Any])


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in Python on both engines; SQLite itself would give back naive times."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_column(enum: type, *, name: str) -> Enum:
    """A StrEnum kept as its value in a VARCHAR with a CHECK constraint called `name`."""
    return Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        values_callable=lambda members: [member.value for member in members],
        length=40,
    )


class Base(DeclarativeBase):
    """The base of every table; each names its own __tablename__."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}


class RequestSession(Session):
    """On PostgreSQL a request's reads outside transaction() run without BEGIN and ROLLBACK.

    That saves two round trips a page and changes nothing else: at READ COMMITTED each statement sees its own
    moment anyway. Commands and the worker keep ordinary transactions, which server-side cursors need.
    """

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        bind = super().get_bind(*args, **kwargs)
        if self.info.get(WRITES) or not isinstance(bind, Engine) or not has_request_context():
            return bind
        return _without_transaction(bind)


# Set in the session's info while transaction() is open.
WRITES = "writes"


@lru_cache(maxsize=8)
def _without_transaction(engine: Engine) -> Engine:
    """One twin per engine: the session keeps one connection for each engine it is given."""
    if engine.dialect.name != "postgresql":
        return engine
    return engine.execution_options(isolation_level="AUTOCOMMIT")


@lru_cache(maxsize=8)
def _alone(engine: Engine) -> Engine:
    """Each statement sees its own moment on either engine."""
    if engine.dialect.name == "postgresql":
        return _without_transaction(engine)
    return engine.execution_options(is_alone=True)


db = SQLAlchemy(metadata=Base.metadata, session_options={"class_": RequestSession})

_Columns = TypeVarTuple("_Columns")


def read(statement: Select[*_Columns], **values: object) -> Result[*_Columns]:
    """The rows of a column select that was built once, at the module's top, with these bound values.

    On the session's own connection, without the session's work for entities: a third of the time, and a
    tenth of building the statement anew. Inside transaction() the session asks, so that what the verb has
    changed so far is seen.
    """
    session = db.session()
    if session.info.get(WRITES):
        return session.execute(statement, values)
    return session.connection().execute(statement, values)


def read_alone(statement: Select[*_Columns], **values: object) -> list[Row[*_Columns]]:
    """The rows of one statement that needs no other beside it: without BEGIN and ROLLBACK.

    On a connection of its own, so not inside transaction() and not for what is written there.
    """
    with _alone(db.engine).connect() as connection:
        return list(connection.execute(statement, values))


class Question:
    """One column select, put together once and asked on the driver's own connection, from the engine's pool.

    As read_alone(), for what is asked with nearly every request and takes the driver a tenth of the time that
    SQLAlchemy needs around it. No app context is needed. The statement's values go to the driver as they are.
    """

    def __init__(self, engine: Engine, statement: Select[*tuple[Any, ...]]) -> None:
        compiled = statement.compile(dialect=engine.dialect)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - what a select compiles to
        columns = statement.selected_columns
        self._engine = engine
        self._has_transactions = engine.dialect.name == "postgresql"  # SQLite: only where BEGIN is said
        self._text, self._order = str(compiled), compiled.positiontup
        self._row = namedtuple("Answer", columns.keys())  # type: ignore[misc]
        self._readers = [
            (place, reader)
            for place, column in enumerate(columns)
            if (reader := column.type.dialect_impl(engine.dialect).result_processor(engine.dialect, None))
        ]
        self.errors = (SQLAlchemyError, engine.dialect.loaded_dbapi.Error)

    def ask(self, **values: Any) -> list[Any]:
        """The rows, with the columns' names; raises one of `errors` where the database does not answer."""
        bound = values if self._order is None else [values[name] for name in self._order]
        borrowed = self._engine.raw_connection()
        try:
            driver: Any = borrowed.driver_connection
            rows = self._ask(driver, bound)
        finally:
            borrowed.close()
        return [self._read(row) for row in rows]

    def _ask(self, driver: Any, bound: object) -> list[tuple[Any, ...]]:
        if not self._has_transactions:
            return list(driver.execute(self._text, bound))
        driver.autocommit = True
        try:
            return list(driver.execute(self._text, bound))
        finally:
            if not driver.closed:
                driver.autocommit = False

    def _read(self, row: Sequence[Any]) -> Any:
        if not self._readers:
            return self._row(*row)
        read = list(row)
        for place, reader in self._readers:
            read[place] = reader(read[place])
        return self._row(*read)


# WAL can corrupt a file when two connections race on a reset, in every version before these (sqlite.org,
# changes for 3.51.3 and the backports 3.44.6 and 3.50.7).
_WAL_FIXED_FROM = (3, 51, 3)
_WAL_BACKPORTS = {(3, 44): 6, (3, 50): 7}


def wal_is_safe(version: tuple[int, int, int] = sqlite3.sqlite_version_info[:3]) -> bool:
    """Whether this SQLite may run in WAL mode with several connections."""
    if version >= _WAL_FIXED_FROM:
        return True
    major, minor, patch = version
    backport = _WAL_BACKPORTS.get((major, minor))
    return backport is not None and patch >= backport


def init_database(app: Flask) -> None:
    """Bind the session to the app and set the engine up; the app's config names the address."""
    db.init_app(app)
    with app.app_context():
        set_up_engine(db.engine)


def set_up_engine(engine: Engine) -> None:
    """Listen on the engine for what SQLite needs; PostgreSQL needs nothing."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_sqlite_pragmas)
        event.listen(engine, "begin", _begin_sqlite)


def _set_sqlite_pragmas(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # pysqlite's own: BEGIN is ours below
    cursor = connection.cursor()
    journal = "WAL" if wal_is_safe() else "DELETE"
    for pragma in (
        "foreign_keys=ON",
        "busy_timeout=10000",
        f"journal_mode={journal}",
        "synchronous=FULL",
        "trusted_schema=OFF",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("is_alone"):
        return
    writes = options.get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


# The longest writes, loading the catalogue and a night's batches, take a few seconds each; behind several of
# them a wait may be honest. After this it is not: the process that has the turn is stopped or hangs.
WRITER_WAIT_SECONDS = 30.0


@contextmanager
def writer_lock(engine: Engine, *, seconds: float | None = None) -> Iterator[None]:
    """Hold the turn to write a SQLite file, fair between processes; nothing to do on PostgreSQL.

    DatabaseBusy when it does not come within `seconds`, as long as WRITER_WAIT_SECONDS where not given.
    """
    path = engine.url.database if engine.dialect.name == "sqlite" else None
    if not path or path == ":memory:":
        yield
        return
    with take_turn(Path(f"{path}.lock"), seconds=WRITER_WAIT_SECONDS if seconds is None else seconds):
        yield


def is_busy(error: BaseException) -> bool:
    """Whether SQLite itself gave up waiting for somebody who has the file."""
    problem = getattr(error, "orig", error)
    code = getattr(problem, "sqlite_errorcode", None) if isinstance(problem, sqlite3.Error) else None
    return code is not None and code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def end_reading() -> None:
    """Let go of the database before slow work that needs no row; raises when a write transaction is open.

    A read transaction left open keeps a SQLite file in DELETE mode from being written to.
    """
    if db.session().info.get(WRITES):
        raise RuntimeError("slow work must not run inside transaction()")
    db.session.rollback()


def empty_log() -> None:
    """Write SQLite's log into its file and begin it anew: until then it holds pages as they were before.

    Waits for nobody: while somebody reads, the next call does it.
    """
    path = db.engine.url.database if db.engine.dialect.name == "sqlite" else None
    if not path or path == ":memory:":
        return
    end_reading()
    with closing(sqlite3.connect(path, timeout=0)) as connection:
        try:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError as problem:
            # Where somebody reads the statement says so in its row; where somebody writes it fails.
            if problem.sqlite_errorcode not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise
