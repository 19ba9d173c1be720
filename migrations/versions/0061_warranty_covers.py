"""Warranty by part and work, and what was said and decided of a claim."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    op.create_table(
        "warranty_cover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("part_fitted_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["part_fitted_id"], ["part_fitted.id"], name=op.f("fk_warranty_cover_part_fitted_id_part_fitted")
        ),
        sa.ForeignKeyConstraint(
            ["term_id"], ["warranty_term.id"], name=op.f("fk_warranty_cover_term_id_warranty_term")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warranty_cover")),
    )
    op.create_index(op.f("ix_warranty_cover_term_id"), "warranty_cover", ["term_id"])
    # What was promised until now was the work.
    op.execute(
        "INSERT INTO warranty_cover (term_id, part_fitted_id, name, ends_on) "
        "SELECT id, NULL, '', ends_on FROM warranty_term"
    )
    with op.batch_alter_table("warranty_claim") as batch:
        batch.add_column(sa.Column("same_fault", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch.add_column(sa.Column("by_customer", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("decided_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("warranty_claim") as batch:
        for column in ("same_fault", "by_customer", "decided_at"):
            batch.drop_column(column)
    op.drop_table("warranty_cover")
