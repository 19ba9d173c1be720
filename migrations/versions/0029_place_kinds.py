"""Carriers and specialists have codes of their own, like places."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

_KIND = sa.Enum(
    "place", "carrier", "specialist", name="place_kind", native_enum=False, create_constraint=True, length=40
)


def upgrade() -> None:
    with op.batch_alter_table("place") as batch:
        batch.add_column(sa.Column("kind", _KIND, nullable=False, server_default="place"))


def downgrade() -> None:
    op.execute("DELETE FROM place WHERE kind <> 'place'")
    with op.batch_alter_table("place") as batch:
        batch.drop_constraint(op.f("ck_place_place_kind"), type_="check")
        batch.drop_column("kind")
