"""A shop's logo and colour; a picture may be a logo."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"

_KINDS = ("photo", "signature")


def upgrade() -> None:
    _allow(*_KINDS, "logo")
    op.create_table(
        "shop_look",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("accent", sa.String(length=7), nullable=False),
        sa.Column("logo_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(accent) IN (0, 7)", name=op.f("ck_shop_look_accent")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_shop_look_shop_id_shop")),
        sa.ForeignKeyConstraint(["logo_id"], ["media.id"], name=op.f("fk_shop_look_logo_id_media")),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_shop_look")),
    )


def downgrade() -> None:
    op.drop_table("shop_look")
    # The version before knows no logos; the sweep of the store finds files without a row.
    op.execute("DELETE FROM media WHERE kind = 'logo'")
    _allow(*_KINDS)


def _allow(*kinds: str) -> None:
    with op.batch_alter_table("media") as batch:
        batch.drop_constraint(op.f("ck_media_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_media_kind"), sa.column("kind").in_(kinds))
