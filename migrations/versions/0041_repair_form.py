"""The European Repair Information Form, kept as it was given."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0041"
down_revision = "0040"

KEPT = ("quote_id", "issued_at", "valid_until", "hash")


def upgrade() -> None:
    op.create_table(
        "repair_form",
        sa.Column("quote_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.CheckConstraint("length(hash) = 64", name=op.f("ck_repair_form_hash")),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name=op.f("fk_repair_form_quote_id_quote")),
        sa.PrimaryKeyConstraint("quote_id", name=op.f("pk_repair_form")),
    )
    op.add_column("quote_draft", sa.Column("form", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column(
        "shop", sa.Column("repair_form", sa.String(length=20), nullable=False, server_default="never")
    )
    if op.get_bind().dialect.name == "sqlite":
        _refuse_changes_on_sqlite()
    else:
        _refuse_changes_on_postgresql()


def _refuse_changes_on_sqlite() -> None:
    same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in KEPT)
    emptied = "(NEW.facts IS NULL OR NEW.facts = 'null')"
    for act, when in (("UPDATE", f"WHEN NOT ({emptied} AND {same}) "), ("DELETE", "")):
        op.execute(
            f"CREATE TRIGGER repair_form_no_{act.lower()} BEFORE {act} ON repair_form {when}"
            "BEGIN SELECT RAISE(ABORT, 'a form that was given never changes'); END"
        )


def _refuse_changes_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION repair_form_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'UPDATE' AND (NEW.facts IS NULL OR NEW.facts::text = 'null') "
        "AND to_jsonb(NEW) - 'facts' = to_jsonb(OLD) - 'facts' THEN RETURN NEW; END IF; "
        "RAISE EXCEPTION 'a form that was given never changes'; END $$"
    )
    op.execute(
        "CREATE TRIGGER repair_form_no_change BEFORE UPDATE OR DELETE ON repair_form "
        "FOR EACH ROW EXECUTE FUNCTION repair_form_never_changes()"
    )
    op.execute(
        "CREATE TRIGGER repair_form_no_truncate BEFORE TRUNCATE ON repair_form "
        "FOR EACH STATEMENT EXECUTE FUNCTION repair_form_never_changes()"
    )


def downgrade() -> None:
    op.drop_table("repair_form")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION repair_form_never_changes()")
    op.drop_column("shop", "repair_form")
    op.drop_column("quote_draft", "form")
