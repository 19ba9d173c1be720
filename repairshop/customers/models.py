"""Customers, their contact points and devices, and every contact with them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from repairshop.catalogue.rules import DeviceType
from repairshop.customers.rules import ContactKind, TouchpointKind
from repairshop.database import Base, enum_column


class Customer(Base):
    """A person who brings devices. Families share numbers and addresses: neither is unique here."""

    __tablename__ = "customer"
    # The operator classes let PostgreSQL find beginnings by the index, whatever the database's sorting.
    __table_args__ = (
        Index(
            "ix_customer_shop_id_folded_name",
            "shop_id",
            "folded_name",
            postgresql_ops={"folded_name": "varchar_pattern_ops"},
        ),
        Index("ix_customer_shop_id_name_key", "shop_id", "name_key"),
        Index("ix_customer_merged_into_id", "merged_into_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    name: Mapped[str] = mapped_column(String(120))
    folded_name: Mapped[str] = mapped_column(String(160))
    # What names that sound or look alike have in common; see rules.name_key.
    name_key: Mapped[str] = mapped_column(String(160))
    language: Mapped[str] = mapped_column(String(8))
    # No texts between these local times of the shop, "22:00"; None: the shop's own hours only.
    quiet_from: Mapped[str | None] = mapped_column(String(5))
    quiet_to: Mapped[str | None] = mapped_column(String(5))
    created_at: Mapped[datetime]
    # The person this one turned out to be. Always the living one: a merge moves these pointers as well, so
    # there is never a chain to walk.
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    erased_at: Mapped[datetime | None]
    # Typed by a stranger on a public page: nothing is sent until somebody of the shop has confirmed it.
    is_unconfirmed: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1)

    # Removed ones stay in the table, because messages point at them, and are left out here.
    contact_points: Mapped[list["ContactPoint"]] = relationship(
        back_populates="customer",
        primaryjoin="and_(Customer.id == ContactPoint.customer_id, ContactPoint.removed_at.is_(None))",
        order_by="ContactPoint.position, ContactPoint.id",
    )
    devices: Mapped[list["Device"]] = relationship(back_populates="customer", order_by="Device.id.desc()")

    __mapper_args__ = {"version_id_col": version}


class ToldApart(Base):
    """Somebody said that two people who look alike are two. In either order; undone ones stay, as a trace.

    Both columns are moved along when people are merged, so that it goes on counting for the merged person.
    """

    __tablename__ = "told_apart"

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), index=True)
    one_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class Device(Base):
    """One device. `customer_id` is None for imported records, which know no customer."""

    __tablename__ = "device"
    __table_args__ = (
        Index("ix_device_shop_id_imei", "shop_id", "imei"),
        Index("ix_device_shop_id_serial", "shop_id", "serial"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    device_type: Mapped[DeviceType] = mapped_column(enum_column(DeviceType, name="device_type"))
    brand: Mapped[str] = mapped_column(String(80), default="")
    model: Mapped[str] = mapped_column(String(120), default="")
    colour: Mapped[str] = mapped_column(String(40), default="")
    imei: Mapped[str | None] = mapped_column(String(16))
    serial: Mapped[str | None] = mapped_column(String(60))
    unreadable_because: Mapped[str] = mapped_column(String(200), default="")
    made_in_year: Mapped[int | None]
    created_at: Mapped[datetime]

    customer: Mapped[Customer | None] = relationship(back_populates="devices")

    @property
    def label(self) -> str:
        """ "Apple iPhone 13", or the model alone where the brand is part of it."""
        if self.model.casefold().startswith(self.brand.casefold()):
            return self.model or self.brand
        return f"{self.brand} {self.model}".strip()


class ContactPoint(Base):
    """One number or address: shown as typed, kept normalised, found by its last four digits."""

    __tablename__ = "contact_point"
    __table_args__ = (
        Index("ix_contact_point_tail", "tail"),
        Index("ix_contact_point_value", "value", postgresql_ops={"value": "varchar_pattern_ops"}),
        CheckConstraint("kind = 'email' OR length(tail) = 4", name="tail"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    kind: Mapped[ContactKind] = mapped_column(enum_column(ContactKind, name="contact_kind"))
    value: Mapped[str] = mapped_column(String(254))  # E.164, or the address in lower case
    shown: Mapped[str] = mapped_column(String(254))
    tail: Mapped[str] = mapped_column(String(4), default="")
    position: Mapped[int] = mapped_column(default=0)
    may_notify: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str | None] = mapped_column(String(8))
    # The device whose SIM answers this number: while the shop holds it, no text goes here.
    sim_in_device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"))
    removed_at: Mapped[datetime | None]
    removed_because: Mapped[str] = mapped_column(String(200), default="")

    customer: Mapped[Customer] = relationship(back_populates="contact_points")


class Touchpoint(Base):
    """One contact of a customer with the shop."""

    __tablename__ = "touchpoint"
    __table_args__ = (Index("ix_touchpoint_shop_id_at", "shop_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    ticket_id: Mapped[int | None]  # of a table above this one, so without a foreign key
    kind: Mapped[TouchpointKind] = mapped_column(enum_column(TouchpointKind, name="touchpoint_kind"))
    channel: Mapped[str] = mapped_column(String(20), default="")
    at: Mapped[datetime]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
