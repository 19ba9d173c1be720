"""The tables of repairshop/tickets."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "day_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_day_head_shop_id_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_head")),
        sa.UniqueConstraint("shop_id", "day", name=op.f("uq_day_head_shop_id_day")),
    )
    op.create_table(
        "visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("reach_note", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_visit_customer_id_customer")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_visit_shop_id_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    op.create_index(op.f("ix_visit_customer_id"), "visit", ["customer_id"], unique=False)
    op.create_table(
        "portal_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column(
            "origin",
            sa.Enum(
                "receipt",
                "sms",
                "mail",
                "staff",
                name="link_origin",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_portal_link_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_portal_link_visit_id_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_link")),
        sa.UniqueConstraint(
            "visit_id", "customer_id", "origin", name=op.f("uq_portal_link_visit_id_customer_id_origin")
        ),
    )
    op.create_table(
        "ticket",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=9), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("claim_of_id", sa.Integer(), nullable=True),
        sa.Column(
            "stage",
            sa.Enum(
                "booked",
                "received",
                "diagnosing",
                "awaiting_approval",
                "approved",
                "awaiting_parts",
                "in_repair",
                "final_checks",
                "ready",
                "unclaimed",
                "handed_over",
                "surrendered",
                "cancelled",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("stage_since", UtcDateTime(), nullable=False),
        sa.Column("stage_version", sa.Integer(), nullable=False),
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
            nullable=True,
        ),
        sa.Column("outcome_reason", sa.String(length=300), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("checked_in_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
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
        sa.Column("device_label", sa.String(length=210), nullable=False),
        sa.Column("fault_key", sa.String(length=40), nullable=False),
        sa.Column("fault_label", sa.String(length=120), nullable=False),
        sa.Column("reported_fault", sa.String(length=2000), nullable=False),
        sa.Column("condition_note", sa.String(length=2000), nullable=False),
        sa.Column("accessories", sa.JSON(), nullable=False),
        sa.Column("spend_limit_minor", sa.Integer(), nullable=True),
        sa.Column("fixed_price_minor", sa.Integer(), nullable=True),
        sa.Column("needed_by", sa.String(length=120), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column(
            "holder",
            sa.Enum(
                "customer",
                "staff",
                "place",
                "carrier",
                "specialist",
                "recycler",
                name="holder",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("holder_label", sa.String(length=120), nullable=False),
        sa.Column("holder_since", UtcDateTime(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=True),
        sa.Column("source_id", sa.String(length=60), nullable=True),
        sa.Column("history_seq", sa.Integer(), nullable=False),
        sa.Column("history_hash", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "fixed_price_minor IS NULL OR fixed_price_minor >= 0", name=op.f("ck_ticket_fixed_price")
        ),
        sa.CheckConstraint("length(code) = 9", name=op.f("ck_ticket_code")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_ticket_number")),
        sa.CheckConstraint(
            "spend_limit_minor IS NULL OR spend_limit_minor >= 0", name=op.f("ck_ticket_spend_limit")
        ),
        sa.CheckConstraint(
            "visit_id IS NOT NULL OR source IS NOT NULL", name=op.f("ck_ticket_visit_or_source")
        ),
        sa.ForeignKeyConstraint(["assignee_id"], ["staff.id"], name=op.f("fk_ticket_assignee_id_staff")),
        sa.ForeignKeyConstraint(["claim_of_id"], ["ticket.id"], name=op.f("fk_ticket_claim_of_id_ticket")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_ticket_device_id_device")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_ticket_shop_id_shop")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_ticket_visit_id_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("code", name=op.f("uq_ticket_code")),
        sa.UniqueConstraint("shop_id", "number", name=op.f("uq_ticket_shop_id_number")),
        sa.UniqueConstraint(
            "shop_id", "source", "source_id", name=op.f("uq_ticket_shop_id_source_source_id")
        ),
    )
    op.create_index(op.f("ix_ticket_claim_of_id"), "ticket", ["claim_of_id"], unique=False)
    op.create_index(op.f("ix_ticket_device_id"), "ticket", ["device_id"], unique=False)
    op.create_index("ix_ticket_shop_id_changed_at", "ticket", ["shop_id", "changed_at"], unique=False)
    op.create_index("ix_ticket_shop_id_stage", "ticket", ["shop_id", "stage"], unique=False)
    op.create_index(op.f("ix_ticket_visit_id"), "ticket", ["visit_id"], unique=False)
    op.create_table(
        "custody",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=120), nullable=False),
        sa.Column(
            "from_holder",
            sa.Enum(
                "customer",
                "staff",
                "place",
                "carrier",
                "specialist",
                "recycler",
                name="from_holder",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("from_label", sa.String(length=120), nullable=False),
        sa.Column(
            "to_holder",
            sa.Enum(
                "customer",
                "staff",
                "place",
                "carrier",
                "specialist",
                "recycler",
                name="to_holder",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("to_label", sa.String(length=120), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_custody_staff_id_staff")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_custody_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody")),
    )
    op.create_index(op.f("ix_custody_ticket_id"), "custody", ["ticket_id"], unique=False)
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answer", sa.String(length=2000), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["staff.id"], name=op.f("fk_question_answered_by_id_staff")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_question_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    op.create_index(op.f("ix_question_ticket_id"), "question", ["ticket_id"], unique=False)
    op.create_index(op.f("ix_question_answered_at"), "question", ["answered_at"], unique=False)
    op.create_table(
        "signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column(
            "purpose",
            sa.Enum(
                "take_in", "hand_over", name="purpose", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("media_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("void_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_signature_media_id_media")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_signature_staff_id_staff")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_signature_ticket_id_ticket")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_signature_visit_id_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
    )
    op.create_index(op.f("ix_signature_ticket_id"), "signature", ["ticket_id"], unique=False)
    op.create_index(op.f("ix_signature_visit_id"), "signature", ["visit_id"], unique=False)
    op.create_table(
        "ticket_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column(
            "verb",
            sa.Enum(
                "book",
                "take_in",
                "open_warranty_claim",
                "check_in",
                "cancel",
                "start_diagnosis",
                "accept_fixed_price",
                "no_fault_found",
                "not_repairable",
                "return_unrepaired",
                "proceed_within_limit",
                "proceed_under_warranty",
                "send_quote",
                "revise_quote",
                "withdraw_quote",
                "approve",
                "decline",
                "close_unanswered",
                "take_approval_back",
                "requote",
                "customer_reconsiders",
                "order_part",
                "last_part_arrived",
                "needs_part",
                "start_repair",
                "finish",
                "test_failed",
                "customer_finds_fault",
                "release",
                "hand_over",
                "not_collected",
                "customer_answers",
                "surrender",
                name="verb",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "origin",
            sa.Enum(
                "booked",
                "received",
                "diagnosing",
                "awaiting_approval",
                "approved",
                "awaiting_parts",
                "in_repair",
                "final_checks",
                "ready",
                "unclaimed",
                "handed_over",
                "surrendered",
                "cancelled",
                name="origin",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "target",
            sa.Enum(
                "booked",
                "received",
                "diagnosing",
                "awaiting_approval",
                "approved",
                "awaiting_parts",
                "in_repair",
                "final_checks",
                "ready",
                "unclaimed",
                "handed_over",
                "surrendered",
                "cancelled",
                name="target",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "staff",
                "customer",
                "system",
                name="actor_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("history_seq", sa.Integer(), nullable=False),
        sa.Column("undo_until", UtcDateTime(), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.Column("previous", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_move_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_move")),
    )
    op.create_index(op.f("ix_ticket_move_ticket_id"), "ticket_move", ["ticket_id"], unique=False)
    op.create_table(
        "ticket_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("for_customer", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_ticket_note_staff_id_staff")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_note_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_note")),
    )
    op.create_index(op.f("ix_ticket_note_ticket_id"), "ticket_note", ["ticket_id"], unique=False)
    op.create_table(
        "ticket_photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("media_id", sa.Integer(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "intake",
                "diagnosis",
                "repair",
                "final_checks",
                "handover",
                name="photo_step",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("caption", sa.String(length=200), nullable=False),
        sa.Column("staff_only", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("removed_because", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_ticket_photo_media_id_media")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_ticket_photo_staff_id_staff")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_photo_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_photo")),
    )
    op.create_index(op.f("ix_ticket_photo_media_id"), "ticket_photo", ["media_id"], unique=False)
    op.create_index(op.f("ix_ticket_photo_ticket_id"), "ticket_photo", ["ticket_id"], unique=False)
    op.create_table(
        "history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("move_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "staff",
                "customer",
                "system",
                name="actor_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_history_seq")),
        sa.ForeignKeyConstraint(["move_id"], ["ticket_move.id"], name=op.f("fk_history_move_id_ticket_move")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_history_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
        sa.UniqueConstraint("ticket_id", "seq", name=op.f("uq_history_ticket_id_seq")),
    )
    op.create_index(op.f("ix_history_move_id"), "history", ["move_id"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        _refuse_changes_on_sqlite()
    else:
        _refuse_changes_on_postgresql()


def _refuse_changes_on_sqlite() -> None:
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER history_no_{act.lower()} BEFORE {act} ON history "
            "BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"
        )


def _refuse_changes_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'history is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER history_no_change BEFORE UPDATE OR DELETE ON history "
        "FOR EACH ROW EXECUTE FUNCTION history_is_append_only()"
    )
    op.execute(
        "CREATE TRIGGER history_no_truncate BEFORE TRUNCATE ON history "
        "FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER history_no_truncate ON history")
        op.execute("DROP TRIGGER history_no_change ON history")
        op.execute("DROP FUNCTION history_is_append_only()")
    op.drop_table("history")
    op.drop_table("ticket_photo")
    op.drop_table("ticket_note")
    op.drop_table("ticket_move")
    op.drop_table("signature")
    op.drop_table("question")
    op.drop_table("custody")
    op.drop_table("ticket")
    op.drop_table("portal_link")
    op.drop_table("visit")
    op.drop_table("day_head")
