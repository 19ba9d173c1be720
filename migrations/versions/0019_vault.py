"""The passcode vault: encrypted passcodes, what an opening opened, and the shop's two choices."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0019"
down_revision = "0018"

REASONS = (
    "by_hand",
    "replaced",
    "released",
    "handed_over",
    "cancelled",
    "surrendered",
    "aged",
    "key_destroyed",
)


def _enum(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "vault_secret",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("kind", _enum("pin", "pattern", "text", name=op.f("ck_vault_secret_kind")), nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", UtcDateTime(), nullable=False),
        sa.Column("stored_by_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("purged_at", UtcDateTime(), nullable=True),
        sa.Column(
            "purged_because", _enum(*REASONS, name=op.f("ck_vault_secret_purged_because")), nullable=True
        ),
        sa.CheckConstraint(
            "(purged_at IS NULL) = (purged_because IS NULL)", name=op.f("ck_vault_secret_purged")
        ),
        sa.CheckConstraint(
            "purged_at IS NULL OR length(ciphertext) = 0", name=op.f("ck_vault_secret_emptied")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_vault_secret_ticket_id_ticket")),
        sa.ForeignKeyConstraint(
            ["stored_by_id"], ["staff.id"], name=op.f("fk_vault_secret_stored_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vault_secret")),
        sa.UniqueConstraint("name", name=op.f("uq_vault_secret_name")),
    )
    op.create_index(op.f("ix_vault_secret_ticket_id"), "vault_secret", ["ticket_id"])
    op.create_index(op.f("ix_vault_secret_expires_at"), "vault_secret", ["expires_at"])
    opened = _enum("data", "passcode", name=op.f("ck_data_access_opened"))
    with op.batch_alter_table("data_access") as table:
        table.add_column(sa.Column("opened", opened, nullable=False, server_default="data"))
    with op.batch_alter_table("shop") as table:
        table.add_column(sa.Column("passcode_days", sa.Integer(), nullable=False, server_default="14"))
        table.add_column(
            sa.Column("openings_by_name", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    with op.batch_alter_table("shop") as table:
        table.drop_column("openings_by_name")
        table.drop_column("passcode_days")
    with op.batch_alter_table("data_access") as table:
        table.drop_constraint(op.f("ck_data_access_opened"), type_="check")
        table.drop_column("opened")
    op.drop_table("vault_secret")
