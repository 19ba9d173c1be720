"""The shop's loaners and their loans."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "loaner",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("needs_wipe", sa.Boolean(), nullable=False),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_loaner_shop_id_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loaner")),
    )
    op.create_index(op.f("ix_loaner_shop_id"), "loaner", ["shop_id"], unique=False)
    op.create_table(
        "loan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("loaner_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("condition", sa.String(length=200), nullable=False),
        sa.Column("lent_at", UtcDateTime(), nullable=False),
        sa.Column("lent_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column(
            "ended_as",
            sa.Enum("back", "lost", name="loan_end", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column("end_note", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["lent_by_id"], ["staff.id"], name=op.f("fk_loan_lent_by_id_staff")),
        sa.ForeignKeyConstraint(["loaner_id"], ["loaner.id"], name=op.f("fk_loan_loaner_id_loaner")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_loan_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan")),
    )
    op.create_index(op.f("ix_loan_loaner_id"), "loan", ["loaner_id"], unique=False)
    op.create_index(op.f("ix_loan_ticket_id"), "loan", ["ticket_id"], unique=False)
    for what in ("loaner", "ticket"):
        op.create_index(
            f"uq_loan_open_{what}",
            "loan",
            [f"{what}_id"],
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )


def downgrade() -> None:
    op.drop_table("loan")
    op.drop_table("loaner")
