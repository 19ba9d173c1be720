"""Who worked on which job, from when to when."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.create_table(
        "work_span",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("started_move_id", sa.Integer(), nullable=True),
        sa.Column("stopped_at", UtcDateTime(), nullable=True),
        sa.Column(
            "stopped_because",
            sa.Enum(
                "paused",
                "moved",
                "other_job",
                "forgotten",
                name="stop_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("stopped_move_id", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("corrected_because", sa.String(length=200), nullable=False),
        sa.Column("corrected_at", UtcDateTime(), nullable=True),
        sa.Column("corrected_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "minutes IS NULL OR minutes BETWEEN 0 AND 1440", name=op.f("ck_work_span_minutes")
        ),
        sa.CheckConstraint("(stopped_at IS NULL) = (minutes IS NULL)", name=op.f("ck_work_span_stopped")),
        sa.CheckConstraint(
            "corrected_at IS NULL OR corrected_because <> ''", name=op.f("ck_work_span_reason")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_work_span_ticket_id_ticket")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_work_span_staff_id_staff")),
        sa.ForeignKeyConstraint(
            ["started_move_id"], ["ticket_move.id"], name=op.f("fk_work_span_started_move_id_ticket_move")
        ),
        sa.ForeignKeyConstraint(
            ["stopped_move_id"], ["ticket_move.id"], name=op.f("fk_work_span_stopped_move_id_ticket_move")
        ),
        sa.ForeignKeyConstraint(
            ["corrected_by_id"], ["staff.id"], name=op.f("fk_work_span_corrected_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_span")),
    )
    op.create_index("ix_work_span_ticket_id", "work_span", ["ticket_id", "id"], unique=False)
    op.create_index(op.f("ix_work_span_started_move_id"), "work_span", ["started_move_id"], unique=False)
    op.create_index(op.f("ix_work_span_stopped_move_id"), "work_span", ["stopped_move_id"], unique=False)
    op.create_index(
        "uq_work_span_running_staff",
        "work_span",
        ["staff_id"],
        unique=True,
        postgresql_where=sa.text("stopped_at IS NULL"),
        sqlite_where=sa.text("stopped_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("work_span")
