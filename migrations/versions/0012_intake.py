"""The tables of repairshop/intake."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "booking",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("comes_on", sa.Date(), nullable=False),
        sa.Column("time_note", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_booking_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_booking")),
    )
    op.create_index(op.f("ix_booking_comes_on"), "booking", ["comes_on"], unique=False)
    op.create_table(
        "check_in_waiver",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column(
            "item",
            sa.Enum(
                "condition",
                "privacy",
                "reach",
                "signature",
                name="item",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_check_in_waiver_staff_id_staff")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_check_in_waiver_ticket_id_ticket")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in_waiver")),
        sa.UniqueConstraint("ticket_id", "item", name=op.f("uq_check_in_waiver_ticket_id_item")),
    )
    op.create_table(
        "fact_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("before", sa.String(length=2000), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_fact_change_staff_id_staff")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_fact_change_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_change")),
    )
    op.create_index(op.f("ix_fact_change_ticket_id"), "fact_change", ["ticket_id"], unique=False)


def downgrade() -> None:
    op.drop_table("fact_change")
    op.drop_table("check_in_waiver")
    op.drop_table("booking")
