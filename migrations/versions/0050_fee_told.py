"""The diagnosis fee that was told when the device came in, with its time and by whom."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    op.create_table(
        "fee_told",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("fee_minor", sa.Integer(), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=False),
        sa.Column("told_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("fee_minor > 0", name=op.f("ck_fee_told_fee")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_fee_told_ticket_id_ticket")),
        sa.ForeignKeyConstraint(["told_by_id"], ["staff.id"], name=op.f("fk_fee_told_told_by_id_staff")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_fee_told")),
    )


def downgrade() -> None:
    op.drop_table("fee_told")
