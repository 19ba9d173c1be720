"""`flask customers export` gives everything out; `flask customers erase` asks first."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from repairshop.database import db
from repairshop.tickets.models import TicketNote
from tests import builders
from tests.retention.lived import IMEI, MARK, PHONE, everything_kept, live

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def customer_id(app_context) -> int:
    reference = live(builders.make_staff(builders.make_shop()))
    ticket = builders.get_ticket(reference)
    assert ticket.visit
    return ticket.visit.customer_id


@pytest.mark.both_databases
def test_an_export_holds_every_planted_value_the_photos_and_the_report(
    customer_id: int, app: Flask, tmp_path: Path
) -> None:
    salt = db.session.scalars(select(TicketNote.salt)).one()
    file = tmp_path / "carl.zip"

    result = app.test_cli_runner().invoke(args=["customers", "export", str(customer_id), str(file)])

    assert result.exit_code == 0, result.output
    assert file.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(file) as archive:
        names, text = archive.namelist(), archive.read("customer.json").decode()
    tables: dict[str, list[dict[str, Any]]] = json.loads(text)["tables"]
    assert {"customer", "contact_point", "device", "ticket", "ticket_note", "question", "signature"} <= set(
        tables
    )
    assert IMEI in text
    assert PHONE in text
    assert tables["ticket_note"][0]["text"] == MARK
    assert tables["quote_option"][0]["price_minor"] > 0
    assert tables["history"][0]["act"] == "take_in"
    assert salt not in text
    assert {name.split("/")[0] for name in names} == {"customer.json", "photos", "reports"}


def test_an_export_never_writes_over_a_file(customer_id: int, app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "carl.zip"
    file.write_text("mine")

    result = app.test_cli_runner().invoke(args=["customers", "export", str(customer_id), str(file)])

    assert result.exit_code == 1
    assert file.read_text() == "mine"


@pytest.mark.parametrize(("answer", "stays"), [("n\n", True), ("y\n", False)])
def test_erasing_asks_first(customer_id: int, app: Flask, answer: str, stays: bool) -> None:
    app.test_cli_runner().invoke(args=["customers", "erase", str(customer_id)], input=answer)

    db.session.rollback()
    assert (MARK in everything_kept()) is stays
