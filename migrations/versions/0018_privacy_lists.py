"""Shops' own wording of lists and notices, drafts, the way an answer came, certificates of erasure."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("privacy_task", sa.Column("own", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("privacy_task_list", sa.Column("published_by_id", sa.Integer(), nullable=True))
    op.add_column("privacy_notice", sa.Column("own", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("privacy_notice", sa.Column("published_by_id", sa.Integer(), nullable=True))
    op.add_column(
        "ticket_task", sa.Column("way", sa.String(length=20), nullable=False, server_default="staff")
    )
    _create_drafts()
    _create_certificates()
    _keep_notices_as_versions()
    op.drop_column("shop", "privacy_notice")


def _create_drafts() -> None:
    op.create_table(
        "privacy_list_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column(
            "device_type",
            sa.Enum(
                "phone",
                "tablet",
                "laptop",
                "desktop",
                "console",
                "handheld",
                "watch",
                "camera",
                "headphones",
                "other",
                name="device_type",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("tasks", sa.JSON(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_privacy_list_draft_shop_id_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_list_draft")),
        sa.UniqueConstraint("shop_id", "device_type", name=op.f("uq_privacy_list_draft_shop_id_device_type")),
    )


def _create_certificates() -> None:
    op.create_table(
        "wipe_certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("media_serial", sa.String(length=80), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "clear",
                "purge",
                "destroy",
                name="method",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("technique", sa.String(length=120), nullable=False),
        sa.Column("tool", sa.String(length=120), nullable=False),
        sa.Column("verification", sa.String(length=200), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=False),
        sa.Column("done_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["done_by_id"], ["staff.id"], name=op.f("fk_wipe_certificate_done_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_wipe_certificate_ticket_id_ticket")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wipe_certificate")),
    )
    op.create_index(op.f("ix_wipe_certificate_ticket_id"), "wipe_certificate", ["ticket_id"], unique=False)


_SHOP = sa.table("shop", sa.column("id", sa.Integer), sa.column("privacy_notice", sa.String))
_NOTICE = sa.table(
    "privacy_notice",
    sa.column("shop_id", sa.Integer),
    sa.column("version", sa.Integer),
    sa.column("text", sa.Text),
    sa.column("own", sa.JSON),
    sa.column("created_at", UtcDateTime()),
)


def _keep_notices_as_versions() -> None:
    """A text among the shop's facts that nobody has acknowledged yet becomes the next version."""
    connection = op.get_bind()
    for shop_id, text in connection.execute(sa.select(_SHOP.c.id, _SHOP.c.privacy_notice)).all():
        newest = _newest_notice(connection, shop_id)
        if text.strip() and (newest is None or newest.text != text.strip()):
            connection.execute(
                sa.insert(_NOTICE).values(
                    shop_id=shop_id,
                    version=newest.version + 1 if newest else 1,
                    text=text.strip(),
                    own={},
                    created_at=datetime.now(UTC),
                )
            )


def _newest_notice(connection: sa.Connection, shop_id: int) -> sa.Row[tuple[int, str]] | None:
    return connection.execute(
        sa.select(_NOTICE.c.version, _NOTICE.c.text)
        .where(_NOTICE.c.shop_id == shop_id)
        .order_by(_NOTICE.c.version.desc())
        .limit(1)
    ).one_or_none()


def downgrade() -> None:
    op.add_column("shop", sa.Column("privacy_notice", sa.String(), nullable=False, server_default=""))
    connection = op.get_bind()
    for (shop_id,) in connection.execute(sa.select(_SHOP.c.id)).all():
        newest = _newest_notice(connection, shop_id)
        if newest is not None:
            connection.execute(
                sa.update(_SHOP).where(_SHOP.c.id == shop_id).values(privacy_notice=newest.text)
            )
    op.drop_index(op.f("ix_wipe_certificate_ticket_id"), table_name="wipe_certificate")
    op.drop_table("wipe_certificate")
    op.drop_table("privacy_list_draft")
    op.drop_column("ticket_task", "way")
    op.drop_column("privacy_notice", "published_by_id")
    op.drop_column("privacy_notice", "own")
    op.drop_column("privacy_task_list", "published_by_id")
    op.drop_column("privacy_task", "own")
