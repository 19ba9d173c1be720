"""Orders for the shelf, a code by which an order is found, and the serial number of the old part."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.create_table(
        "stock_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=9), nullable=False),
        sa.Column("supplier", sa.String(length=120), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("arrived", sa.Integer(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("ordered_at", UtcDateTime(), nullable=False),
        sa.Column("ordered_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "quantity > 0 AND arrived BETWEEN 0 AND quantity", name=op.f("ck_stock_order_arrived")
        ),
        sa.ForeignKeyConstraint(
            ["ordered_by_id"], ["staff.id"], name=op.f("fk_stock_order_ordered_by_id_staff")
        ),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_stock_order_part_id_part")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_stock_order_shop_id_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_order")),
    )
    op.create_index(op.f("ix_stock_order_shop_id"), "stock_order", ["shop_id"], unique=False)
    op.create_index(op.f("ix_stock_order_code"), "stock_order", ["code"], unique=False)
    op.create_index("ix_stock_order_part_id_closed_at", "stock_order", ["part_id", "closed_at"], unique=False)
    op.add_column("part_order", sa.Column("serial", sa.String(length=60), nullable=False, server_default=""))
    op.add_column(
        "part_fitted", sa.Column("old_serial", sa.String(length=60), nullable=False, server_default="")
    )
    op.add_column("part_order", sa.Column("code", sa.String(length=9), nullable=False, server_default=""))
    op.create_index(op.f("ix_part_order_code"), "part_order", ["code"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_part_order_code"), table_name="part_order")
    op.drop_column("part_order", "code")
    op.drop_column("part_fitted", "old_serial")
    op.drop_column("part_order", "serial")
    op.drop_table("stock_order")
