"""Devices that nobody had, each told to the staff once."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.create_table(
        "custody_alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_custody_alert_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_alert")),
        sa.UniqueConstraint("ticket_id", "since", name=op.f("uq_custody_alert_ticket_id_since")),
    )


def downgrade() -> None:
    op.drop_table("custody_alert")
