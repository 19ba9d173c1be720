"""What the tests of the quotes' pages fill in and look up."""

import re

from flask import Flask

from repairshop.quotes.queries import get_current_quote
from repairshop.quotes.rows import QuoteRow
from repairshop.tickets.stages import Stage
from tests.builders import get_ticket

DATES = {"earliest": "2026-03-05", "latest": "2026-03-06"}


def hidden(page: str, name: str) -> str:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert found is not None, f"no hidden {name}"
    value = re.search(r'value="([^"]*)"', found[0])
    return value[1] if value else ""


def line(number: int, kind: str, **values: str) -> dict[str, str]:
    facts = {"kind": kind, "quantity": "1", "origin": "", **values}
    return {f"lines-{number}-{name}": value for name, value in facts.items()}


SCREEN = line(
    0, "part", description="Screen", unit_price="74", origin="new_original", device_will_show="Nothing"
)
WORK = line(1, "work", description="Fitting", unit_price="31.00")


def current(app: Flask, reference: str) -> QuoteRow:
    with app.app_context():
        quote = get_current_quote(get_ticket(reference).id)
    assert quote is not None
    return quote


def stage_of(app: Flask, reference: str) -> Stage:
    with app.app_context():
        return get_ticket(reference).stage
