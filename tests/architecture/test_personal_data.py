"""Every column that could hold words says whether they are about a person, and what becomes of them."""

import importlib
import pkgutil

from sqlalchemy import JSON, Enum, LargeBinary, String

import repairshop
from repairshop import wiring
from repairshop.database import Base
from repairshop.personal import Holding

for _module in pkgutil.walk_packages(repairshop.__path__, "repairshop."):
    if _module.name.endswith(".models"):
        importlib.import_module(_module.name)

TABLES = Base.metadata.tables
HOLDINGS = [holding for eraser in wiring.ERASERS for holding in eraser.holdings]
PERSONAL = {f"{holding.table}.{column}" for holding in HOLDINGS for column in holding.becomes}
HARMLESS = {name: reason for eraser in wiring.ERASERS for name, reason in eraser.not_personal.items()}
WORDY = {
    f"{table.name}.{column.name}"
    for table in TABLES.values()
    for column in table.columns
    if isinstance(column.type, String | JSON | LargeBinary) and not isinstance(column.type, Enum)
}

WHAT_TO_DO = (
    "These columns could hold words about a customer, and nothing says what becomes of them. In the "
    "erasers.py of the feature that owns the table, either add the column to a Holding's `becomes` "
    "(repairshop/personal.py says how; a salt goes with its words and is `secret`), or say why it "
    'is never personal in `not_personal`, as "table.column" or "table". A new erasers.py goes into '
    "wiring.ERASERS."
)


def test_every_column_that_could_hold_words_is_declared():
    undeclared = sorted(
        name for name in WORDY - PERSONAL - HARMLESS.keys() if name.split(".")[0] not in HARMLESS
    )

    assert undeclared == [], WHAT_TO_DO


def test_no_column_is_declared_twice_over():
    assert sorted(PERSONAL & HARMLESS.keys()) == []
    assert sorted(name for name in PERSONAL if name.split(".")[0] in HARMLESS) == []


def test_every_declaration_names_what_exists():
    columns = {f"{table.name}.{column.name}" for table in TABLES.values() for column in table.columns}
    named = set(PERSONAL)
    for holding in HOLDINGS:
        named |= {f"{holding.table}.{name}" for name in (holding.by, *holding.secret)}
        if holding.via is not None:
            table, shared, owner = holding.via
            named |= {f"{table}.{shared}", f"{table}.{owner}"}
    named |= {name for name in HARMLESS if "." in name}

    assert sorted(named - columns) == []
    assert sorted(name for name in HARMLESS if "." not in name and name not in TABLES) == []


def test_a_holding_hangs_on_the_thing_it_names():
    """`ticket_id` for a ticket's: a slip here would empty somebody else's rows."""
    wrong = [
        f"{holding.table}.{owner}"
        for holding in HOLDINGS
        for owner in [holding.via[2] if holding.via else holding.by]
        if owner not in _ways_to(holding)
    ]

    assert wrong == []


def _ways_to(holding: Holding) -> set[str]:
    if holding.table == "customer_merge":
        return {"kept_id", "gone_id"}
    return {"id" if holding.table == holding.whose.value else f"{holding.whose.value}_id"}


def test_every_reason_is_given():
    assert [name for name, reason in HARMLESS.items() if not reason.strip()] == []
