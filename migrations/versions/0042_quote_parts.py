"""What a line says about a part of the catalogue: what is lost, how that is known, the warranty."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"

TABLES = ("quote_draft_line", "quote_line")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("feature_lost", sa.String(300), nullable=False, server_default=""))
        op.add_column(table, sa.Column("source", sa.String(300), nullable=False, server_default=""))
        op.add_column(table, sa.Column("warranty_days", sa.Integer(), nullable=False, server_default="0"))
        op.add_column(table, sa.Column("part_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    for table in TABLES:
        for column in ("part_id", "warranty_days", "source", "feature_lost"):
            op.drop_column(table, column)
