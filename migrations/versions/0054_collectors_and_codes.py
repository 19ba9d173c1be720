"""Who may collect instead of the customer, and the one-time codes a customer proves themselves with."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    op.create_table(
        "collector",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("named_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_collector_visit_id_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collector")),
    )
    op.create_index(op.f("ix_collector_visit_id"), "collector", ["visit_id"])
    op.create_table(
        "portal_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_portal_code_tries")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_portal_code_visit_id_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_code")),
    )
    op.create_index(op.f("ix_portal_code_visit_id"), "portal_code", ["visit_id"])


def downgrade() -> None:
    op.drop_table("portal_code")
    op.drop_table("collector")
