"""`flask doctor` and /readyz."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from config import Config, Mode
from repairshop import clock
from repairshop.catalogue.service import load_catalogue
from repairshop.database import db
from repairshop.media.store import FileMissing, FolderStore, use_store
from repairshop.notifications.models import WorkerBeat
from repairshop.operations import checks
from repairshop.operations.rules import Finding, Level
from repairshop.staff.models import Shop
from repairshop.staff.rules import Role
from repairshop.staff.service import create_shop
from repairshop.transaction import transaction
from tests.builders import make_shop, make_staff
from tests.client import Client
from tests.parts.builders import make_part

pytestmark = pytest.mark.usefixtures("app_context")


def beat(*, ago: timedelta = timedelta(seconds=1)) -> None:
    at = clock.now() - ago
    db.session.add(WorkerBeat(id="a" * 32, host="bench", process=1, started_at=at, beat_at=at))


def add_shop(*, demo: bool = False) -> None:
    shop = create_shop(name="Fixwell", country="GB", currency="GBP", time_zone="Europe/London")
    shop.is_demo = demo


@pytest.fixture
def findings(config: Config) -> dict[str, Finding]:
    """What the doctor says of a shop where all is well, the worst of each matter."""
    with transaction():
        beat()
        add_shop()
        load_catalogue()
    return worst(config)


def worst(config: Config) -> dict[str, Finding]:
    order = [Level.OK, Level.HINT, Level.WRONG]
    found = sorted(checks.examine(config), key=lambda finding: order.index(finding.level))
    return {finding.about: finding for finding in found}


@pytest.mark.both_databases
def test_a_shop_in_order_has_nothing_to_put_right(findings: dict[str, Finding]) -> None:
    wrong = {about for about, finding in findings.items() if finding.level is Level.WRONG}

    assert wrong <= {"fonts"}  # built by script/bootstrap, which a test run may have left out
    assert findings["migrations"].seen.endswith("the newest")
    assert "0." in findings["catalogue"].seen or "models" in findings["catalogue"].seen


def test_a_figure_of_the_stock_that_no_movement_explains_is_found(findings, config: Config) -> None:
    assert findings["stock"].level is Level.OK
    part_id = make_part(make_staff(make_shop("Mendit"), Role.MANAGER))
    with transaction():
        db.session.execute(text("UPDATE part SET on_hand = 1"))

    found = worst(config)["stock"]

    assert found.level is Level.WRONG
    assert found.seen.endswith(f": {part_id}")


def test_an_empty_database_says_what_to_do(config: Config) -> None:
    found = worst(config)

    assert found["worker"].level is Level.WRONG
    assert "shop create" in found["shops"].advice
    assert "catalogue load" in found["catalogue"].advice


def test_a_demo_shop_in_production_is_to_be_put_right(config: Config) -> None:
    with transaction():
        add_shop(demo=True)

    found = list(checks.check_shops(replace(config, mode=Mode.PRODUCTION)))

    assert [finding.about for finding in found if finding.level is Level.WRONG] == ["shops", "catalogue"]


@pytest.mark.both_databases
@pytest.mark.parametrize("table", ["history", "day_head"])
def test_missing_triggers_are_named(config: Config, database: str, table: str) -> None:
    with transaction():
        if database == "sqlite":
            db.session.execute(text(f"DROP TRIGGER {table}_no_update"))
        else:
            db.session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {table}_no_change"))

    finding = worst(config)["history"]

    assert finding.level is Level.WRONG
    assert f"{table}_no_" in finding.seen


@pytest.mark.both_databases
def test_an_older_database_is_named(config: Config) -> None:
    with transaction():
        db.session.execute(text("UPDATE alembic_version SET version_num = '0003'"))

    assert worst(config)["migrations"].seen.startswith("at 0003")


def test_a_media_store_that_loses_files_is_wrong(config: Config, tmp_path: Path) -> None:
    class Forgetful(FolderStore):
        def get(self, name: str) -> bytes:
            raise FileMissing(name)

    use_store(Forgetful(tmp_path))

    assert worst(config)["photos"].level is Level.WRONG


def test_the_demo_shop_is_never_told_to_set_up_a_provider(config: Config) -> None:
    with transaction():
        add_shop(demo=True)

    assert worst(config)["texts"].level is Level.OK


def test_the_exit_status_tells(app: Flask, config: Config) -> None:
    result = app.test_cli_runner().invoke(args=["doctor"])

    assert result.exit_code == 1
    assert "WRONG worker" in result.output
    assert "to put right" in result.output


def test_ready_tells_the_workers_age_and_does_not_ask_for_one(client: Client) -> None:
    without = client.get("/readyz")
    with transaction():
        beat(ago=timedelta(seconds=30))
    with_one = client.get("/readyz")

    assert (without.status_code, without.json["worker"]) == (200, {"age_seconds": None, "alive": 0})
    assert with_one.status_code == 200
    assert 30 <= with_one.json["worker"]["age_seconds"] < 60
    assert with_one.json["messages"] == {"oldest_due_seconds": 0}
    assert with_one.json["status"] == "ready"
    assert with_one.headers["Cache-Control"] == "no-store"


def test_not_ready_while_migrations_are_missing(client: Client) -> None:
    with transaction():
        db.session.execute(text("UPDATE alembic_version SET version_num = '0003'"))

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json["migrations"]["current"] == "0003"


def test_not_ready_without_tables_but_the_database_answers(client: Client) -> None:
    with transaction():
        db.session.execute(text("DROP TABLE alembic_version"))

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json["database"]) == (503, "ok")


def test_ready_names_no_shop(client: Client) -> None:
    with transaction():
        add_shop()

    assert db.session.query(Shop).one().name not in client.get("/readyz").text
