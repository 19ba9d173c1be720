"""The tables of repairshop/warranty."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "warranty_term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("move_id", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_warranty_term_dates")),
        sa.ForeignKeyConstraint(
            ["move_id"], ["ticket_move.id"], name=op.f("fk_warranty_term_move_id_ticket_move")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_warranty_term_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warranty_term")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_warranty_term_ticket_id")),
    )
    op.create_table(
        "warranty_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("claimed_on", sa.Date(), nullable=False),
        sa.Column("comeback", sa.Boolean(), nullable=False),
        sa.Column("covered", sa.Boolean(), nullable=True),
        sa.Column("decided_because", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["term_id"], ["warranty_term.id"], name=op.f("fk_warranty_claim_term_id_warranty_term")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_warranty_claim_ticket_id_ticket")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warranty_claim")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_warranty_claim_ticket_id")),
    )
    op.create_index(op.f("ix_warranty_claim_term_id"), "warranty_claim", ["term_id"], unique=False)


def downgrade() -> None:
    op.drop_table("warranty_claim")
    op.drop_table("warranty_term")
