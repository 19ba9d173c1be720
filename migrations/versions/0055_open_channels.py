"""The name of a channel is free: a new channel is a folder of code and no change of the tables."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"

_CHANNELS = ("sms", "email", "call")
_TABLES = ("outgoing_message", "contact_consent", "consent_change")


def upgrade() -> None:
    for table in _TABLES:
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"ck_{table}_channel"), type_="check")


def downgrade() -> None:
    messages, *consents = (sa.table(table, sa.column("channel", sa.String())) for table in _TABLES)
    # What went by another channel is told as a call would be: nothing is sent again.
    op.execute(messages.update().where(messages.c.channel.not_in(_CHANNELS)).values(channel="call"))
    for table in consents:
        op.execute(table.delete().where(table.c.channel.not_in(_CHANNELS)))
    for table in _TABLES:
        with op.batch_alter_table(table) as batch:
            batch.create_check_constraint(op.f(f"ck_{table}_channel"), sa.column("channel").in_(_CHANNELS))
