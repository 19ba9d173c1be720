"""Second factors, counter computers and their PINs, and what a session knows of both."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    _create_rules_and_computers()
    _create_factors()
    with op.batch_alter_table("staff_session") as table:
        table.add_column(sa.Column("browser", sa.String(60), nullable=False, server_default=""))
        table.add_column(sa.Column("factor_at", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("locked_at", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("computer_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_staff_session_computer_id_counter_computer"), "counter_computer", ["computer_id"], ["id"]
        )


def _create_rules_and_computers() -> None:
    op.create_table(
        "sign_in_rules",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("second_factor_roles", sa.JSON(), nullable=False),
        sa.Column("lock_after_minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("lock_after_minutes BETWEEN 1 AND 120", name=op.f("ck_sign_in_rules_lock_after")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_sign_in_rules_shop_id_shop")),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_sign_in_rules")),
    )
    op.create_table(
        "counter_computer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("paired_by_id", sa.Integer(), nullable=False),
        sa.Column("paired_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_counter_computer_shop_id_shop")),
        sa.ForeignKeyConstraint(
            ["paired_by_id"], ["staff.id"], name=op.f("fk_counter_computer_paired_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter_computer")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_counter_computer_token_hash")),
    )
    op.create_index(op.f("ix_counter_computer_shop_id"), "counter_computer", ["shop_id"])


def _create_factors() -> None:
    op.create_table(
        "counter_pin",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("pin_hash", sa.String(255), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_counter_pin_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_counter_pin")),
    )
    op.create_table(
        "code_app",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("sealed_secret", sa.String(500), nullable=False),
        sa.Column("last_counter", sa.Integer(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_code_app_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_code_app")),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.String(1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_passkey_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_staff_id"), "passkey", ["staff_id"])
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_recovery_code_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_staff_id"), "recovery_code", ["staff_id"])


def downgrade() -> None:
    with op.batch_alter_table("staff_session") as table:
        table.drop_constraint(op.f("fk_staff_session_computer_id_counter_computer"), type_="foreignkey")
        for name in ("computer_id", "locked_at", "factor_at", "browser"):
            table.drop_column(name)
    for name in ("recovery_code", "passkey", "code_app", "counter_pin", "counter_computer", "sign_in_rules"):
        op.drop_table(name)
