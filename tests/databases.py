"""Migrated databases for tests: migrated once, then copied."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy.engine import make_url

MIGRATIONS = Path(__file__).parents[1] / "migrations"


def alembic_config(address: str) -> AlembicConfig:
    """Alembic's settings for one database, without an app."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["address"] = address
    return config


def migrate(address: str, revision: str = "head") -> None:
    command.upgrade(alembic_config(address), revision)


def migrate_down(address: str, revision: str = "base") -> None:
    command.downgrade(alembic_config(address), revision)


@dataclass
class SqliteFiles:
    """A migrated file that is copied for each test."""

    template: Path

    @classmethod
    def create(cls, folder: Path) -> "SqliteFiles":
        template = folder / "template.db"
        migrate(f"sqlite:///{template}")
        return cls(template)

    def copy_to(self, path: Path) -> str:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.template, path)
        return f"sqlite:///{path}"


@dataclass
class PostgresqlDatabases:
    """A migrated database that is cloned for each test, always under the same name.

    The server's address names the database to connect to for that.
    """

    server: str
    name: str

    @classmethod
    def create(cls, server: str, *, name: str) -> "PostgresqlDatabases":
        """`name` keeps test processes apart that share one server."""
        databases = cls(server, f"template_{name}")
        databases.run(f'DROP DATABASE IF EXISTS "{databases.name}"')
        databases.run(f'CREATE DATABASE "{databases.name}"')
        migrate(databases.address(databases.name))
        return databases

    def address(self, name: str) -> str:
        return make_url(self.server).set(database=name).render_as_string(hide_password=False)

    def run(self, statement: str) -> None:
        plain = self.server.replace("postgresql+psycopg:", "postgresql:", 1)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement)

    @contextmanager
    def clone(self, *, empty: bool = False) -> Iterator[str]:
        """A database of its own: a copy of the migrated one, or an empty one."""
        name = f"{self.name}_{'empty' if empty else 'copy'}"
        template = "template0" if empty else self.name
        self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield self.address(name)
        finally:
            self.run(f'DROP DATABASE "{name}" WITH (FORCE)')
