"""The shop's parts and their suppliers, what makers' software does about parts, and a ticket's own."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.catalogue.rules import DeviceType, FaultFamily
from repairshop.database import Base, enum_column
from repairshop.parts.rules import LONGEST_MODELS, OldPart, Pairing, PartKind, PartOrigin
from repairshop.parts.stock_rules import MovementKind, PieceState, ReservationEnd


class Supplier(Base):
    """Who the shop buys parts from."""

    __tablename__ = "supplier"
    __table_args__ = (
        UniqueConstraint("shop_id", "folded"),
        CheckConstraint("lead_days IS NULL OR lead_days BETWEEN 0 AND 365", name="lead_days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    name: Mapped[str] = mapped_column(String(120))
    folded: Mapped[str] = mapped_column(String(120))
    contact: Mapped[str] = mapped_column(String(200), default="")
    lead_days: Mapped[int | None]
    retired_at: Mapped[datetime | None]


class Part(Base):
    """One kind of part the shop buys and fits, and how many of it are here.

    `on_hand` are the good ones in the shop, the reserved among them; `faulty` wait to go back. The figures
    are changed with their conditions in the statement itself: of two people who take the last one at once,
    the second finds none.
    """

    __tablename__ = "part"
    __table_args__ = (
        UniqueConstraint("shop_id", "barcode"),
        Index("ix_part_shop_id_device_type_family", "shop_id", "device_type", "family"),
        CheckConstraint("minutes BETWEEN 0 AND 6000", name="minutes"),
        CheckConstraint("price_minor >= 0", name="price"),
        CheckConstraint("warranty_days BETWEEN 0 AND 3650", name="warranty_days"),
        CheckConstraint("reserved >= 0 AND on_hand >= reserved AND faulty >= 0", name="figures"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[PartKind] = mapped_column(enum_column(PartKind, name="kind"))
    device_type: Mapped[DeviceType] = mapped_column(enum_column(DeviceType, name="device_type"))
    brand: Mapped[str] = mapped_column(String(80), default="")
    models: Mapped[str] = mapped_column(String(LONGEST_MODELS), default="")  # separated by |
    brand_key: Mapped[str] = mapped_column(String(80), default="")
    models_key: Mapped[str] = mapped_column(String(1200), default="")  # rules.models_key
    search: Mapped[str] = mapped_column()  # catalogue's search_text of its names and numbers
    family: Mapped[FaultFamily] = mapped_column(enum_column(FaultFamily, name="family"))
    minutes: Mapped[int] = mapped_column(default=0)
    price_minor: Mapped[int] = mapped_column(default=0)
    origin: Mapped[PartOrigin] = mapped_column(enum_column(PartOrigin, name="part_origin"))
    warranty_days: Mapped[int] = mapped_column(default=0)
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("supplier.id"), index=True)
    supplier_number: Mapped[str] = mapped_column(String(60), default="")
    barcode: Mapped[str | None] = mapped_column(String(60))
    serialised: Mapped[bool] = mapped_column(default=False)
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    faulty: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None]


class PartEffect(Base):
    """What a maker's software does about a part, with where that is written.

    Rows without a shop come with the program; a shop's own row may stand in place of one of them, and a
    hidden one says that it does not hold here.
    """

    __tablename__ = "part_effect"
    __table_args__ = (
        Index("ix_part_effect_device_type_maker_key_kind", "device_type", "maker_key", "kind"),
        UniqueConstraint("shop_id", "replaces_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int | None] = mapped_column(ForeignKey("shop.id"))
    seed_key: Mapped[str | None] = mapped_column(String(80), unique=True)  # None for a shop's own
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("part_effect.id"))
    device_type: Mapped[DeviceType] = mapped_column(enum_column(DeviceType, name="device_type"))
    maker: Mapped[str] = mapped_column(String(80))
    maker_key: Mapped[str] = mapped_column(String(80))
    model_range: Mapped[str] = mapped_column(String(120), default="")
    models: Mapped[str] = mapped_column(String(LONGEST_MODELS), default="")
    models_key: Mapped[str] = mapped_column(String(1200), default="")
    kind: Mapped[PartKind] = mapped_column(enum_column(PartKind, name="kind"))
    origins: Mapped[str] = mapped_column(String(120), default="")  # separated by spaces; empty is any
    pairing_needed: Mapped[bool] = mapped_column(default=False)
    # English message ids in the seeds, the shop's words in its own.
    device_will_show: Mapped[str] = mapped_column(String(300), default="")
    feature_lost: Mapped[str] = mapped_column(String(300), default="")
    source_title: Mapped[str] = mapped_column(String(200), default="")
    source_url: Mapped[str] = mapped_column(String(500), default="")
    as_of: Mapped[date]
    hidden: Mapped[bool] = mapped_column(default=False)
    retired_at: Mapped[datetime | None]


class PartPiece(Base):
    """One part with a serial number of its own, and the one place it is in."""

    __tablename__ = "part_piece"
    __table_args__ = (
        UniqueConstraint("shop_id", "serial"),
        Index("ix_part_piece_part_id_state", "part_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"))
    serial: Mapped[str] = mapped_column(String(60))
    lot: Mapped[str] = mapped_column(String(60), default="")
    state: Mapped[PieceState] = mapped_column(enum_column(PieceState, name="state"))


class PartReservation(Base):
    """One part set aside for one repair, until it is fitted or let go."""

    __tablename__ = "part_reservation"
    __table_args__ = (Index("ix_part_reservation_part_id_ended_at", "part_id", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("part_order.id"), index=True)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[ReservationEnd | None] = mapped_column(enum_column(ReservationEnd, name="ended_as"))
    end_move_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_move.id"), index=True)


class StockMovement(Base):
    """One change of a part's figures. Triggers keep every row as it is: a mistake is another movement."""

    __tablename__ = "stock_movement"
    __table_args__ = (Index("ix_stock_movement_part_id_id", "part_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"))
    piece_id: Mapped[int | None] = mapped_column(ForeignKey("part_piece.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    kind: Mapped[MovementKind] = mapped_column(enum_column(MovementKind, name="kind"))
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    faulty: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class PartOrder(Base):
    """One part ordered for one ticket; ended by arriving or by being cancelled.

    The move ids name the moves that ordered and ended it, so that undoing a move restores the order.
    """

    __tablename__ = "part_order"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    order_move_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_move.id"), index=True)
    # None: not of the catalogue. Without a foreign key, for which SQLite would copy the table; a part that
    # was named once is retired and never deleted.
    part_id: Mapped[int | None] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(120))
    supplier: Mapped[str] = mapped_column(String(120), default="")
    expected_on: Mapped[date | None]
    ordered_at: Mapped[datetime]
    ordered_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    arrived_at: Mapped[datetime | None]
    serial: Mapped[str] = mapped_column(String(60), default="", server_default="")  # of the one that arrived
    code: Mapped[str] = mapped_column(String(9), default="", server_default="", index=True)  # to be scanned
    cancelled_at: Mapped[datetime | None]
    end_move_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_move.id"), index=True)


class StockOrder(Base):
    """Parts ordered for the shelf; open until all have arrived or the rest is cancelled."""

    __tablename__ = "stock_order"
    __table_args__ = (
        CheckConstraint("quantity > 0 AND arrived BETWEEN 0 AND quantity", name="arrived"),
        Index("ix_stock_order_part_id_closed_at", "part_id", "closed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), index=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"))
    code: Mapped[str] = mapped_column(String(9), index=True)
    supplier: Mapped[str] = mapped_column(String(120), default="")
    quantity: Mapped[int] = mapped_column()
    arrived: Mapped[int] = mapped_column(default=0)
    expected_on: Mapped[date | None]
    ordered_at: Mapped[datetime]
    ordered_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    closed_at: Mapped[datetime | None]


class PartFitted(Base):
    """One part in a device, with where it came from and what the device will say about it."""

    __tablename__ = "part_fitted"
    __table_args__ = (
        # A serial that was fitted is never on hand again, not even after it was taken out.
        Index("uq_part_fitted_shop_id_serial", "shop_id", "serial", unique=True),
        CheckConstraint("warranty_days >= 0", name="warranty_days"),
        CheckConstraint("origin <> 'salvaged' OR donor <> ''", name="donor"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    part_id: Mapped[int | None] = mapped_column(index=True)  # as PartOrder's
    name: Mapped[str] = mapped_column(String(120))
    origin: Mapped[PartOrigin] = mapped_column(enum_column(PartOrigin, name="part_origin"))
    supplier: Mapped[str] = mapped_column(String(120), default="")
    serial: Mapped[str | None] = mapped_column(String(60))
    lot: Mapped[str] = mapped_column(String(60), default="", server_default="")
    donor: Mapped[str] = mapped_column(String(120), default="")
    pairing: Mapped[Pairing] = mapped_column(enum_column(Pairing, name="pairing"))
    device_will_show: Mapped[str] = mapped_column(String(300), default="")
    feature_lost: Mapped[str] = mapped_column(String(300), default="", server_default="")
    warranty_days: Mapped[int] = mapped_column(default=0)
    old_part: Mapped[OldPart] = mapped_column(enum_column(OldPart, name="old_part"))
    old_serial: Mapped[str] = mapped_column(String(60), default="", server_default="")
    fitted_at: Mapped[datetime]
    fitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    removed_at: Mapped[datetime | None]
    removed_because: Mapped[str] = mapped_column(String(200), default="")
