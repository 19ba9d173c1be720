"""Refuse INSERT OR REPLACE into the history on SQLite, which deletes without asking the delete trigger."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER history_no_replace BEFORE INSERT ON history WHEN EXISTS ("
            "SELECT 1 FROM history WHERE id = NEW.id OR (ticket_id = NEW.ticket_id AND seq = NEW.seq)) "
            "BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER history_no_replace")
