"""The tables of repairshop/reports."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0015"
down_revision = "0014"

STAGES = (
    "booked",
    "received",
    "diagnosing",
    "awaiting_approval",
    "approved",
    "awaiting_parts",
    "in_repair",
    "final_checks",
    "ready",
    "unclaimed",
    "handed_over",
    "surrendered",
    "cancelled",
)


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                *STAGES, name=op.f("ck_report_stage"), native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("length(digest) = 64", name=op.f("ck_report_digest")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_report_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("ticket_id", "digest", name=op.f("uq_report_ticket_id_digest")),
    )


def downgrade() -> None:
    op.drop_table("report")
