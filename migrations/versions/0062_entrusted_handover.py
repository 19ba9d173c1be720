"""Why a device was given to somebody whom the customer had not named."""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"


def upgrade() -> None:
    with op.batch_alter_table("handover") as batch:
        batch.add_column(sa.Column("entrusted_because", sa.String(300), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("handover") as batch:
        batch.drop_column("entrusted_because")
