"""A manager's own number, proved by a code, to which test texts go."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0060"
down_revision = "0059"


def upgrade() -> None:
    op.create_table(
        "own_number",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("proved_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_own_number_tries")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_own_number_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_number")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_own_number_staff_id")),
    )


def downgrade() -> None:
    op.drop_table("own_number")
