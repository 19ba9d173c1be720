"""Whether a shop is asked before another job goes into a full column of its bench."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.add_column("shop", sa.Column("asks_when_full", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    op.drop_column("shop", "asks_when_full")
