"""Moments the database has lived through, by which an older copy is noticed."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0064"
down_revision = "0063"


def upgrade() -> None:
    op.create_table(
        "delivery_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("noticed_at", UtcDateTime(), nullable=True),
        sa.Column("copy_of", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_mark")),
        sa.UniqueConstraint("token", name=op.f("uq_delivery_mark_token")),
    )


def downgrade() -> None:
    op.drop_table("delivery_mark")
