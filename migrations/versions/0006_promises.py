"""The tables of repairshop/promises."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "promise",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("earliest", sa.Date(), nullable=False),
        sa.Column("latest", sa.Date(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "staff",
                "customer",
                "system",
                name="actor_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column(
            "reason",
            sa.Enum(
                "intake",
                "quote",
                "fixed_price",
                "within_limit",
                "warranty",
                "part_late",
                "more_found",
                "bench_full",
                "test_failed",
                "customer_asked",
                "answer_took_longer",
                "sooner",
                "other",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("move_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("latest >= earliest", name=op.f("ck_promise_dates")),
        sa.ForeignKeyConstraint(["move_id"], ["ticket_move.id"], name=op.f("fk_promise_move_id_ticket_move")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_promise_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
    )
    op.create_index(op.f("ix_promise_move_id"), "promise", ["move_id"], unique=False)
    op.create_index("ix_promise_ticket_id", "promise", ["ticket_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("promise")
