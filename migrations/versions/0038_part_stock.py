"""Parts with serial numbers, reservations, and the book of every movement."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0038"
down_revision = "0037"

_STATES = ("on_hand", "faulty", "returned", "fitted", "taken_out", "gone")
_KINDS = (
    "received",
    "faulty_on_arrival",
    "found_faulty",
    "reserved",
    "released",
    "fitted",
    "taken_out_faulty",
    "returned",
    "corrected",
    "arrival_undone",
)


def upgrade() -> None:
    op.create_table(
        "part_piece",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("serial", sa.String(length=60), nullable=False),
        sa.Column("lot", sa.String(length=60), nullable=False),
        sa.Column("state", _one_of(_STATES, "state"), nullable=False),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_part_piece_part_id_part")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_part_piece_shop_id_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_part_piece")),
        sa.UniqueConstraint("shop_id", "serial", name=op.f("uq_part_piece_shop_id_serial")),
    )
    op.create_index("ix_part_piece_part_id_state", "part_piece", ["part_id", "state"], unique=False)
    _create_reservation()
    _create_movement()
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER stock_movement_no_{act.lower()} BEFORE {act} ON stock_movement "
                "BEGIN SELECT RAISE(ABORT, 'a stock movement never changes'); END"
            )
    else:
        op.execute(
            "CREATE FUNCTION stock_movement_never_changes() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'a stock movement never changes'; END $$"
        )
        op.execute(
            "CREATE TRIGGER stock_movement_no_change BEFORE UPDATE OR DELETE ON stock_movement "
            "FOR EACH ROW EXECUTE FUNCTION stock_movement_never_changes()"
        )
        op.execute(
            "CREATE TRIGGER stock_movement_no_truncate BEFORE TRUNCATE ON stock_movement "
            "FOR EACH STATEMENT EXECUTE FUNCTION stock_movement_never_changes()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER stock_movement_no_truncate ON stock_movement")
        op.execute("DROP TRIGGER stock_movement_no_change ON stock_movement")
        op.execute("DROP FUNCTION stock_movement_never_changes()")
    op.drop_table("stock_movement")
    op.drop_table("part_reservation")
    op.drop_table("part_piece")


def _one_of(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _create_reservation() -> None:
    op.create_table(
        "part_reservation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_as", _one_of(("fitted", "released"), "ended_as"), nullable=True),
        sa.Column("end_move_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["end_move_id"], ["ticket_move.id"], name=op.f("fk_part_reservation_end_move_id_ticket_move")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["staff.id"], name=op.f("fk_part_reservation_made_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["part_order.id"], name=op.f("fk_part_reservation_order_id_part_order")
        ),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_part_reservation_part_id_part")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_part_reservation_ticket_id_ticket")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_part_reservation")),
    )
    for column in ("ticket_id", "order_id", "end_move_id"):
        op.create_index(op.f(f"ix_part_reservation_{column}"), "part_reservation", [column], unique=False)
    op.create_index(
        "ix_part_reservation_part_id_ended_at", "part_reservation", ["part_id", "ended_at"], unique=False
    )


def _create_movement() -> None:
    op.create_table(
        "stock_movement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("piece_id", sa.Integer(), nullable=True),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("kind", _one_of(_KINDS, "kind"), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("faulty", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_stock_movement_part_id_part")),
        sa.ForeignKeyConstraint(
            ["piece_id"], ["part_piece.id"], name=op.f("fk_stock_movement_piece_id_part_piece")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_stock_movement_shop_id_shop")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_stock_movement_staff_id_staff")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_stock_movement_ticket_id_ticket")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movement")),
    )
    op.create_index("ix_stock_movement_part_id_id", "stock_movement", ["part_id", "id"], unique=False)
    op.create_index(op.f("ix_stock_movement_ticket_id"), "stock_movement", ["ticket_id"], unique=False)
