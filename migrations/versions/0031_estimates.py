"""What like repairs told, with each promise and for the next one."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0031"
down_revision = "0030"

_STAGES = (
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
        "promise_estimate",
        sa.Column("promise_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stage", _stage(), nullable=False),
        sa.Column(
            "likeness",
            sa.Enum(
                "fault", "type", "shop", name="likeness", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("like_count", sa.Integer(), nullable=False),
        sa.Column("half_at", UtcDateTime(), nullable=False),
        sa.Column("most_at", UtcDateTime(), nullable=False),
        sa.Column("is_told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["promise_id"], ["promise.id"], name=op.f("fk_promise_estimate_promise_id_promise")
        ),
        sa.PrimaryKeyConstraint("promise_id", name=op.f("pk_promise_estimate")),
    )
    op.create_table(
        "promise_owed",
        sa.Column("ticket_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("by_at", UtcDateTime(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_promise_owed_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_promise_owed")),
    )
    op.create_table(
        "promise_risk",
        sa.Column("ticket_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_promise_risk_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_promise_risk")),
    )
    op.create_table(
        "promise_cell",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("stage", _stage(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("like_count", sa.Integer(), nullable=False),
        sa.Column("half_hours", sa.Double(), nullable=False),
        sa.Column("most_hours", sa.Double(), nullable=False),
        sa.Column("samples", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_promise_cell_shop_id_shop")),
        sa.PrimaryKeyConstraint("shop_id", "stage", "key", name=op.f("pk_promise_cell")),
    )
    op.create_table(
        "promise_factor",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("stage", _stage(), nullable=False),
        sa.Column("half", sa.Double(), nullable=False),
        sa.Column("most", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_promise_factor_shop_id_shop")),
        sa.PrimaryKeyConstraint("shop_id", "stage", name=op.f("pk_promise_factor")),
    )


def _stage() -> sa.Enum:
    return sa.Enum(*_STAGES, name="stage", native_enum=False, create_constraint=True, length=40)


def downgrade() -> None:
    for table in ("promise_factor", "promise_cell", "promise_risk", "promise_owed", "promise_estimate"):
        op.drop_table(table)
