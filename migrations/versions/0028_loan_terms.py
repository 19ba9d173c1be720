"""When a loaner is due back, its deposit, and who took it back."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    with op.batch_alter_table("loan") as batch:
        batch.add_column(sa.Column("due_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("deposit_minor", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("deposit_back_minor", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("ended_by_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_loan_ended_by_id_staff"), "staff", ["ended_by_id"], ["id"])
        batch.create_check_constraint(op.f("ck_loan_deposit"), "deposit_minor > 0")
        batch.create_check_constraint(
            op.f("ck_loan_deposit_back"), "deposit_back_minor BETWEEN 0 AND deposit_minor"
        )


def downgrade() -> None:
    with op.batch_alter_table("loan") as batch:
        batch.drop_constraint(op.f("ck_loan_deposit_back"), type_="check")
        batch.drop_constraint(op.f("ck_loan_deposit"), type_="check")
        batch.drop_constraint(op.f("fk_loan_ended_by_id_staff"), type_="foreignkey")
        for name in ("ended_by_id", "deposit_back_minor", "deposit_minor", "due_on"):
            batch.drop_column(name)
