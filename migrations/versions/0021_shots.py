"""The tables of repairshop/shots."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0021"
down_revision = "0020"

_SHOTS = (
    "front_on", "front", "back", "left_top", "right_bottom", "left", "right", "keyboard", "lid", "ports",
    "contents", "label",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "guided_shot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column(
            "shot",
            sa.Enum(*_SHOTS, name="shot", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("photo_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(photo_id IS NULL) <> (reason = '')", name=op.f("ck_guided_shot_photo_or_reason")
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["ticket_photo.id"], name=op.f("fk_guided_shot_photo_id_ticket_photo")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_guided_shot_staff_id_staff")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_guided_shot_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guided_shot")),
        sa.UniqueConstraint("ticket_id", "shot", name=op.f("uq_guided_shot_ticket_id_shot")),
    )
    op.create_index(op.f("ix_guided_shot_photo_id"), "guided_shot", ["photo_id"], unique=False)
    op.create_table(
        "photo_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("photos", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_photo_link_staff_id_staff")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_photo_link_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo_link")),
    )
    op.create_index(op.f("ix_photo_link_ticket_id"), "photo_link", ["ticket_id"], unique=False)


def downgrade() -> None:
    op.drop_table("photo_link")
    op.drop_table("guided_shot")
