"""Work that was added during the repair, inside the customer's spend limit."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0049"
down_revision = "0048"

KINDS = ("part", "work")
ORIGINS = ("new_original", "used_original", "refurbished", "aftermarket", "salvaged", "customers_own")
# What may not change. The reason may be emptied with its customer, and an undo is written down once.
SAID = (
    *("id", "ticket_id", "decision_id", "history_seq", "added_at", "added_by_id", "undo_until"),
    *("limit_minor", "agreed_minor", "price_minor", "hash"),
)


def upgrade() -> None:
    op.create_table(
        "quote_addition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("history_seq", sa.Integer(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("undo_until", UtcDateTime(), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("limit_minor", sa.Integer(), nullable=False),
        sa.Column("agreed_minor", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("price_minor >= 0 AND agreed_minor >= 0", name=op.f("ck_quote_addition_amounts")),
        sa.CheckConstraint("agreed_minor + price_minor <= limit_minor", name=op.f("ck_quote_addition_limit")),
        sa.CheckConstraint("length(hash) = 64", name=op.f("ck_quote_addition_hash")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_quote_addition_ticket_id_ticket")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["quote_decision.id"], name=op.f("fk_quote_addition_decision_id_quote_decision")
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["staff.id"], name=op.f("fk_quote_addition_added_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_addition")),
    )
    op.create_index(op.f("ix_quote_addition_ticket_id"), "quote_addition", ["ticket_id"])
    op.create_index(op.f("ix_quote_addition_decision_id"), "quote_addition", ["decision_id"])
    op.create_table(
        "quote_addition_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("addition_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", _one_of(KINDS, "kind"), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price_minor", sa.Integer(), nullable=False),
        sa.Column("origin", _one_of(ORIGINS, "origin"), nullable=True),
        sa.Column("device_will_show", sa.String(length=300), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("hourly_rate_minor", sa.Integer(), nullable=True),
        sa.Column("feature_lost", sa.String(length=300), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("warranty_days", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_quote_addition_line_quantity")),
        sa.CheckConstraint("unit_price_minor >= 0", name=op.f("ck_quote_addition_line_unit_price")),
        sa.CheckConstraint(
            "kind <> 'part' OR origin IS NOT NULL", name=op.f("ck_quote_addition_line_part_origin")
        ),
        sa.ForeignKeyConstraint(
            ["addition_id"],
            ["quote_addition.id"],
            name=op.f("fk_quote_addition_line_addition_id_quote_addition"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_addition_line")),
        sa.UniqueConstraint(
            "addition_id", "position", name=op.f("uq_quote_addition_line_addition_id_position")
        ),
    )
    if op.get_bind().dialect.name == "postgresql":
        _refuse_changes_on_postgresql()
    else:
        _refuse_changes_on_sqlite()


def _one_of(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _refuse_changes_on_sqlite() -> None:
    same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in SAID)
    reason = "(NEW.reason IS OLD.reason OR NEW.reason = '')"
    undone = "(NEW.undone_at IS OLD.undone_at OR OLD.undone_at IS NULL)"
    for table, act, when in (
        ("quote_addition", "UPDATE", f"WHEN NOT ({same} AND {reason} AND {undone}) "),
        ("quote_addition", "DELETE", ""),
        ("quote_addition_line", "UPDATE", ""),
        ("quote_addition_line", "DELETE", ""),
    ):
        op.execute(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} {when}"
            "BEGIN SELECT RAISE(ABORT, 'what was added never changes'); END"
        )


def _refuse_changes_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION quote_addition_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'quote_addition' THEN "
        "IF to_jsonb(NEW) - 'reason' - 'undone_at' = to_jsonb(OLD) - 'reason' - 'undone_at' "
        "AND to_jsonb(NEW)->>'reason' IN (to_jsonb(OLD)->>'reason', '') "
        "AND (to_jsonb(OLD)->>'undone_at' IS NULL "
        "OR to_jsonb(OLD)->>'undone_at' = to_jsonb(NEW)->>'undone_at') THEN RETURN NEW; END IF; END IF; "
        "RAISE EXCEPTION 'what was added never changes'; END $$"
    )
    for table in ("quote_addition", "quote_addition_line"):
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION quote_addition_never_changes()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION quote_addition_never_changes()"
        )


def downgrade() -> None:
    op.drop_table("quote_addition_line")
    op.drop_table("quote_addition")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION quote_addition_never_changes()")
