"""The database itself refuses to rewrite the history, and a restricted role cannot even switch that off."""

import re
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from repairshop import clock
from repairshop.database import db
from repairshop.operations.checks import check_database
from repairshop.operations.service import publish_heads
from repairshop.transaction import transaction
from tests.builders import make_ticket
from tests.cast import Browser

INSTALL = Path(__file__).parents[2] / "docs" / "install.md"
COLUMNS = "ticket_id, seq, at, actor_kind, act, before, after, previous_hash, hash"


@pytest.fixture
def shop_with_history(app: Flask, tess: Browser) -> None:
    with app.app_context():
        make_ticket(tess.actor)
        with clock.as_of(clock.now() + timedelta(days=1)), transaction():
            publish_heads(tess.actor.shop_id)


@pytest.mark.usefixtures("shop_with_history")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE history SET act = 'finish'",
        "DELETE FROM history",
        f"INSERT OR REPLACE INTO history (id, {COLUMNS}) SELECT id, {COLUMNS} FROM history",
        f"REPLACE INTO history ({COLUMNS}) SELECT {COLUMNS} FROM history",
        f"INSERT INTO history (id, {COLUMNS}) SELECT id, {COLUMNS} FROM history WHERE true "
        "ON CONFLICT (ticket_id, seq) DO UPDATE SET act = 'finish'",
    ],
)
def test_sqlite_refuses_to_rewrite_an_entry(app: Flask, statement: str) -> None:
    with app.app_context(), pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text(statement))


@pytest.mark.usefixtures("shop_with_history")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE day_head SET head = ''",
        "DELETE FROM day_head",
        "INSERT OR REPLACE INTO day_head SELECT * FROM day_head",
        "REPLACE INTO day_head (shop_id, day, head, at) SELECT shop_id, day, '', at FROM day_head",
    ],
)
def test_sqlite_refuses_to_rewrite_a_published_head(app: Flask, statement: str) -> None:
    with app.app_context(), pytest.raises(DBAPIError, match="a published head never changes"):
        db.session.execute(text(statement))


@pytest.fixture
def restricted(app: Flask) -> Iterator[Engine]:
    """Signed in as the role that docs/install.md makes, by its own words."""
    role, password = f"web_{secrets.token_hex(4)}", secrets.token_hex(8)
    found = re.search(r"```sql\n(.*?)```", INSTALL.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    statements = found[1].replace("repairshop_web", role).replace("choose-one", password)
    with app.app_context(), db.engine.connect() as owner:
        owner = owner.execution_options(isolation_level="AUTOCOMMIT")
        for statement in statements.split(";\n"):
            if statement.strip():
                owner.exec_driver_sql(statement)
        engine = create_engine(make_url(str(db.engine.url)).set(username=role, password=password))
        yield engine
        engine.dispose()
        owner.exec_driver_sql(f"DROP OWNED BY {role}")
        owner.exec_driver_sql(f"DROP ROLE {role}")


@pytest.mark.postgresql
@pytest.mark.usefixtures("shop_with_history")
def test_the_restricted_role_writes_history_and_cannot_change_it(restricted: Engine) -> None:
    copied = COLUMNS.replace("seq", "seq + 1000", 1)
    with restricted.begin() as web:
        web.execute(text(f"INSERT INTO history ({COLUMNS}) SELECT {copied} FROM history"))
        web.execute(text("UPDATE ticket SET reported_fault = 'Wet'"))
        web.execute(
            text(
                "INSERT INTO day_head (shop_id, day, head, at) "
                "SELECT shop_id, '2027-01-01', head, at FROM day_head"
            )
        )

    for statement in (
        "UPDATE history SET act = 'finish'",
        "DELETE FROM history",
        "TRUNCATE history CASCADE",
        "ALTER TABLE history DISABLE TRIGGER ALL",
        "DROP TRIGGER history_no_change ON history",
        "DROP TABLE history",
        "CREATE OR REPLACE FUNCTION history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RETURN NEW; END $$",
        "SET session_replication_role = replica",
        "UPDATE day_head SET head = ''",
        "DELETE FROM day_head",
        "TRUNCATE day_head",
        "ALTER TABLE day_head DISABLE TRIGGER ALL",
        "DROP TRIGGER day_head_no_change ON day_head",
    ):
        with restricted.connect() as web, pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
            web.execute(text(statement))


@pytest.mark.postgresql
@pytest.mark.usefixtures("shop_with_history")
def test_even_the_owner_of_the_tables_is_stopped_by_the_triggers(app: Flask) -> None:
    for statement in ("UPDATE history SET act = 'finish'", "DELETE FROM history", "TRUNCATE history"):
        with app.app_context(), pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text(statement))
    for statement in ("UPDATE day_head SET head = ''", "DELETE FROM day_head", "TRUNCATE day_head"):
        with app.app_context(), pytest.raises(DBAPIError, match="a published head never changes"):
            db.session.execute(text(statement))


@pytest.mark.postgresql
def test_doctor_says_which_role_the_program_is(app: Flask, restricted: Engine) -> None:
    with app.app_context():
        seen = [finding.seen for finding in check_database(app.extensions["repairshop_config"])]
        with restricted.connect() as web:
            owns = web.execute(
                text("SELECT tableowner = current_user FROM pg_tables WHERE tablename = 'history'")
            ).scalar()

    assert "the program may change tables and triggers" in seen
    assert owns is False
