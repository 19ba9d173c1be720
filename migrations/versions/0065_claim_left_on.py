"""The day on which a device that came back under warranty left again."""

from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0065"
down_revision = "0064"

_CLAIM = sa.table("warranty_claim", sa.column("id"), sa.column("ticket_id"), sa.column("left_on", sa.Date()))
_TICKET = sa.table(
    "ticket", sa.column("id"), sa.column("shop_id"), sa.column("stage"), sa.column("closed_at", UtcDateTime())
)
_SHOP = sa.table("shop", sa.column("id"), sa.column("time_zone"))


def upgrade() -> None:
    with op.batch_alter_table("warranty_claim") as batch:
        batch.add_column(sa.Column("left_on", sa.Date(), nullable=True))
    bind = op.get_bind()
    left = bind.execute(
        sa.select(_CLAIM.c.id, _TICKET.c.closed_at, _SHOP.c.time_zone)
        .join(_TICKET, _TICKET.c.id == _CLAIM.c.ticket_id)
        .join(_SHOP, _SHOP.c.id == _TICKET.c.shop_id)
        .where(_TICKET.c.stage == "handed_over", _TICKET.c.closed_at.is_not(None))
    ).all()
    # By the zone of today, which is the one these days have been shown in until now.
    days = [
        {"claim": row.id, "day": row.closed_at.astimezone(ZoneInfo(row.time_zone)).date()} for row in left
    ]
    if days:
        update = _CLAIM.update().where(_CLAIM.c.id == sa.bindparam("claim"))
        bind.execute(update.values(left_on=sa.bindparam("day")), days)


def downgrade() -> None:
    with op.batch_alter_table("warranty_claim") as batch:
        batch.drop_column("left_on")
