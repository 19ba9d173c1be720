"""The shop's places, and the salt that lets a custody step prove its name to the chain."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_place_shop_id_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("shop_id", "key", name=op.f("uq_place_shop_id_key")),
    )
    op.add_column("custody", sa.Column("salt", sa.String(length=32), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("custody", "salt")
    op.drop_table("place")
