"""`flask import ords`, from a file to tickets. All people and repairs are invented."""

import csv
import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from repairshop.customers.models import Device, Touchpoint
from repairshop.database import db
from repairshop.staff.models import Shop
from repairshop.tickets.chain import Entry, find_break
from repairshop.tickets.models import HistoryEntry, Ticket, TicketMove
from repairshop.tickets.stages import Outcome, Stage

HEADER = (
    "id,data_provider,country,partner_product_category,product_category,product_category_id,brand,"
    "year_of_manufacture,product_age,repair_status,repair_barrier_if_end_of_life,group_identifier,event_date,"
    "problem"
)
ROWS = [
    "tryout_1,Try Out,GBR,Phone,Mobile,19,Samsung,2019,4.5,Fixed,,Hall,2024-05-31,Screen stays dark",
    "tryout_2,Try Out,GBR,PC,Laptop,16,Unknown,,,End of life,Spare parts not available,Hall,2024-07-31,No",
    "tryout_3,Try Out,GBR,Computer,Tablet,30,Apple,,,Repairable,,Hall,2024-01-31,",
    "tryout_4,Try Out,GBR,Kitchen,Toaster,31,Acme,,,Unknown,,Hall,2024-01-31,=cmd",
]

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def load(app: Flask, tmp_path: Path) -> Callable[..., Result]:
    def run(*rows: str, header: str = HEADER, shop: str | None = "Old Town Repairs") -> Result:
        path = tmp_path / "records.csv"
        path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8", errors="surrogateescape")
        arguments = ["import", "ords", str(path)] + (["--shop", shop] if shop else [])
        result = app.test_cli_runner().invoke(args=arguments)
        db.session.rollback()
        return result

    return run


def tickets() -> list[Ticket]:
    return list(db.session.scalars(select(Ticket).order_by(Ticket.number)))


@pytest.mark.both_databases
def test_records_become_closed_tickets_without_customer_or_visit(load: Callable[..., Result]) -> None:
    result = load(*ROWS)

    assert result.exit_code == 0
    assert "4 records loaded, 0 known already, 0 rows skipped" in result.stdout
    phone, laptop, tablet, toaster = tickets()
    assert [ticket.outcome for ticket in (phone, laptop, tablet, toaster)] == [
        Outcome.REPAIRED,
        Outcome.NOT_REPAIRABLE,
        Outcome.RETURNED_UNREPAIRED,
        None,
    ]
    assert {ticket.stage for ticket in tickets()} == {Stage.HANDED_OVER}
    assert {(ticket.visit_id, ticket.due_at, ticket.device.customer_id) for ticket in tickets()} == {
        (None, None, None)
    }
    assert laptop.outcome_reason == "parts_not_available"
    assert (phone.device_label, laptop.device_label) == ("Samsung", "Laptop")
    assert (phone.source, phone.source_id, phone.reported_fault) == ("ords", "tryout_1", "Screen stays dark")
    assert phone.device.made_in_year == 2019
    assert phone.opened_at.isoformat() == "2024-05-31T11:00:00+00:00"  # noon in Manchester's summer
    assert db.session.scalar(select(func.count()).select_from(TicketMove)) == 0
    assert db.session.scalar(select(func.count()).select_from(Touchpoint)) == 0


@pytest.mark.both_databases
def test_every_ticket_has_a_chain_that_holds_and_keeps_the_source_but_not_the_text(
    load: Callable[..., Result],
) -> None:
    load(*ROWS)

    for ticket in tickets():
        rows = db.session.scalars(select(HistoryEntry).where(HistoryEntry.ticket_id == ticket.id)).all()
        entries = [
            (
                Entry(
                    seq=row.seq, at=row.at, actor="system", act=row.act, before=row.before, after=row.after
                ),
                row.previous_hash,
                row.hash,
            )
            for row in rows
        ]
        assert (
            find_break(ticket.code, entries, last_seq=ticket.history_seq, last_hash=ticket.history_hash)
            is None
        )
        assert rows[0].after["record"] == ticket.source_id
        assert ticket.reported_fault not in rows[0].after.values() or not ticket.reported_fault


def test_the_shop_is_made_from_its_name_and_found_again(load: Callable[..., Result]) -> None:
    load(ROWS[0])
    load(ROWS[1], shop="Old Town Repairs")

    assert [shop.name for shop in db.session.scalars(select(Shop))] == ["Old Town Repairs"]
    assert [ticket.number for ticket in tickets()] == [1, 2]


def test_without_a_name_an_empty_database_gets_a_shop_and_the_only_shop_is_taken(
    load: Callable[..., Result],
) -> None:
    assert load(ROWS[0], shop=None).exit_code == 0
    assert load(ROWS[1], shop=None).exit_code == 0
    assert len(tickets()) == 2

    load(ROWS[0], shop="Another")
    result = load(ROWS[2], shop=None)

    assert result.exit_code == 1
    assert "--shop NAME" in result.stderr


def test_a_second_run_loads_only_what_is_new(load: Callable[..., Result]) -> None:
    load(*ROWS[:2])
    result = load(*ROWS, ROWS[3])

    assert "2 records loaded, 3 known already, 0 rows skipped" in result.stdout
    assert len(tickets()) == 4


def test_two_shops_may_hold_the_same_records(load: Callable[..., Result]) -> None:
    load(*ROWS)
    load(*ROWS, shop="Another")

    assert Counter(ticket.shop_id for ticket in tickets()) == {1: 4, 2: 4}


def test_wrong_rows_are_named_and_skipped_and_nothing_else_is_lost(load: Callable[..., Result]) -> None:
    result = load(
        ROWS[0],
        ROWS[1].replace("2024-07-31", "soon"),
        "too,short",
        ROWS[2].replace("Apple", "\udcff"),
        ROWS[3],
    )

    assert result.exit_code == 0
    assert "2 records loaded, 0 known already, 3 rows skipped" in result.stdout
    assert "records.csv: line 3 has no event_date like 2024-05-31 but soon" in result.stderr
    assert "records.csv: line 4 has another number of columns" in result.stderr
    assert "records.csv: line 5 holds characters that are not text, or is not UTF-8 brand" in result.stderr
    assert [ticket.source_id for ticket in tickets()] == ["tryout_1", "tryout_4"]


def test_another_file_is_refused_and_leaves_no_shop_behind(load: Callable[..., Result]) -> None:
    result = load("1,2", header="a,b")

    assert result.exit_code == 1
    assert "lacks columns of the standard: id, data_provider" in result.stderr
    assert db.session.scalar(select(func.count()).select_from(Shop)) == 0


def test_formulas_and_markup_are_stored_as_they_are(load: Callable[..., Result]) -> None:
    load(ROWS[3])

    assert tickets()[0].reported_fault == "=cmd"
    assert db.session.scalars(select(Device)).one().brand == "Acme"


@pytest.mark.skipif("ORDS_SAMPLE" not in os.environ, reason="ORDS_SAMPLE names no file of real records")
def test_a_real_file_loads_completely(app: Flask, tmp_path: Path) -> None:
    path = Path(os.environ["ORDS_SAMPLE"])
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))

    started = time.monotonic()
    result = app.test_cli_runner().invoke(args=["import", "ords", str(path), "--shop", "Sample"])
    rate = len(rows) / (time.monotonic() - started)

    db.session.rollback()
    assert result.exit_code == 0
    print(f"{rate:,.0f} records a second")
    skipped = result.stderr.count(f"{path.name}: line ")
    assert len(tickets()) + skipped == len({row["id"] for row in rows})
    fixed = sum(1 for ticket in tickets() if ticket.outcome is Outcome.REPAIRED)
    assert abs(fixed - sum(row["repair_status"] == "Fixed" for row in rows)) <= skipped
