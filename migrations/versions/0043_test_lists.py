"""Test lists as versions that managers write, the list of each run, photos that hang on a check."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0043"
down_revision = "0042"

_TYPES = (
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
)


def _device_type() -> sa.Column[str]:
    kind = sa.Enum(*_TYPES, name="device_type", native_enum=False, create_constraint=True, length=40)
    return sa.Column("device_type", kind, nullable=False)


def upgrade() -> None:
    op.create_table(
        "test_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        _device_type(),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=12), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("version >= 1", name=op.f("ck_test_list_version")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_test_list_shop_id_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_list")),
        sa.UniqueConstraint(
            "shop_id", "device_type", "version", name=op.f("uq_test_list_shop_id_device_type_version")
        ),
    )
    op.create_table(
        "test_list_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        _device_type(),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_test_list_draft_shop_id_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_list_draft")),
        sa.UniqueConstraint("shop_id", "device_type", name=op.f("uq_test_list_draft_shop_id_device_type")),
    )
    with op.batch_alter_table("test_run") as table:
        table.add_column(sa.Column("list_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_test_run_list_id_test_list"), "test_list", ["list_id"], ["id"])
        table.create_index(op.f("ix_test_run_list_id"), ["list_id"])
    op.create_table(
        "test_photo",
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["ticket_photo.id"], name=op.f("fk_test_photo_photo_id_ticket_photo")
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["test_result.id"], name=op.f("fk_test_photo_result_id_test_result")
        ),
        sa.PrimaryKeyConstraint("result_id", "photo_id", name=op.f("pk_test_photo")),
    )
    op.create_index(op.f("ix_test_photo_photo_id"), "test_photo", ["photo_id"], unique=False)
    op.execute(
        "INSERT INTO test_photo (result_id, photo_id) "
        "SELECT id, photo_id FROM test_result WHERE photo_id IS NOT NULL"
    )
    with op.batch_alter_table("test_result") as table:
        table.drop_constraint(op.f("fk_test_result_photo_id_ticket_photo"), type_="foreignkey")
        table.drop_column("photo_id")


def downgrade() -> None:
    with op.batch_alter_table("test_result") as table:
        table.add_column(sa.Column("photo_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_test_result_photo_id_ticket_photo"), "ticket_photo", ["photo_id"], ["id"]
        )
    op.execute(
        "UPDATE test_result SET photo_id = "
        "(SELECT min(photo_id) FROM test_photo WHERE test_photo.result_id = test_result.id)"
    )
    op.drop_table("test_photo")
    with op.batch_alter_table("test_run") as table:
        table.drop_index(op.f("ix_test_run_list_id"))
        table.drop_constraint(op.f("fk_test_run_list_id_test_list"), type_="foreignkey")
        table.drop_column("list_id")
    op.drop_table("test_list_draft")
    op.drop_table("test_list")
