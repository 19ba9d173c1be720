"""The tables of repairshop/parts."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "part_fitted",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "origin",
            sa.Enum(
                "new_original",
                "used_original",
                "refurbished",
                "aftermarket",
                "salvaged",
                "customers_own",
                name="part_origin",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("supplier", sa.String(length=120), nullable=False),
        sa.Column("serial", sa.String(length=60), nullable=True),
        sa.Column("donor", sa.String(length=120), nullable=False),
        sa.Column(
            "pairing",
            sa.Enum(
                "not_needed",
                "done",
                "not_done",
                "impossible",
                name="pairing",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("device_will_show", sa.String(length=300), nullable=False),
        sa.Column("warranty_days", sa.Integer(), nullable=False),
        sa.Column(
            "old_part",
            sa.Enum(
                "kept",
                "returned_to_customer",
                "returned_to_supplier",
                "recycled",
                "none",
                name="old_part",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("fitted_at", UtcDateTime(), nullable=False),
        sa.Column("fitted_by_id", sa.Integer(), nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("removed_because", sa.String(length=200), nullable=False),
        sa.CheckConstraint("origin <> 'salvaged' OR donor <> ''", name=op.f("ck_part_fitted_donor")),
        sa.CheckConstraint("warranty_days >= 0", name=op.f("ck_part_fitted_warranty_days")),
        sa.ForeignKeyConstraint(
            ["fitted_by_id"], ["staff.id"], name=op.f("fk_part_fitted_fitted_by_id_staff")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_part_fitted_shop_id_shop")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_part_fitted_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_part_fitted")),
    )
    op.create_index(op.f("ix_part_fitted_ticket_id"), "part_fitted", ["ticket_id"], unique=False)
    op.create_index("uq_part_fitted_shop_id_serial", "part_fitted", ["shop_id", "serial"], unique=True)
    op.create_table(
        "part_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("order_move_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("supplier", sa.String(length=120), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("ordered_at", UtcDateTime(), nullable=False),
        sa.Column("ordered_by_id", sa.Integer(), nullable=True),
        sa.Column("arrived_at", UtcDateTime(), nullable=True),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.Column("end_move_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["end_move_id"], ["ticket_move.id"], name=op.f("fk_part_order_end_move_id_ticket_move")
        ),
        sa.ForeignKeyConstraint(
            ["order_move_id"], ["ticket_move.id"], name=op.f("fk_part_order_order_move_id_ticket_move")
        ),
        sa.ForeignKeyConstraint(
            ["ordered_by_id"], ["staff.id"], name=op.f("fk_part_order_ordered_by_id_staff")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_part_order_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_part_order")),
    )
    op.create_index(op.f("ix_part_order_end_move_id"), "part_order", ["end_move_id"], unique=False)
    op.create_index(op.f("ix_part_order_order_move_id"), "part_order", ["order_move_id"], unique=False)
    op.create_index(op.f("ix_part_order_ticket_id"), "part_order", ["ticket_id"], unique=False)


def downgrade() -> None:
    op.drop_table("part_order")
    op.drop_table("part_fitted")
