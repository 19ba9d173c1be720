"""The tables of repairshop/handover."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("move_id", sa.Integer(), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "counter",
                "carrier",
                name="collection_method",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("collected_by", sa.String(length=120), nullable=False),
        sa.Column(
            "proof",
            sa.Enum(
                "receipt",
                "link",
                "identity_card",
                "driving_licence",
                "passport",
                "known_in_person",
                name="identity_proof",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("signature_id", sa.Integer(), nullable=True),
        sa.Column("carrier", sa.String(length=80), nullable=False),
        sa.Column("tracking", sa.String(length=80), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("void_at", UtcDateTime(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["move_id"], ["ticket_move.id"], name=op.f("fk_handover_move_id_ticket_move")
        ),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["signature.id"], name=op.f("fk_handover_signature_id_signature")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_handover_staff_id_staff")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_handover_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        sa.UniqueConstraint("move_id", name=op.f("uq_handover_move_id")),
    )
    op.create_index(op.f("ix_handover_ticket_id"), "handover", ["ticket_id"], unique=False)
    op.create_table(
        "surrender",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("move_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "recycling",
                "trade_in",
                name="surrender_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "basis",
            sa.Enum(
                "customer_agreed",
                "notices_sent",
                name="surrender_basis",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("void_at", UtcDateTime(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["move_id"], ["ticket_move.id"], name=op.f("fk_surrender_move_id_ticket_move")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_surrender_staff_id_staff")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_surrender_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surrender")),
        sa.UniqueConstraint("move_id", name=op.f("uq_surrender_move_id")),
    )
    op.create_index(op.f("ix_surrender_ticket_id"), "surrender", ["ticket_id"], unique=False)


def downgrade() -> None:
    op.drop_table("surrender")
    op.drop_table("handover")
