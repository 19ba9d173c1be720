"""What a like new device costs, as the shop says: one assumption of repair or replace."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"

SAID_BEFORE = (
    *("id", "ticket_id", "version", "kind", "move_id", "sent_at", "sent_by_id", "currency", "tax_name"),
    *("tax_rate_basis_points", "earliest", "latest", "valid_until", "expires_at", "diagnosis_fee_minor"),
    *("hash", "dates_basis", "diagnosis_fee_told_at"),
)


def upgrade() -> None:
    for table in ("quote_draft", "quote"):
        op.add_column(table, sa.Column("like_new_minor", sa.Integer(), nullable=True))
    _watch_on_sqlite((*SAID_BEFORE, "like_new_minor"))


def downgrade() -> None:
    _watch_on_sqlite(SAID_BEFORE)
    for table in ("quote", "quote_draft"):
        op.drop_column(table, "like_new_minor")


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
