"""Which people look alike, and what a merge of two moved."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0022"
down_revision = "0021"

_SOUNDS = (("ph", "f"), ("sch", "s"), ("sh", "s"), ("ck", "k"), ("ch", "k"), ("th", "t"), ("ss", "s"))
_LETTERS = str.maketrans({"c": "k", "q": "k", "z": "s", "x": "s", "w": "v", "b": "v", "d": "t", "j": "y"})


def upgrade() -> None:
    # The default stays: SQLite could only drop it by copying the table, which half the others point at.
    op.add_column("customer", sa.Column("name_key", sa.String(length=160), nullable=False, server_default=""))
    _fill_keys()
    op.create_index("ix_customer_shop_id_name_key", "customer", ["shop_id", "name_key"])
    op.create_index("ix_customer_merged_into_id", "customer", ["merged_into_id"])
    op.create_table(
        "customer_merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("kept_id", sa.Integer(), nullable=False),
        sa.Column("gone_id", sa.Integer(), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_customer_merge_shop_id_shop")),
        sa.ForeignKeyConstraint(
            ["kept_id"], ["customer.id"], name=op.f("fk_customer_merge_kept_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["gone_id"], ["customer.id"], name=op.f("fk_customer_merge_gone_id_customer")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_customer_merge_staff_id_staff")),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["staff.id"], name=op.f("fk_customer_merge_undone_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_merge")),
    )
    op.create_index(op.f("ix_customer_merge_kept_id"), "customer_merge", ["kept_id"])
    op.create_index(op.f("ix_customer_merge_gone_id"), "customer_merge", ["gone_id"])


def downgrade() -> None:
    op.drop_table("customer_merge")
    op.drop_index("ix_customer_merged_into_id", table_name="customer")
    op.drop_index("ix_customer_shop_id_name_key", table_name="customer")
    op.drop_column("customer", "name_key")


def _fill_keys() -> None:
    """As repairshop/customers/rules.name_key did when this was written."""
    customer = sa.table(
        "customer",
        sa.column("id", sa.Integer),
        sa.column("name", sa.String),
        sa.column("name_key", sa.String),
    )
    people = op.get_bind().execute(sa.select(customer.c.id, customer.c.name)).all()
    for start in range(0, len(people), 1000):
        values = [{"row": row.id, "key": _key(row.name)} for row in people[start : start + 1000]]
        op.get_bind().execute(
            sa.update(customer)
            .where(customer.c.id == sa.bindparam("row"))
            .values(name_key=sa.bindparam("key")),
            values,
        )


def _key(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold().replace("_", " "))
    words = re.findall(r"\w+", "".join(sign for sign in decomposed if not unicodedata.combining(sign)))
    return " ".join(sorted(filter(None, map(_sound_of, words))))[:160]


def _sound_of(word: str) -> str:
    for letters, sound in _SOUNDS:
        word = word.replace(letters, sound)
    first, rest = word[:1], re.sub(r"[aeiouyh]", "", word[1:])
    return re.sub(r"(.)\1+", r"\1", (first + rest).translate(_LETTERS))
