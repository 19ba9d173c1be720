"""What was paid when a device left, where a parcel went, and the pickup pass as a proof."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"

_OLD = ("receipt", "link", "identity_card", "driving_licence", "passport", "known_in_person")
_PAY_METHOD = sa.Enum(
    "cash",
    "card",
    "till",
    "later",
    name="pay_method",
    native_enum=False,
    create_constraint=True,
    length=40,
)


def upgrade() -> None:
    with op.batch_alter_table("handover") as batch:
        batch.drop_constraint(op.f("ck_handover_identity_proof"), type_="check")
        batch.create_check_constraint(
            op.f("ck_handover_identity_proof"), sa.column("proof").in_((*_OLD, "pickup_pass"))
        )
        batch.add_column(sa.Column("ship_to", sa.String(300), nullable=False, server_default=""))
        # Nobody asked before, so nobody knows.
        batch.add_column(sa.Column("due_minor", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("paid_minor", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("pay_method", _PAY_METHOD, nullable=True))
        batch.add_column(sa.Column("till_reference", sa.String(60), nullable=False, server_default=""))
        batch.add_column(sa.Column("paid_because", sa.String(300), nullable=False, server_default=""))
        batch.create_check_constraint(
            op.f("ck_handover_paid"), "paid_minor IS NULL OR (due_minor >= 0 AND paid_minor >= 0)"
        )


def downgrade() -> None:
    op.execute("UPDATE handover SET proof = 'link' WHERE proof = 'pickup_pass'")
    with op.batch_alter_table("handover") as batch:
        batch.drop_constraint(op.f("ck_handover_paid"), type_="check")
        batch.drop_constraint(op.f("ck_handover_pay_method"), type_="check")
        for column in ("ship_to", "due_minor", "paid_minor", "pay_method", "till_reference", "paid_because"):
            batch.drop_column(column)
        batch.drop_constraint(op.f("ck_handover_identity_proof"), type_="check")
        batch.create_check_constraint(op.f("ck_handover_identity_proof"), sa.column("proof").in_(_OLD))
