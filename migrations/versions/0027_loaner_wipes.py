"""Who erased a loaner, and when."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    with op.batch_alter_table("loaner") as batch:
        batch.add_column(sa.Column("wiped_at", UtcDateTime(), nullable=True))
        batch.add_column(sa.Column("wiped_by_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_loaner_wiped_by_id_staff"), "staff", ["wiped_by_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("loaner") as batch:
        batch.drop_constraint(op.f("fk_loaner_wiped_by_id_staff"), type_="foreignkey")
        batch.drop_column("wiped_by_id")
        batch.drop_column("wiped_at")
