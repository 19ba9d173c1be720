"""The tables of repairshop/quotes."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0011"
down_revision = "0010"

# What the customer was sent; decisions about it are rows of their own.
SENT = ("quote", "quote_option", "quote_line")


def upgrade() -> None:
    op.create_table(
        "quote_draft",
        sa.Column("ticket_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_most_minor", sa.Integer(), nullable=True),
        sa.Column("earliest", sa.Date(), nullable=True),
        sa.Column("latest", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("diagnosis_fee_minor", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=2000), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "at_most_minor IS NULL OR at_most_minor >= 0", name=op.f("ck_quote_draft_at_most")
        ),
        sa.CheckConstraint("diagnosis_fee_minor >= 0", name=op.f("ck_quote_draft_diagnosis_fee")),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["staff.id"], name=op.f("fk_quote_draft_changed_by_id_staff")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_quote_draft_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_quote_draft")),
    )
    op.create_table(
        "quote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "quote",
                "fixed_price",
                "within_limit",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("move_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("tax_name", sa.String(length=20), nullable=False),
        sa.Column("tax_rate_basis_points", sa.Integer(), nullable=False),
        sa.Column("earliest", sa.Date(), nullable=False),
        sa.Column("latest", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("diagnosis_fee_minor", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=2000), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("diagnosis_fee_minor >= 0", name=op.f("ck_quote_diagnosis_fee")),
        sa.CheckConstraint("latest >= earliest", name=op.f("ck_quote_dates")),
        sa.CheckConstraint("length(hash) = 64", name=op.f("ck_quote_hash")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_quote_version")),
        sa.ForeignKeyConstraint(["move_id"], ["ticket_move.id"], name=op.f("fk_quote_move_id_ticket_move")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["staff.id"], name=op.f("fk_quote_sent_by_id_staff")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_quote_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
        sa.UniqueConstraint("ticket_id", "version", name=op.f("uq_quote_ticket_id_version")),
    )
    op.create_index(op.f("ix_quote_move_id"), "quote", ["move_id"], unique=False)
    op.create_table(
        "quote_draft_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("part", "work", name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price_minor", sa.Integer(), nullable=False),
        sa.Column("optional", sa.Boolean(), nullable=False),
        sa.Column(
            "origin",
            sa.Enum(
                "new_original",
                "used_original",
                "refurbished",
                "aftermarket",
                "salvaged",
                "customers_own",
                name="origin",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("device_will_show", sa.String(length=300), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_quote_draft_line_quantity")),
        sa.CheckConstraint("unit_price_minor >= 0", name=op.f("ck_quote_draft_line_unit_price")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["quote_draft.ticket_id"], name=op.f("fk_quote_draft_line_ticket_id_quote_draft")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_draft_line")),
    )
    op.create_index(op.f("ix_quote_draft_line_ticket_id"), "quote_draft_line", ["ticket_id"], unique=False)
    op.create_table(
        "quote_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quote_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "approved",
                "declined",
                "closed_unanswered",
                "withdrawn",
                "replaced",
                "taken_back",
                "unsent",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("move_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
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
        sa.Column(
            "channel",
            sa.Enum(
                "portal",
                "counter",
                "phone",
                "at_intake",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("consented_by", sa.String(length=120), nullable=False),
        sa.Column("consented_at", UtcDateTime(), nullable=True),
        sa.Column("number_called", sa.String(length=40), nullable=False),
        sa.Column("conditions", sa.String(length=1000), nullable=False),
        sa.Column("price_minor", sa.Integer(), nullable=True),
        sa.Column("at_most_minor", sa.Integer(), nullable=True),
        sa.Column(
            "decline_reason",
            sa.Enum(
                "too_expensive",
                "takes_too_long",
                "buys_another",
                "goes_elsewhere",
                "not_said",
                "other",
                name="decline_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "kind <> 'approved' OR price_minor IS NOT NULL", name=op.f("ck_quote_decision_approved_price")
        ),
        sa.ForeignKeyConstraint(
            ["move_id"], ["ticket_move.id"], name=op.f("fk_quote_decision_move_id_ticket_move")
        ),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name=op.f("fk_quote_decision_quote_id_quote")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_decision")),
    )
    op.create_index(op.f("ix_quote_decision_move_id"), "quote_decision", ["move_id"], unique=False)
    op.create_index("ix_quote_decision_quote_id", "quote_decision", ["quote_id", "id"], unique=False)
    op.create_table(
        "quote_option",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quote_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("price_minor", sa.Integer(), nullable=False),
        sa.Column("at_most_minor", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "price_minor >= 0 AND at_most_minor >= price_minor", name=op.f("ck_quote_option_price")
        ),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name=op.f("fk_quote_option_quote_id_quote")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_option")),
        sa.UniqueConstraint("quote_id", "position", name=op.f("uq_quote_option_quote_id_position")),
    )
    op.create_table(
        "quote_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("option_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("part", "work", name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price_minor", sa.Integer(), nullable=False),
        sa.Column("optional", sa.Boolean(), nullable=False),
        sa.Column(
            "origin",
            sa.Enum(
                "new_original",
                "used_original",
                "refurbished",
                "aftermarket",
                "salvaged",
                "customers_own",
                name="origin",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("device_will_show", sa.String(length=300), nullable=False),
        sa.CheckConstraint("kind <> 'part' OR origin IS NOT NULL", name=op.f("ck_quote_line_part_origin")),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_quote_line_quantity")),
        sa.CheckConstraint("unit_price_minor >= 0", name=op.f("ck_quote_line_unit_price")),
        sa.ForeignKeyConstraint(
            ["option_id"], ["quote_option.id"], name=op.f("fk_quote_line_option_id_quote_option")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_line")),
        sa.UniqueConstraint("option_id", "position", name=op.f("uq_quote_line_option_id_position")),
    )
    op.create_table(
        "quote_decision_line",
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["quote_decision.id"],
            name=op.f("fk_quote_decision_line_decision_id_quote_decision"),
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["quote_line.id"], name=op.f("fk_quote_decision_line_line_id_quote_line")
        ),
        sa.PrimaryKeyConstraint("decision_id", "line_id", name=op.f("pk_quote_decision_line")),
    )
    op.create_index(op.f("ix_quote_decision_line_line_id"), "quote_decision_line", ["line_id"], unique=False)

    if op.get_bind().dialect.name == "sqlite":
        _refuse_changes_on_sqlite()
    else:
        _refuse_changes_on_postgresql()


def _refuse_changes_on_sqlite() -> None:
    for table in SENT:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'a sent quote never changes'); END"
            )


def _refuse_changes_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION sent_quote_never_changes() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'a sent quote never changes'; END $$"
    )
    for table in SENT:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION sent_quote_never_changes()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION sent_quote_never_changes()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in SENT:
            op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
            op.execute(f"DROP TRIGGER {table}_no_change ON {table}")
        op.execute("DROP FUNCTION sent_quote_never_changes()")
    op.drop_table("quote_decision_line")
    op.drop_table("quote_line")
    op.drop_table("quote_option")
    op.drop_table("quote_decision")
    op.drop_table("quote_draft_line")
    op.drop_table("quote")
    op.drop_table("quote_draft")
