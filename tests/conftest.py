"""What every test may ask for.

`app` is the application on a migrated database of its own, `client` its test client, `app_context` an open
app context for tests that call services and queries directly. A test, class or module marked
`both_databases` runs once on SQLite and once on PostgreSQL.
"""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from config import Config, load_config
from tests import apps, routes, services, versions
from tests.cast import (  # noqa: F401 - fixtures for every test
    anonymous,
    dora,
    frank,
    mira,
    nora,
    olga,
    other_shop,
    shop,
    tess,
    theo,
)
from tests.client import Client
from tests.databases import PostgresqlDatabases, SqliteFiles

if folder := services.quick_folder():
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", folder)  # where pytest makes its tmp_path


versions.watch()
routes.remember()
# Thousands of small applications leave much that lives on: looking through it less often saves a twelfth.
gc.set_threshold(100_000, 50, 100)


def pytest_collection_finish() -> None:
    """All modules and tests are loaded and live to the end: nobody needs to look through them again."""
    gc.collect()
    gc.freeze()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" not in metafunc.fixturenames:
        return
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    on_postgresql = pytest.param("postgresql", marks=pytest.mark.postgresql)
    if "both_databases" in marks:
        metafunc.parametrize("database", ["sqlite", on_postgresql], indirect=True, scope="function")
    elif "postgresql" in marks:
        metafunc.parametrize("database", [on_postgresql], indirect=True, scope="function")


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """Which engine the test runs on: sqlite or postgresql."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    return SqliteFiles.create(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The server that script/test started, or one of our own."""
    given = os.environ.get("TEST_POSTGRESQL")
    if given:
        yield given
        return
    with services.postgresql() as address:
        yield address


@pytest.fixture(scope="session")
def postgresql_databases(postgresql_server: str) -> PostgresqlDatabases:
    return PostgresqlDatabases.create(postgresql_server, name=str(os.getpid()))


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    given = os.environ.get("TEST_REDIS")
    if given:
        yield given
        return
    with services.redis() as address:
        yield address


@pytest.fixture
def database_url(request: pytest.FixtureRequest, database: str, data_folder: Path) -> Iterator[str]:
    """A migrated database that nobody else sees."""
    if database == "sqlite":
        files: SqliteFiles = request.getfixturevalue("sqlite_files")
        yield files.copy_to(data_folder / "repairshop.db")
        return
    databases: PostgresqlDatabases = request.getfixturevalue("postgresql_databases")
    with databases.clone() as address:
        yield address


@pytest.fixture
def empty_database_url(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[str]:
    """A database without a single table, for tests of the migrations themselves."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    databases: PostgresqlDatabases = request.getfixturevalue("postgresql_databases")
    with databases.clone(empty=True) as address:
        yield address


@pytest.fixture(scope="session")
def process_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("process")


@pytest.fixture
def data_folder(process_folder: Path) -> Path:
    """Empty at first, and at the same place for every test of the process, so that they can share apps."""
    folder = process_folder / "data"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


@pytest.fixture
def settings(database_url: str, data_folder: Path) -> dict[str, str]:
    """The environment `config` is read from; a test that needs other settings overrides this fixture."""
    return {
        "REPAIRSHOP_MODE": "development",
        "REPAIRSHOP_DATA": str(data_folder),
        "DATABASE_URL": database_url,
        "SECRET_KEY": "sessions-of-the-test-shop-0123456789",
        "LINK_KEY": "links-of-the-test-shop-0123456789abc",
        "VAULT_KEY": "vault-of-the-test-shop-0123456789abc",
    }


@pytest.fixture
def config(settings: dict[str, str]) -> Config:
    return load_config(settings)


@pytest.fixture
def app(settings: dict[str, str]) -> Iterator[Flask]:
    """Shared by the tests of equal settings; one that adds routes takes `own_app`."""
    with apps.lend(settings) as app:
        yield app


@pytest.fixture
def own_app(config: Config) -> Iterator[Flask]:
    app = apps.build(config)
    yield app
    apps.close(app)


@pytest.fixture
def client(app: Flask) -> Client:
    """A browser nobody has signed in with."""
    client = app.test_client()
    assert isinstance(client, Client)
    return client


@pytest.fixture
def app_context(app: Flask) -> Iterator[None]:
    """An open app context, for calling services and queries directly."""
    with app.app_context():
        yield
