"""Who said of which two people that they are two."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "told_apart",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_told_apart_shop_id_shop")),
        sa.ForeignKeyConstraint(["one_id"], ["customer.id"], name=op.f("fk_told_apart_one_id_customer")),
        sa.ForeignKeyConstraint(["other_id"], ["customer.id"], name=op.f("fk_told_apart_other_id_customer")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_told_apart_staff_id_staff")),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["staff.id"], name=op.f("fk_told_apart_undone_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_told_apart")),
    )
    for column in ("shop_id", "one_id", "other_id"):
        op.create_index(op.f(f"ix_told_apart_{column}"), "told_apart", [column])


def downgrade() -> None:
    op.drop_table("told_apart")
