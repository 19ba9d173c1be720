"""The tables of repairshop/notifications."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "contact_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "sms", "email", "call", name="channel", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "service",
                "survey",
                "lifecycle",
                "code",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("opted_out", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_consent")),
        sa.UniqueConstraint(
            "channel", "recipient", "purpose", name=op.f("uq_contact_consent_channel_recipient_purpose")
        ),
    )
    op.create_table(
        "job_day",
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("job", "day", name=op.f("pk_job_day")),
    )
    op.create_table(
        "worker_beat",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("host", sa.String(length=120), nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("beat_at", UtcDateTime(), nullable=False),
        sa.Column("stopped_at", UtcDateTime(), nullable=True),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("overlapped", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker_beat")),
    )
    op.create_table(
        "inbound_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.String(length=64), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=True),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("sender", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "reply",
                "stop",
                "start",
                "help",
                name="inbound_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("handled_at", UtcDateTime(), nullable=True),
        sa.Column("handled_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_inbound_message_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["handled_by_id"], ["staff.id"], name=op.f("fk_inbound_message_handled_by_id_staff")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_inbound_message_shop_id_shop")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_inbound_message_ticket_id_ticket")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_message")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_inbound_message_provider_id")),
    )
    op.create_index(op.f("ix_inbound_message_customer_id"), "inbound_message", ["customer_id"], unique=False)
    op.create_index(
        "ix_inbound_message_shop_id_handled_at", "inbound_message", ["shop_id", "handled_at"], unique=False
    )
    op.create_index(op.f("ix_inbound_message_ticket_id"), "inbound_message", ["ticket_id"], unique=False)
    op.create_table(
        "outgoing_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("event_key", sa.String(length=80), nullable=False),
        sa.Column("notice", sa.String(length=40), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "service",
                "survey",
                "lifecycle",
                "code",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum(
                "sms", "email", "call", name="channel", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("covers", sa.JSON(), nullable=False),
        sa.Column("first_text", sa.Text(), nullable=False),
        sa.Column("edited_by_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "held",
                "sending",
                "sent",
                "delivered",
                "undelivered",
                "failed",
                "unknown",
                "needs_human",
                "superseded",
                "suppressed",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("send_after", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("claimed_at", UtcDateTime(), nullable=True),
        sa.Column("attempt", sa.String(length=32), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("resent", sa.Boolean(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("provider_id", sa.String(length=140), nullable=True),
        sa.Column("provider_status", sa.String(length=20), nullable=False),
        sa.Column("error_code", sa.String(length=60), nullable=False),
        sa.Column("accepted_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("superseded_by_id", sa.Integer(), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("doubled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_outgoing_message_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["edited_by_id"], ["staff.id"], name=op.f("fk_outgoing_message_edited_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["portal_link.id"], name=op.f("fk_outgoing_message_link_id_portal_link")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_outgoing_message_shop_id_shop")),
        sa.ForeignKeyConstraint(
            ["superseded_by_id"],
            ["outgoing_message.id"],
            name=op.f("fk_outgoing_message_superseded_by_id_outgoing_message"),
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_outgoing_message_ticket_id_ticket")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_outgoing_message_visit_id_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_message")),
        sa.UniqueConstraint(
            "event_key", "channel", "recipient", name=op.f("uq_outgoing_message_event_key_channel_recipient")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_outgoing_message_uid")),
    )
    op.create_index(
        op.f("ix_outgoing_message_customer_id"), "outgoing_message", ["customer_id"], unique=False
    )
    op.create_index(
        op.f("ix_outgoing_message_provider_id"), "outgoing_message", ["provider_id"], unique=False
    )
    op.create_index(
        "ix_outgoing_message_shop_id_created_at", "outgoing_message", ["shop_id", "created_at"], unique=False
    )
    op.create_index(
        "ix_outgoing_message_shop_id_state", "outgoing_message", ["shop_id", "state"], unique=False
    )
    op.create_index("ix_outgoing_message_state_due_at", "outgoing_message", ["state", "due_at"], unique=False)
    op.create_index(
        op.f("ix_outgoing_message_superseded_by_id"), "outgoing_message", ["superseded_by_id"], unique=False
    )
    op.create_index(op.f("ix_outgoing_message_ticket_id"), "outgoing_message", ["ticket_id"], unique=False)
    op.create_index(
        "ix_outgoing_message_visit_id_channel", "outgoing_message", ["visit_id", "channel"], unique=False
    )
    op.create_table(
        "delivery_attempt",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ending", sa.String(length=20), nullable=False),
        sa.Column("error_code", sa.String(length=60), nullable=False),
        sa.Column("provider_id", sa.String(length=140), nullable=True),
        sa.Column("provider_status", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["outgoing_message.id"],
            name=op.f("fk_delivery_attempt_message_id_outgoing_message"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_attempt")),
    )
    op.create_index(op.f("ix_delivery_attempt_message_id"), "delivery_attempt", ["message_id"], unique=False)
    op.create_index(
        op.f("ix_delivery_attempt_provider_id"), "delivery_attempt", ["provider_id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("delivery_attempt")
    op.drop_table("outgoing_message")
    op.drop_table("inbound_message")
    op.drop_table("worker_beat")
    op.drop_table("job_day")
    op.drop_table("contact_consent")
