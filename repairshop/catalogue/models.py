"""Brands, models, the faults a shop repairs and what they cost."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from repairshop.catalogue.rules import DeviceType, FaultFamily
from repairshop.database import Base, enum_column


class Brand(Base):
    """A maker, shared by all shops; `folded` keeps Apple and apple one."""

    __tablename__ = "brand"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    folded: Mapped[str] = mapped_column(String(80), unique=True)


class DeviceModel(Base):
    """A model people bring in. Those without a shop come from the seeds and are every shop's."""

    __tablename__ = "device_model"
    __table_args__ = (
        UniqueConstraint("shop_id", "brand_id", "device_type", "name"),
        Index("ix_device_model_device_type_rank", "device_type", "rank"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int | None] = mapped_column(ForeignKey("shop.id"))
    seed_key: Mapped[str | None] = mapped_column(String(160), unique=True)  # None for a shop's own
    device_type: Mapped[DeviceType] = mapped_column(enum_column(DeviceType, name="device_type"))
    brand_id: Mapped[int] = mapped_column(ForeignKey("brand.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    identifiers: Mapped[str] = mapped_column(default="")  # the maker's codes, separated by |
    search: Mapped[str] = mapped_column()  # rules.search_text of brand, name and identifiers
    rank: Mapped[int] = mapped_column()  # 1 is the commonest

    brand: Mapped[Brand] = relationship()


class FaultPreset(Base):
    """A fault with its usual work, days and need of the passcode; a starting point, not a promise."""

    __tablename__ = "fault_preset"
    __table_args__ = (
        UniqueConstraint("shop_id", "device_type", "key"),
        CheckConstraint("minutes BETWEEN 0 AND 6000", name="minutes"),
        CheckConstraint("days_from >= 0 AND days_to >= days_from AND days_to <= 365", name="days"),
        CheckConstraint("share_per_mille BETWEEN 0 AND 1000", name="share"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int | None] = mapped_column(ForeignKey("shop.id"))
    seed_key: Mapped[str | None] = mapped_column(String(80), unique=True)
    device_type: Mapped[DeviceType] = mapped_column(enum_column(DeviceType, name="device_type"), index=True)
    key: Mapped[str] = mapped_column(String(40))
    # An English message id in the seeds, the shop's words in its own.
    label: Mapped[str] = mapped_column(String(80))
    family: Mapped[FaultFamily] = mapped_column(enum_column(FaultFamily, name="family"))
    minutes: Mapped[int] = mapped_column()
    days_from: Mapped[int] = mapped_column()
    days_to: Mapped[int] = mapped_column()
    credential_needed: Mapped[bool] = mapped_column(default=False)
    share_per_mille: Mapped[int] = mapped_column(default=0)  # of known faults in the open repair data
    position: Mapped[int] = mapped_column(default=0)
    hidden: Mapped[bool] = mapped_column(default=False)  # a shop's own preset it no longer offers


class FaultBasePrice(Base):
    """The price to start from in one currency, tax included."""

    __tablename__ = "fault_base_price"
    __table_args__ = (
        CheckConstraint("from_minor >= 0 AND at_most_minor >= from_minor", name="range"),
        CheckConstraint("length(currency) = 3", name="currency"),
    )

    preset_id: Mapped[int] = mapped_column(ForeignKey("fault_preset.id"), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    from_minor: Mapped[int] = mapped_column()
    at_most_minor: Mapped[int] = mapped_column()


class FaultShopPrice(Base):
    """One shop's own price for a fault, in its currency, tax included."""

    __tablename__ = "fault_shop_price"
    __table_args__ = (CheckConstraint("from_minor >= 0 AND at_most_minor >= from_minor", name="range"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True)
    preset_id: Mapped[int] = mapped_column(ForeignKey("fault_preset.id"), primary_key=True, index=True)
    from_minor: Mapped[int] = mapped_column()
    at_most_minor: Mapped[int] = mapped_column()
