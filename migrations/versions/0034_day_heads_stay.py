"""Refuse to change or remove the published heads of days, as the history refuses it."""

from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _refuse_changes_on_sqlite()
    else:
        _refuse_changes_on_postgresql()


def _refuse_changes_on_sqlite() -> None:
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER day_head_no_{act.lower()} BEFORE {act} ON day_head "
            "BEGIN SELECT RAISE(ABORT, 'a published head never changes'); END"
        )
    # INSERT OR REPLACE deletes without asking the delete trigger.
    op.execute(
        "CREATE TRIGGER day_head_no_replace BEFORE INSERT ON day_head WHEN EXISTS ("
        "SELECT 1 FROM day_head WHERE id = NEW.id OR (shop_id = NEW.shop_id AND day = NEW.day)) "
        "BEGIN SELECT RAISE(ABORT, 'a published head never changes'); END"
    )


def _refuse_changes_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION day_head_never_changes() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'a published head never changes'; END $$"
    )
    op.execute(
        "CREATE TRIGGER day_head_no_change BEFORE UPDATE OR DELETE ON day_head "
        "FOR EACH ROW EXECUTE FUNCTION day_head_never_changes()"
    )
    op.execute(
        "CREATE TRIGGER day_head_no_truncate BEFORE TRUNCATE ON day_head "
        "FOR EACH STATEMENT EXECUTE FUNCTION day_head_never_changes()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ("replace", "delete", "update"):
            op.execute(f"DROP TRIGGER day_head_no_{act}")
    else:
        op.execute("DROP TRIGGER day_head_no_truncate ON day_head")
        op.execute("DROP TRIGGER day_head_no_change ON day_head")
        op.execute("DROP FUNCTION day_head_never_changes()")
