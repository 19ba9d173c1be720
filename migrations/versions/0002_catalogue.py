"""The tables of repairshop/catalogue."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

DEVICE_TYPES = (
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
FAMILIES = (
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


def upgrade() -> None:
    op.create_table(
        "brand",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("folded", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand")),
        sa.UniqueConstraint("folded", name=op.f("uq_brand_folded")),
    )
    _create_device_model()
    _create_fault_preset()
    _create_prices()


def _one_of(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _create_device_model() -> None:
    op.create_table(
        "device_model",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=True),
        sa.Column("seed_key", sa.String(160), nullable=True),
        sa.Column("device_type", _one_of("device_type", DEVICE_TYPES), nullable=False),
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("identifiers", sa.String(), nullable=False),
        sa.Column("search", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_device_model_shop_id_shop")),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_device_model_brand_id_brand")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_model")),
        sa.UniqueConstraint("seed_key", name=op.f("uq_device_model_seed_key")),
        sa.UniqueConstraint(
            "shop_id",
            "brand_id",
            "device_type",
            "name",
            name=op.f("uq_device_model_shop_id_brand_id_device_type_name"),
        ),
    )
    op.create_index(op.f("ix_device_model_brand_id"), "device_model", ["brand_id"])
    op.create_index("ix_device_model_device_type_rank", "device_model", ["device_type", "rank"])


def _create_fault_preset() -> None:
    op.create_table(
        "fault_preset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=True),
        sa.Column("seed_key", sa.String(80), nullable=True),
        sa.Column("device_type", _one_of("device_type", DEVICE_TYPES), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("family", _one_of("family", FAMILIES), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("days_from", sa.Integer(), nullable=False),
        sa.Column("days_to", sa.Integer(), nullable=False),
        sa.Column("credential_needed", sa.Boolean(), nullable=False),
        sa.Column("share_per_mille", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.CheckConstraint("minutes BETWEEN 0 AND 6000", name=op.f("ck_fault_preset_minutes")),
        sa.CheckConstraint(
            "days_from >= 0 AND days_to >= days_from AND days_to <= 365", name=op.f("ck_fault_preset_days")
        ),
        sa.CheckConstraint("share_per_mille BETWEEN 0 AND 1000", name=op.f("ck_fault_preset_share")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_fault_preset_shop_id_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fault_preset")),
        sa.UniqueConstraint("seed_key", name=op.f("uq_fault_preset_seed_key")),
        sa.UniqueConstraint(
            "shop_id", "device_type", "key", name=op.f("uq_fault_preset_shop_id_device_type_key")
        ),
    )
    op.create_index(op.f("ix_fault_preset_device_type"), "fault_preset", ["device_type"])


def _create_prices() -> None:
    op.create_table(
        "fault_base_price",
        sa.Column("preset_id", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("from_minor", sa.Integer(), nullable=False),
        sa.Column("at_most_minor", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "from_minor >= 0 AND at_most_minor >= from_minor", name=op.f("ck_fault_base_price_range")
        ),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_fault_base_price_currency")),
        sa.ForeignKeyConstraint(
            ["preset_id"], ["fault_preset.id"], name=op.f("fk_fault_base_price_preset_id_fault_preset")
        ),
        sa.PrimaryKeyConstraint("preset_id", "currency", name=op.f("pk_fault_base_price")),
    )
    op.create_table(
        "fault_shop_price",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("preset_id", sa.Integer(), nullable=False),
        sa.Column("from_minor", sa.Integer(), nullable=False),
        sa.Column("at_most_minor", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "from_minor >= 0 AND at_most_minor >= from_minor", name=op.f("ck_fault_shop_price_range")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_fault_shop_price_shop_id_shop")),
        sa.ForeignKeyConstraint(
            ["preset_id"], ["fault_preset.id"], name=op.f("fk_fault_shop_price_preset_id_fault_preset")
        ),
        sa.PrimaryKeyConstraint("shop_id", "preset_id", name=op.f("pk_fault_shop_price")),
    )
    op.create_index(op.f("ix_fault_shop_price_preset_id"), "fault_shop_price", ["preset_id"])


def downgrade() -> None:
    op.drop_table("fault_shop_price")
    op.drop_table("fault_base_price")
    op.drop_table("fault_preset")
    op.drop_table("device_model")
    op.drop_table("brand")
