"""What customers say of a repair, and the calls it leads to."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    op.create_table(
        "feedback_setting",
        sa.Column("shop_id", sa.Integer(), sa.ForeignKey("shop.id"), primary_key=True),
        sa.Column("stages", sa.JSON(), nullable=False),
        sa.Column("surveys", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("shop_id", sa.Integer(), sa.ForeignKey("shop.id"), nullable=False),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Integer(), sa.ForeignKey("staff.id"), nullable=True),
        sa.UniqueConstraint("ticket_id", "kind", "stage"),
    )
    op.create_index("ix_feedback_shop_id_kind_at", "feedback", ["shop_id", "kind", "at"])
    op.create_table(
        "follow_up",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("shop_id", sa.Integer(), sa.ForeignKey("shop.id"), nullable=False),
        sa.Column("feedback_id", sa.Integer(), sa.ForeignKey("feedback.id"), nullable=False, unique=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Integer(), sa.ForeignKey("staff.id"), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), sa.ForeignKey("staff.id"), nullable=True),
        sa.Column("ending", sa.String(20), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
    )
    op.create_index("ix_follow_up_shop_id_closed_at", "follow_up", ["shop_id", "closed_at"])
    op.create_table(
        "survey_asked",
        sa.Column("visit_id", sa.Integer(), sa.ForeignKey("visit.id"), primary_key=True),
        sa.Column("customer_id", sa.Integer(), sa.ForeignKey("customer.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_survey_asked_customer_id_at", "survey_asked", ["customer_id", "at"])


def downgrade() -> None:
    for table in ("survey_asked", "follow_up", "feedback", "feedback_setting"):
        op.drop_table(table)
