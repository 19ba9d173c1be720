"""Options side by side, work priced by the hour, where dates come from, when a fee was told."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0036"
down_revision = "0035"

SAID_BEFORE = (
    *("id", "ticket_id", "version", "kind", "move_id", "sent_at", "sent_by_id", "currency", "tax_name"),
    *("tax_rate_basis_points", "earliest", "latest", "valid_until", "expires_at", "diagnosis_fee_minor"),
    "hash",
)
SAID_NOW = ("dates_basis", "diagnosis_fee_told_at")


def upgrade() -> None:
    op.create_table(
        "quote_draft_option",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("at_most_minor", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "at_most_minor IS NULL OR at_most_minor >= 0", name=op.f("ck_quote_draft_option_at_most")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["quote_draft.ticket_id"], name=op.f("fk_quote_draft_option_ticket_id_quote_draft")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_draft_option")),
    )
    op.create_index(op.f("ix_quote_draft_option_ticket_id"), "quote_draft_option", ["ticket_id"])
    op.execute(
        "INSERT INTO quote_draft_option (ticket_id, position, label, at_most_minor) "
        "SELECT ticket_id, 0, '', at_most_minor FROM quote_draft ORDER BY ticket_id"
    )
    with op.batch_alter_table("quote_draft") as table:
        table.drop_constraint(op.f("ck_quote_draft_at_most"), type_="check")
        table.drop_column("at_most_minor")
    op.add_column(
        "quote_draft_line", sa.Column("option_position", sa.Integer(), nullable=False, server_default="0")
    )
    for table_name in ("quote_draft_line", "quote_line"):
        op.add_column(table_name, sa.Column("minutes", sa.Integer(), nullable=False, server_default="0"))
        op.add_column(table_name, sa.Column("hourly_rate_minor", sa.Integer(), nullable=True))
    for table_name in ("quote_draft", "quote"):
        op.add_column(table_name, sa.Column("dates_basis", sa.String(length=20), nullable=True))
        op.add_column(table_name, sa.Column("diagnosis_fee_told_at", UtcDateTime(), nullable=True))
    op.add_column("shop", sa.Column("hourly_rate_minor", sa.Integer(), nullable=True))
    _watch_on_sqlite((*SAID_BEFORE, *SAID_NOW))


def downgrade() -> None:
    _watch_on_sqlite(SAID_BEFORE)
    op.drop_column("shop", "hourly_rate_minor")
    for table_name in ("quote", "quote_draft"):
        op.drop_column(table_name, "diagnosis_fee_told_at")
        op.drop_column(table_name, "dates_basis")
    for table_name in ("quote_line", "quote_draft_line"):
        op.drop_column(table_name, "hourly_rate_minor")
        op.drop_column(table_name, "minutes")
    # Before, a draft was one way to do the repair: the first stays.
    op.execute("DELETE FROM quote_draft_line WHERE option_position > 0")
    op.drop_column("quote_draft_line", "option_position")
    with op.batch_alter_table("quote_draft") as table:
        table.add_column(sa.Column("at_most_minor", sa.Integer(), nullable=True))
        table.create_check_constraint(
            op.f("ck_quote_draft_at_most"), "at_most_minor IS NULL OR at_most_minor >= 0"
        )
    op.execute(
        "UPDATE quote_draft SET at_most_minor = (SELECT at_most_minor FROM quote_draft_option AS first "
        "WHERE first.ticket_id = quote_draft.ticket_id AND first.position = 0)"
    )
    op.drop_table("quote_draft_option")


def _watch_on_sqlite(columns: tuple[str, ...]) -> None:
    """What may not change in a sent quote; PostgreSQL's trigger compares whole rows."""
    if op.get_bind().dialect.name != "sqlite":
        return
    same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in columns)
    op.execute("DROP TRIGGER quote_no_update")
    op.execute(
        f"CREATE TRIGGER quote_no_update BEFORE UPDATE ON quote WHEN NOT (NEW.message = '' AND {same}) "
        "BEGIN SELECT RAISE(ABORT, 'a sent quote never changes'); END"
    )
