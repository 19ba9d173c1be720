"""The databases that tests get are real, migrated and their own."""

import pytest
from sqlalchemy import create_engine, inspect

pytestmark = pytest.mark.both_databases


def test_database_is_migrated(database_url, database):
    engine = create_engine(database_url)

    assert engine.dialect.name == database
    assert "alembic_version" in inspect(engine).get_table_names()
    engine.dispose()


def test_empty_database_has_no_tables(empty_database_url):
    engine = create_engine(empty_database_url)

    assert inspect(engine).get_table_names() == []
    engine.dispose()


@pytest.mark.parametrize("turn", ["first", "second"])
def test_no_test_sees_what_another_wrote(database_url, turn):
    engine = create_engine(database_url)

    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE mark_left_behind (id INTEGER)")

    engine.dispose()
