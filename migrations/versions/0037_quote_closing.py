"""How long after its last day a quote nobody answered is closed."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.add_column("shop", sa.Column("quote_close_after_days", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("shop", "quote_close_after_days")
