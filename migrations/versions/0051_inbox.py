"""The inbox: how texts were dealt with, who took what, calls, prepared replies, changes of consent."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0051"
down_revision = "0050"

_TO_ANSWER = "fk_inbound_message_answer_id_outgoing_message"
_TO_MOVER = "fk_inbound_message_moved_by_id_staff"


def _enum(name: str, *members: str) -> sa.Enum:
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    how = _enum("handled_how", "answered", "no_answer", "word")
    with op.batch_alter_table("inbound_message") as batch:
        batch.add_column(sa.Column("pictures", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("handled_how", how, nullable=True))
        batch.add_column(sa.Column("answer_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("moved_at", UtcDateTime(), nullable=True))
        batch.add_column(sa.Column("moved_by_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f(_TO_ANSWER), "outgoing_message", ["answer_id"], ["id"])
        batch.create_foreign_key(op.f(_TO_MOVER), "staff", ["moved_by_id"], ["id"])
    op.execute(
        "UPDATE inbound_message SET handled_how = CASE WHEN kind = 'reply' THEN 'no_answer' ELSE 'word' END "
        "WHERE handled_at IS NOT NULL"
    )
    op.create_index("ix_inbound_message_sender", "inbound_message", ["sender"])
    op.create_index("ix_inbound_message_answer_id", "inbound_message", ["answer_id"])
    op.create_table(
        "inbox_assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("kind", _enum("item_kind", "text", "question", "message"), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_inbox_assignment_shop_id_shop")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_inbox_assignment_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_assignment")),
        sa.UniqueConstraint("kind", "source_id", name=op.f("uq_inbox_assignment_kind_source_id")),
    )
    op.create_table(
        "call_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column(
            "outcome",
            _enum("call_outcome", "reached", "voicemail", "not_reached", "wrong_number"),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outgoing_message.id"], name=op.f("fk_call_attempt_message_id_outgoing_message")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_call_attempt_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_attempt")),
    )
    op.create_index("ix_call_attempt_message_id", "call_attempt", ["message_id"])
    _create_replies_and_changes()


def _create_replies_and_changes() -> None:
    op.create_table(
        "canned_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["staff.id"], name=op.f("fk_canned_reply_changed_by_id_staff")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_canned_reply_shop_id_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_reply")),
    )
    op.create_index("ix_canned_reply_shop_id", "canned_reply", ["shop_id"])
    op.create_table(
        "consent_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", _enum("channel", "sms", "email", "call"), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("purpose", _enum("purpose", "service", "survey", "lifecycle", "code"), nullable=False),
        sa.Column("opted_out", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_consent_change_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_change")),
    )
    op.create_index("ix_consent_change_recipient", "consent_change", ["recipient"])
    op.execute(
        "INSERT INTO consent_change (channel, recipient, purpose, opted_out, source, at, reason) "
        "SELECT channel, recipient, purpose, opted_out, source, changed_at, '' FROM contact_consent"
    )


def downgrade() -> None:
    for table in ("consent_change", "canned_reply", "call_attempt", "inbox_assignment"):
        op.drop_table(table)
    op.drop_index("ix_inbound_message_answer_id", table_name="inbound_message")
    op.drop_index("ix_inbound_message_sender", table_name="inbound_message")
    with op.batch_alter_table("inbound_message") as batch:
        batch.drop_constraint(op.f(_TO_MOVER), type_="foreignkey")
        batch.drop_constraint(op.f(_TO_ANSWER), type_="foreignkey")
        batch.drop_constraint(op.f("ck_inbound_message_handled_how"), type_="check")
        for name in ("moved_by_id", "moved_at", "answer_id", "handled_how", "pictures"):
            batch.drop_column(name)
