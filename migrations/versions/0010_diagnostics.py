"""The tables of repairshop/diagnostics."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column(
            "section",
            sa.Enum(
                "access",
                "audio",
                "battery",
                "board",
                "boot",
                "buttons",
                "camera",
                "casing",
                "charging",
                "check",
                "connectivity",
                "controller",
                "cooling",
                "keyboard",
                "liquid",
                "optical",
                "optics",
                "performance",
                "power",
                "screen",
                "sensor",
                "setup",
                "software",
                "storage",
                "video",
                "other",
                name="section",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("seen", sa.String(length=2000), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("found_at", UtcDateTime(), nullable=False),
        sa.Column("found_by_id", sa.Integer(), nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("removed_because", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["found_by_id"], ["staff.id"], name=op.f("fk_finding_found_by_id_staff")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_finding_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_index(op.f("ix_finding_ticket_id"), "finding", ["ticket_id"], unique=False)
    op.create_table(
        "test_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("before", "after", name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
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
        sa.Column("list_version", sa.String(length=12), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["closed_by_id"], ["staff.id"], name=op.f("fk_test_run_closed_by_id_staff")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["staff.id"], name=op.f("fk_test_run_opened_by_id_staff")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_test_run_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_run")),
    )
    op.create_index("ix_test_run_ticket_id", "test_run", ["ticket_id", "id"], unique=False)
    op.create_table(
        "conclusion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("move_id", sa.Integer(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "repaired",
                "partly_repaired",
                "no_fault_found",
                "not_repairable",
                "declined",
                "returned_unrepaired",
                "surrendered",
                "cancelled",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "barrier",
            sa.Enum(
                "parts_not_available",
                "parts_too_expensive",
                "no_way_to_open",
                "no_repair_information",
                "no_equipment",
                "too_worn_out",
                name="barrier_code",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("concluded_at", UtcDateTime(), nullable=False),
        sa.Column("concluded_by_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "outcome <> 'not_repairable' OR barrier IS NOT NULL", name=op.f("ck_conclusion_barrier")
        ),
        sa.ForeignKeyConstraint(
            ["concluded_by_id"], ["staff.id"], name=op.f("fk_conclusion_concluded_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["move_id"], ["ticket_move.id"], name=op.f("fk_conclusion_move_id_ticket_move")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_conclusion_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conclusion")),
    )
    op.create_index(op.f("ix_conclusion_move_id"), "conclusion", ["move_id"], unique=False)
    op.create_index(op.f("ix_conclusion_ticket_id"), "conclusion", ["ticket_id"], unique=False)
    op.create_table(
        "finding_photo",
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["finding.id"], name=op.f("fk_finding_photo_finding_id_finding")
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["ticket_photo.id"], name=op.f("fk_finding_photo_photo_id_ticket_photo")
        ),
        sa.PrimaryKeyConstraint("finding_id", "photo_id", name=op.f("pk_finding_photo")),
    )
    op.create_index(op.f("ix_finding_photo_photo_id"), "finding_photo", ["photo_id"], unique=False)
    op.create_table(
        "test_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("at_counter", sa.Boolean(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "pass",
                "fail",
                "not_testable",
                "not_present",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("verdict <> 'not_testable' OR note <> ''", name=op.f("ck_test_result_reason")),
        sa.CheckConstraint(
            "verdict IS NULL OR answered_at IS NOT NULL", name=op.f("ck_test_result_answered")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["staff.id"], name=op.f("fk_test_result_answered_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["ticket_photo.id"], name=op.f("fk_test_result_photo_id_ticket_photo")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["test_run.id"], name=op.f("fk_test_result_run_id_test_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_result")),
        sa.UniqueConstraint("run_id", "key", name=op.f("uq_test_result_run_id_key")),
    )


def downgrade() -> None:
    op.drop_table("test_result")
    op.drop_table("finding_photo")
    op.drop_table("conclusion")
    op.drop_table("test_run")
    op.drop_table("finding")
