"""Public pages of a shop, and bookings that customers wrote themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    op.add_column(
        "customer", sa.Column("is_unconfirmed", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "shop_front",
        sa.Column("shop_id", sa.Integer(), sa.ForeignKey("shop.id"), primary_key=True),
        sa.Column("shows_prices", sa.Boolean(), nullable=False),
        sa.Column("takes_requests", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "drop_off_request",
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), primary_key=True),
        sa.Column("shop_id", sa.Integer(), sa.ForeignKey("shop.id"), nullable=False),
        sa.Column("backup", sa.String(10), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), sa.ForeignKey("staff.id"), nullable=True),
    )
    op.create_index("ix_drop_off_request_shop_id_settled_at", "drop_off_request", ["shop_id", "settled_at"])


def downgrade() -> None:
    op.drop_table("drop_off_request")
    op.drop_table("shop_front")
    op.drop_column("customer", "is_unconfirmed")
