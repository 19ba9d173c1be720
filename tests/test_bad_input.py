"""Every form of every page, filled with what nobody should type: an error at its field, or harmless words.

The forms are read from the pages of the access matrix's world, so a new form is tested without a line here.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import tinyhtml5
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.access_world import World, build_world
from tests.databases import SqliteFiles
from tests.journeys.browser_forms import Form, Tab
from tests.test_access_matrix import MATRIX, address, expected, rules_of

_SCRIPT = "<script>alert('x')</script>"
_HOSTILE = {
    "empty": "",
    "blanks": " \t\u00a0\u2003 ",
    "too long": "long " * 20_000,
    "script": _SCRIPT,
    "attribute": "\" onfocus=\"alert('x')\" autofocus x=\"",
    "emoji": "\U0001f469\u200d\U0001f527 broke it \U0001f4a5",
    "right to left": "abc\u202egpj.exe\u2066\u200f",
    "control": "bell\x07 escape\x1b nul\x00",
    "lone surrogate": "\ud800",
    "statement": "'); DROP TABLE ticket;--",
    "path": "../../../../etc/passwd\\..\\..",
    "template": "{{ 7*7 }}{% raw %}%(name)s {link} ${x}",
    "number": "-99999999999999999999999999",
    "not a number": "NaN",
    "strange digits": "\u0663\u0661\u00b2",
    "no day": "2026-02-30",
    "far day": "9999-12-31",
}
_FORGED = {
    "another choice": "nonsense",
    "huge": "99999999999999999999999999",
    "negative": "-1",
    "nul": "\x00",
    "json": '{"a": [1, {"b": null}]}',
    "list": "[]",
    "long": "x" * 3000,
}
# Typed where a field stands without a value; by the end of its name.
_USUAL = {
    "phone": "07700 900777",
    "number_called": "07700 900777",
    "email": "new@example.com",
    "imei": "",
    "value": "07700 900778",
    "earliest": "2030-01-07",
    "latest": "2030-01-08",
    "comes_on": "2030-01-07",
    "expected_on": "2030-01-07",
    "valid_until": "2030-01-09",
    "price": "12.00",
    "fixed_price": "12.00",
    "spend_limit": "12.00",
    "at_most": "90.00",
    "diagnosis_fee": "5.00",
    "quantity": "1",
    "warranty_days": "90",
    "consented_at": "",
    "sim_number": "",
    "code": "K7QP3M2X5",
    "phone_tail": "0123",
}
_NEVER_TYPED = {"csrf_token"}


@dataclass(frozen=True)
class Found:
    """A form on a page, and who fills it in."""

    endpoint: str
    page: str
    principal: str
    form: Form


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_files: SqliteFiles) -> Iterator[World]:
    world = build_world(tmp_path_factory.mktemp("hostile"), sqlite_files)
    yield world
    world.restore()
