"""The tables of repairshop/privacy."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "privacy_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_privacy_notice_version")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_privacy_notice_shop_id_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_notice")),
        sa.UniqueConstraint("shop_id", "version", name=op.f("uq_privacy_notice_shop_id_version")),
    )
    op.create_table(
        "privacy_task_list",
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
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_privacy_task_list_version")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_privacy_task_list_shop_id_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_task_list")),
        sa.UniqueConstraint(
            "shop_id", "device_type", "version", name=op.f("uq_privacy_task_list_shop_id_device_type_version")
        ),
    )
    op.create_table(
        "privacy_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_list_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "credential",
                "notice",
                "backup",
                "repair_mode",
                "sim_and_accounts",
                "data_use",
                "sealed",
                "credential_purged",
                "copies_erased",
                "normal_mode",
                "access_reviewed",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "part",
            sa.Enum(
                "customer_present",
                "close_out",
                name="part",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("optional", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("staff_words", sa.String(length=600), nullable=False),
        sa.Column("customer_words", sa.String(length=600), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_list_id"],
            ["privacy_task_list.id"],
            name=op.f("fk_privacy_task_task_list_id_privacy_task_list"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_task")),
        sa.UniqueConstraint("task_list_id", "kind", name=op.f("uq_privacy_task_task_list_id_kind")),
    )
    op.create_table(
        "data_access",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("reason_salt", sa.String(length=32), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        sa.Column("opened_by_role", sa.String(length=20), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("closed_at IS NULL OR closed_at >= opened_at", name=op.f("ck_data_access_order")),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["staff.id"], name=op.f("fk_data_access_closed_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["staff.id"], name=op.f("fk_data_access_opened_by_id_staff")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_data_access_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_access")),
    )
    op.create_index("ix_data_access_closed_at_ends_at", "data_access", ["closed_at", "ends_at"], unique=False)
    op.create_index(op.f("ix_data_access_ticket_id"), "data_access", ["ticket_id"], unique=False)
    op.create_table(
        "ticket_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "done",
                "not_possible",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "choice",
            sa.Enum(
                "not_needed",
                "needed",
                "acknowledged",
                "yes",
                "no",
                "impossible",
                "repair_mode",
                "maintenance_mode",
                "guest_account",
                "no_such_mode",
                "noted",
                "nothing_in_it",
                "none",
                "tests_only",
                "copy",
                "erase",
                "never_taken",
                "returned",
                "no_copies",
                "erased",
                "back_to_normal",
                "no_openings",
                "explained",
                name="choice",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("reason_salt", sa.String(length=32), nullable=False),
        sa.Column("seal", sa.String(length=40), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("state <> 'done' OR choice IS NOT NULL", name=op.f("ck_ticket_task_choice_given")),
        sa.CheckConstraint("state = 'open' OR answered_at IS NOT NULL", name=op.f("ck_ticket_task_answered")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["staff.id"], name=op.f("fk_ticket_task_answered_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["privacy_notice.id"], name=op.f("fk_ticket_task_notice_id_privacy_notice")
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["privacy_task.id"], name=op.f("fk_ticket_task_task_id_privacy_task")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_task_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_task")),
        sa.UniqueConstraint("ticket_id", "task_id", name=op.f("uq_ticket_task_ticket_id_task_id")),
    )


def downgrade() -> None:
    op.drop_table("ticket_task")
    op.drop_table("data_access")
    op.drop_table("privacy_task")
    op.drop_table("privacy_task_list")
    op.drop_table("privacy_notice")
