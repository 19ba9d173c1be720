"""The catalogue of parts, the suppliers, and what is known of makers' software."""

import sqlalchemy as sa
from alembic import op

from repairshop.database import UtcDateTime

revision = "0032"
down_revision = "0031"

_DEVICE_TYPES = (
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
)
_FAMILIES = (
    "access",
    "audio",
    "battery",
    "board",
    "boot",
    "buttons",
    "camera",
    "casing",
    "charging",
    "check",
    "connectivity",
    "controller",
    "cooling",
    "keyboard",
    "liquid",
    "optical",
    "optics",
    "performance",
    "power",
    "screen",
    "sensor",
    "setup",
    "software",
    "storage",
    "video",
    "other",
)
_KINDS = (
    "screen",
    "battery",
    "front_camera",
    "rear_camera",
    "back_glass",
    "housing",
    "fingerprint",
    "charge_port",
    "speaker",
    "microphone",
    "buttons",
    "mainboard",
    "keyboard",
    "trackpad",
    "storage",
    "memory",
    "fan",
    "optical_drive",
    "stick",
    "hinge",
    "power_supply",
    "other",
)
_ORIGINS = ("new_original", "used_original", "refurbished", "aftermarket", "salvaged", "customers_own")


def upgrade() -> None:
    op.create_table(
        "supplier",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("folded", sa.String(length=120), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=True),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "lead_days IS NULL OR lead_days BETWEEN 0 AND 365", name=op.f("ck_supplier_lead_days")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_supplier_shop_id_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier")),
        sa.UniqueConstraint("shop_id", "folded", name=op.f("uq_supplier_shop_id_folded")),
    )
    _create_part()
    _create_part_effect()
    for table in ("part_order", "part_fitted"):
        op.add_column(table, sa.Column("part_id", sa.Integer(), nullable=True))
        op.create_index(f"ix_{table}_part_id", table, ["part_id"], unique=False)
    op.add_column("part_fitted", sa.Column("lot", sa.String(length=60), nullable=False, server_default=""))
    op.add_column(
        "part_fitted", sa.Column("feature_lost", sa.String(length=300), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("part_fitted", "feature_lost")
    op.drop_column("part_fitted", "lot")
    for table in ("part_fitted", "part_order"):
        op.drop_index(f"ix_{table}_part_id", table_name=table)
        op.drop_column(table, "part_id")
    op.drop_table("part_effect")
    op.drop_table("part")
    op.drop_table("supplier")


def _one_of(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _create_part() -> None:
    op.create_table(
        "part",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", _one_of(_KINDS, "kind"), nullable=False),
        sa.Column("device_type", _one_of(_DEVICE_TYPES, "device_type"), nullable=False),
        sa.Column("brand", sa.String(length=80), nullable=False),
        sa.Column("models", sa.String(length=1000), nullable=False),
        sa.Column("brand_key", sa.String(length=80), nullable=False),
        sa.Column("models_key", sa.String(length=1200), nullable=False),
        sa.Column("search", sa.String(), nullable=False),
        sa.Column("family", _one_of(_FAMILIES, "family"), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.Integer(), nullable=False),
        sa.Column("origin", _one_of(_ORIGINS, "part_origin"), nullable=False),
        sa.Column("warranty_days", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=True),
        sa.Column("supplier_number", sa.String(length=60), nullable=False),
        sa.Column("barcode", sa.String(length=60), nullable=True),
        sa.Column("serialised", sa.Boolean(), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("faulty", sa.Integer(), nullable=False),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("minutes BETWEEN 0 AND 6000", name=op.f("ck_part_minutes")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_part_price")),
        sa.CheckConstraint("warranty_days BETWEEN 0 AND 3650", name=op.f("ck_part_warranty_days")),
        sa.CheckConstraint(
            "reserved >= 0 AND on_hand >= reserved AND faulty >= 0", name=op.f("ck_part_figures")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_part_shop_id_shop")),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_part_supplier_id_supplier")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_part")),
        sa.UniqueConstraint("shop_id", "barcode", name=op.f("uq_part_shop_id_barcode")),
    )
    op.create_index(
        "ix_part_shop_id_device_type_family", "part", ["shop_id", "device_type", "family"], unique=False
    )
    op.create_index(op.f("ix_part_supplier_id"), "part", ["supplier_id"], unique=False)


def _create_part_effect() -> None:
    op.create_table(
        "part_effect",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=True),
        sa.Column("seed_key", sa.String(length=80), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("device_type", _one_of(_DEVICE_TYPES, "device_type"), nullable=False),
        sa.Column("maker", sa.String(length=80), nullable=False),
        sa.Column("maker_key", sa.String(length=80), nullable=False),
        sa.Column("model_range", sa.String(length=120), nullable=False),
        sa.Column("models", sa.String(length=1000), nullable=False),
        sa.Column("models_key", sa.String(length=1200), nullable=False),
        sa.Column("kind", _one_of(_KINDS, "kind"), nullable=False),
        sa.Column("origins", sa.String(length=120), nullable=False),
        sa.Column("pairing_needed", sa.Boolean(), nullable=False),
        sa.Column("device_will_show", sa.String(length=300), nullable=False),
        sa.Column("feature_lost", sa.String(length=300), nullable=False),
        sa.Column("source_title", sa.String(length=200), nullable=False),
        sa.Column("source_url", sa.String(length=500), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["part_effect.id"], name=op.f("fk_part_effect_replaces_id_part_effect")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_part_effect_shop_id_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_part_effect")),
        sa.UniqueConstraint("seed_key", name=op.f("uq_part_effect_seed_key")),
        sa.UniqueConstraint("shop_id", "replaces_id", name=op.f("uq_part_effect_shop_id_replaces_id")),
    )
    op.create_index(
        "ix_part_effect_device_type_maker_key_kind",
        "part_effect",
        ["device_type", "maker_key", "kind"],
        unique=False,
    )
