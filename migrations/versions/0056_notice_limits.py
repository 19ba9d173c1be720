"""Limits, quiet hours and countries of a shop's messages; what it sent by day; the pace of a sender."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    op.create_table(
        "notice_policy",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.String(length=5), nullable=False),
        sa.Column("quiet_to", sa.String(length=5), nullable=False),
        sa.Column("to_one_number_a_day", sa.Integer(), nullable=False),
        sa.Column("a_day", sa.Integer(), nullable=False),
        sa.Column("a_month", sa.Integer(), nullable=False),
        sa.Column("countries", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_notice_policy_shop_id_shop")),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_notice_policy")),
    )
    op.create_table(
        "spend_count",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_spend_count_shop_id_shop")),
        sa.PrimaryKeyConstraint("shop_id", "channel", "day", name=op.f("pk_spend_count")),
    )
    op.create_table(
        "sender_pace",
        sa.Column("sender", sa.String(length=60), nullable=False),
        sa.Column("free_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sender", name=op.f("pk_sender_pace")),
    )
    op.add_column(
        "outgoing_message",
        sa.Column("over_limits", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index(
        "ix_outgoing_message_recipient_claimed_at", "outgoing_message", ["recipient", "claimed_at"]
    )
    for name in ("quiet_from", "quiet_to"):
        op.add_column("customer", sa.Column(name, sa.String(length=5), nullable=True))


def downgrade() -> None:
    for name in ("quiet_to", "quiet_from"):
        op.drop_column("customer", name)
    op.drop_index("ix_outgoing_message_recipient_claimed_at", table_name="outgoing_message")
    # A limit means nothing to the version before: what it held would lie there without a word why.
    op.execute("UPDATE outgoing_message SET error_code = '' WHERE error_code LIKE 'limit_%'")
    op.drop_column("outgoing_message", "over_limits")
    for table in ("sender_pace", "spend_count", "notice_policy"):
        op.drop_table(table)
