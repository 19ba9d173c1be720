"""Certificates of erasure for loaners too: how thoroughly, where to, in which role, confirmed by whom."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0059"
down_revision = "0058"

_TO_LOANER = "fk_wipe_certificate_loaner_id_loaner"
_ROLES = ("counter", "technician", "manager", "owner")
_CHECKS = ("full", "sample", "other")
_DESTINATIONS = ("customer", "shop", "resold", "recycled", "maker", "other")


def upgrade() -> None:
    with op.batch_alter_table("wipe_certificate") as batch:
        batch.alter_column("ticket_id", existing_type=sa.Integer(), nullable=True)
        batch.add_column(sa.Column("loaner_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("checked", sa.String(length=40), nullable=True))
        batch.add_column(sa.Column("destination", sa.String(length=40), nullable=True))
        batch.add_column(
            sa.Column("destination_note", sa.String(length=120), nullable=False, server_default="")
        )
        batch.add_column(sa.Column("done_by_role", sa.String(length=40), nullable=True))
        batch.create_foreign_key(op.f(_TO_LOANER), "loaner", ["loaner_id"], ["id"])
        batch.create_check_constraint(
            op.f("ck_wipe_certificate_of_one"), sa.text("(ticket_id IS NULL) <> (loaner_id IS NULL)")
        )
        for name, column, allowed in (
            ("wipe_check", "checked", _CHECKS),
            ("wipe_destination", "destination", _DESTINATIONS),
            ("wipe_done_by_role", "done_by_role", _ROLES),
        ):
            batch.create_check_constraint(op.f(f"ck_wipe_certificate_{name}"), sa.column(column).in_(allowed))
    op.create_index(op.f("ix_wipe_certificate_loaner_id"), "wipe_certificate", ["loaner_id"])
    op.create_table(
        "wipe_confirmation",
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=False),
        sa.Column(
            "confirmed_by_role",
            sa.Enum(
                *_ROLES,
                name=op.f("ck_wipe_confirmation_wipe_confirmed_by_role"),
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["wipe_certificate.id"],
            name=op.f("fk_wipe_confirmation_certificate_id_wipe_certificate"),
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["staff.id"], name=op.f("fk_wipe_confirmation_confirmed_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("certificate_id", name=op.f("pk_wipe_confirmation")),
    )


def downgrade() -> None:
    op.drop_table("wipe_confirmation")
    op.drop_index(op.f("ix_wipe_certificate_loaner_id"), table_name="wipe_certificate")
    # The version before keeps certificates of jobs alone; that a loaner was erased stays on the loaner.
    op.execute("DELETE FROM wipe_certificate WHERE ticket_id IS NULL")
    with op.batch_alter_table("wipe_certificate") as batch:
        for name in ("wipe_done_by_role", "wipe_destination", "wipe_check", "of_one"):
            batch.drop_constraint(op.f(f"ck_wipe_certificate_{name}"), type_="check")
        batch.drop_constraint(op.f(_TO_LOANER), type_="foreignkey")
        for column in ("done_by_role", "destination_note", "destination", "checked", "loaner_id"):
            batch.drop_column(column)
        batch.alter_column("ticket_id", existing_type=sa.Integer(), nullable=False)
