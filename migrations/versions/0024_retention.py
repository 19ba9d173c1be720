"""Periods and removals; a sent quote may lose its words to the customer, and nothing else."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

KEPT = (
    *("id", "ticket_id", "version", "kind", "move_id", "sent_at", "sent_by_id", "currency", "tax_name"),
    *(
        "tax_rate_basis_points",
        "earliest",
        "latest",
        "valid_until",
        "expires_at",
        "diagnosis_fee_minor",
        "hash",
    ),
)


def upgrade() -> None:
    op.create_table(
        "retention_period",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.CheckConstraint("days BETWEEN 0 AND 3650", name=op.f("ck_retention_period_days")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_retention_period_shop_id_shop")),
        sa.PrimaryKeyConstraint("shop_id", "kind", name=op.f("pk_retention_period")),
    )
    op.create_table(
        "removal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("cause", sa.String(40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("cause IN ('period', 'request')", name=op.f("ck_removal_cause")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_removal_shop_id_shop")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_removal_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removal")),
    )
    op.create_index("ix_removal_shop_id_at", "removal", ["shop_id", "at"])
    if op.get_bind().dialect.name == "sqlite":
        same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in KEPT)
        _replace_on_sqlite(f"WHEN NOT (NEW.message = '' AND {same}) ")
    else:
        op.execute(
            "CREATE FUNCTION sent_quote_may_lose_its_words() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF TG_OP = 'UPDATE' AND NEW.message = '' "
            "AND to_jsonb(NEW) - 'message' = to_jsonb(OLD) - 'message' THEN RETURN NEW; END IF; "
            "RAISE EXCEPTION 'a sent quote never changes'; END $$"
        )
        _replace_on_postgresql("sent_quote_may_lose_its_words")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _replace_on_sqlite("")
    else:
        _replace_on_postgresql("sent_quote_never_changes")
        op.execute("DROP FUNCTION sent_quote_may_lose_its_words()")
    op.drop_table("removal")
    op.drop_table("retention_period")


def _replace_on_sqlite(when: str) -> None:
    op.execute("DROP TRIGGER quote_no_update")
    op.execute(
        f"CREATE TRIGGER quote_no_update BEFORE UPDATE ON quote {when}"
        "BEGIN SELECT RAISE(ABORT, 'a sent quote never changes'); END"
    )


def _replace_on_postgresql(function: str) -> None:
    op.execute("DROP TRIGGER quote_no_change ON quote")
    op.execute(
        "CREATE TRIGGER quote_no_change BEFORE UPDATE OR DELETE ON quote "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()"
    )
