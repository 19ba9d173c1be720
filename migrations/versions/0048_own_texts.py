"""A shop's own words for its messages, what a text costs by country, and what each message cost."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    op.create_table(
        "own_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_ours", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("heading", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("restored_from", sa.Integer(), nullable=True),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_own_text_version")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["staff.id"], name=op.f("fk_own_text_saved_by_id_staff")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_own_text_shop_id_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_text")),
        sa.UniqueConstraint(
            *("shop_id", "key", "channel", "language", "version"),
            name=op.f("uq_own_text_shop_id_key_channel_language_version"),
        ),
    )
    op.add_column("shop", sa.Column("keeps_accents", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("shop", sa.Column("part_prices", sa.JSON(), nullable=False, server_default=sa.text("'{}'")))
    for name in ("parts", "cost_hundredths"):
        op.add_column("outgoing_message", sa.Column(name, sa.Integer(), nullable=True))


def downgrade() -> None:
    for name in ("cost_hundredths", "parts"):
        op.drop_column("outgoing_message", name)
    for name in ("part_prices", "keeps_accents"):
        op.drop_column("shop", name)
    op.drop_table("own_text")
