"""When the customer sees the fault; what a finding says is wrong and what brought it about."""

from alembic import op

revision = "0045"
down_revision = "0044"

_COLUMNS = (
    (
        "ticket",
        "symptom_condition",
        "symptom_condition",
        ("always", "now_and_then", "after_a_while", "when_warm", "when_cold"),
    ),
    (
        "finding",
        "defect",
        "defect",
        (
            "broken",
            "cracked",
            "worn",
            "loose",
            "blocked",
            "corroded",
            "no_contact",
            "short_circuit",
            "burnt",
            "swollen",
            "leaking",
            "bent",
            "missing",
            "damaged_data",
            "wrong_setting",
            "does_not_belong",
            "other",
        ),
    ),
    (
        "finding",
        "cause",
        "cause",
        (
            "wear",
            "fall",
            "liquid",
            "heat",
            "dirt",
            "electricity",
            "earlier_repair",
            "update",
            "manufacture",
            "not_known",
        ),
    ),
)


def upgrade() -> None:
    # In plain SQL: a batch would copy the whole table on SQLite, and both engines take a CHECK with a column.
    for table, column, name, members in _COLUMNS:
        allowed = ", ".join(f"'{member}'" for member in members)
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN {column} VARCHAR(40) "
            f"CONSTRAINT ck_{table}_{name} CHECK ({column} IN ({allowed}))"
        )


def downgrade() -> None:
    # A column's own CHECK goes with it, on both engines.
    for table, column, _, _ in reversed(_COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
