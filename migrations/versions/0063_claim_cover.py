"""Which cover of the first repair a claim was decided by."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"


def upgrade() -> None:
    with op.batch_alter_table("warranty_claim") as batch:
        # None with `no_cover` false: decided before anybody was asked.
        batch.add_column(sa.Column("cover_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("no_cover", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.create_foreign_key(
            op.f("fk_warranty_claim_cover_id_warranty_cover"), "warranty_cover", ["cover_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("warranty_claim") as batch:
        batch.drop_constraint(op.f("fk_warranty_claim_cover_id_warranty_cover"), type_="foreignkey")
        batch.drop_column("no_cover")
        batch.drop_column("cover_id")
