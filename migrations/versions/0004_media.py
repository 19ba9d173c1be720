"""The tables of repairshop/media."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "media",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "photo",
                "signature",
                name=op.f("ck_media_kind"),
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("content_type", sa.String(40), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("original_sha256", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("erased_at", UtcDateTime(), nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("width > 0 AND height > 0 AND size_bytes > 0", name=op.f("ck_media_positive")),
        sa.CheckConstraint(
            "length(sha256) = 64 AND length(original_sha256) = 64", name=op.f("ck_media_digests")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("key", name=op.f("uq_media_key")),
    )
    op.create_index("ix_media_erased_at_removed_at", "media", ["erased_at", "removed_at"])


def downgrade() -> None:
    op.drop_index("ix_media_erased_at_removed_at", table_name="media")
    op.drop_table("media")
