"""How many jobs each column of the bench takes at once."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.create_table(
        "board_limit",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column(
            "board_column",
            sa.Enum(
                "to_diagnose",
                "customer_to_decide",
                "waiting_for_part",
                "ready_to_start",
                "on_the_bench",
                "test_and_close",
                "ready",
                name="board_column",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.CheckConstraint("most IS NULL OR most BETWEEN 1 AND 200", name=op.f("ck_board_limit_most")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_board_limit_shop_id_shop")),
        sa.PrimaryKeyConstraint("shop_id", "board_column", name=op.f("pk_board_limit")),
    )


def downgrade() -> None:
    op.drop_table("board_limit")
