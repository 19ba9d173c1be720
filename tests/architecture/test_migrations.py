"""The numbered migrations: one line, up and down with data, equal to the models, one run at a time."""

import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.pool import NullPool

import repairshop
from repairshop.database import Base, set_up_engine
from repairshop.tickets.stages import Stage
from tests.builders import make_shop, make_staff, make_ticket
from tests.databases import MIGRATIONS, alembic_config, migrate, migrate_down

for _module in pkgutil.walk_packages(repairshop.__path__, "repairshop."):
    if _module.name.endswith(".models"):
        importlib.import_module(_module.name)

FILES = sorted(path.name for path in (MIGRATIONS / "versions").glob("*.py"))
ROOT = MIGRATIONS.parent
REVISIONS = [name.split("_")[0] for name in FILES]


def test_files_are_numbered_without_gaps():
    assert all(re.fullmatch(r"\d{4}_[a-z_]+\.py", name) for name in FILES)
    assert [f"{number:04}" for number in range(1, len(FILES) + 1)] == REVISIONS


def test_migrations_form_one_line():
    script = ScriptDirectory.from_config(alembic_config("sqlite://"))

    assert [step.revision for step in script.walk_revisions()] == REVISIONS[::-1]
    assert script.get_heads() == [REVISIONS[-1]]


@pytest.fixture
def engine(empty_database_url: str) -> Iterator[Engine]:
    yield from engine_for(empty_database_url)


@pytest.fixture
def migrated(database_url: str) -> Iterator[Engine]:
    yield from engine_for(database_url)


def engine_for(address: str) -> Iterator[Engine]:
    engine = create_engine(address, poolclass=NullPool)
    set_up_engine(engine)
    yield engine
    engine.dispose()


def described(engine: Engine) -> dict[str, dict[str, Any]]:
    """Every table as the database itself describes it, in words that can be compared."""
    inspector = inspect(engine)
    columns = inspector.get_multi_columns()
    keys, foreign = inspector.get_multi_pk_constraint(), inspector.get_multi_foreign_keys()
    unique, checks = inspector.get_multi_unique_constraints(), inspector.get_multi_check_constraints()
    indexes = inspector.get_multi_indexes()
    return {
        table[1]: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"]) for column in columns[table]
            },
            "primary key": keys[table]["constrained_columns"],
            "foreign keys": {
                (
                    key["name"],
                    *key["constrained_columns"],
                    key["referred_table"],
                    key["options"].get("ondelete"),
                )
                for key in foreign[table]
            },
            "unique": {(key["name"], *key["column_names"]) for key in unique[table]},
            "checks": {(key["name"], re.sub(r"\s+", " ", key["sqltext"])) for key in checks[table]},
            "indexes": {
                (
                    key["name"],
                    *key["column_names"],
                    bool(key["unique"]),
                    *sorted(f"{name}: {value}" for name, value in (key.get("dialect_options") or {}).items()),
                )
                for key in indexes[table]
            },
        }
        for table in columns
        if table[1] != "alembic_version"
    }


@pytest.mark.both_databases
def test_models_equal_migrations(engine, migrated):
    Base.metadata.create_all(engine)

    wanted, found = described(engine), described(migrated)
    assert sorted(found) == sorted(wanted)
    for table in sorted(wanted):
        assert found[table] == wanted[table], table


@pytest.mark.both_databases
def test_down_and_up_again_keeps_the_rows_of_the_tables_that_stay(app, migrated, database_url):
    with app.app_context():
        actor = make_staff(make_shop())
        for stage in (Stage.RECEIVED, Stage.AWAITING_APPROVAL, Stage.READY, Stage.HANDED_OVER):
            make_ticket(actor, stage=stage)
    before = rows(migrated)
    assert before["ticket"] == 4

    for revision in [*REVISIONS[-2::-1], "base"]:
        migrate_down(database_url, revision)
        after = rows(migrated)
        assert after == {table: before[table] for table in after}, f"down to {revision}"
    migrate(database_url)

    assert rows(migrated) == dict.fromkeys(before, 0)


def rows(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        own = {"alembic_version", *index_tables_of(connection)}
        names = [name for name in inspect(connection).get_table_names() if name not in own]
        counts = [f"SELECT '{name}', (SELECT count(*) FROM \"{name}\")" for name in names]
        found = connection.execute(text(" UNION ALL ".join(counts))).all() if counts else []
        return {str(name): int(count) for name, count in found}


def index_tables_of(connection: Connection) -> set[str]:
    """SQLite keeps a full-text index in tables of its own, some of them never empty."""
    if connection.dialect.name != "sqlite":
        return set()
    return set(connection.scalars(text("SELECT name FROM pragma_table_list WHERE type = 'shadow'")))


@pytest.mark.both_databases
def test_each_step_down_leaves_what_the_steps_before_it_made(engine, empty_database_url):
    made = {}
    for revision in REVISIONS:
        migrate(empty_database_url, revision)
        made[revision] = described(engine)

    for revision in REVISIONS[-2::-1]:
        migrate_down(empty_database_url, revision)

        assert described(engine) == made[revision], revision


@pytest.mark.both_databases
def test_two_starts_at_once_migrate_once(engine, empty_database_url):
    program = f"from tests.databases import migrate; migrate({empty_database_url!r})"

    starts = [
        subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]

    assert [start.communicate()[1] for start in starts] == ["", ""]
    assert [start.returncode for start in starts] == [0, 0]
    assert "ticket" in described(engine)
