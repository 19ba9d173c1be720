"""A working draft per ticket, sent quotes that triggers keep as they are, and every decision about them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from repairshop.database import Base, enum_column
from repairshop.parts.rules import PartOrigin
from repairshop.quotes.rules import Channel, DecisionKind, DeclineReason, QuoteKind
from repairshop.quotes.terms import DatesBasis, LineKind
from repairshop.staff.rules import ActorKind

# Without a CHECK: a table that triggers watch is not made anew for one more member.
_BASIS = Enum(
    DatesBasis,
    native_enum=False,
    create_constraint=False,
    values_callable=lambda members: [member.value for member in members],
    length=20,
)


class FeeTold(Base):
    """The diagnosis fee that was told when the device came in: how much, when and by whom."""

    __tablename__ = "fee_told"
    __table_args__ = (CheckConstraint("fee_minor > 0", name="fee"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    fee_minor: Mapped[int]
    told_at: Mapped[datetime]
    told_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class QuoteDraft(Base):
    """What the next version will say. It stays after sending, so that the next one starts from it."""

    __tablename__ = "quote_draft"
    __table_args__ = (CheckConstraint("diagnosis_fee_minor >= 0", name="diagnosis_fee"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    earliest: Mapped[date | None]
    latest: Mapped[date | None]
    dates_basis: Mapped[DatesBasis | None] = mapped_column(_BASIS)
    valid_until: Mapped[date | None]  # None: as many days as the shop's setting says
    diagnosis_fee_minor: Mapped[int] = mapped_column(default=0)
    diagnosis_fee_told_at: Mapped[datetime | None]
    like_new_minor: Mapped[int | None]
    message: Mapped[str] = mapped_column(String(2000), default="")
    form: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")  # FormExtras
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    version: Mapped[int] = mapped_column(default=1)

    options: Mapped[list["QuoteDraftOption"]] = relationship(
        order_by="QuoteDraftOption.position", cascade="all, delete-orphan"
    )
    lines: Mapped[list["QuoteDraftLine"]] = relationship(
        order_by="QuoteDraftLine.position", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version}


class QuoteDraftOption(Base):
    """One of the ways that will stand side by side; a draft of a single way has one row."""

    __tablename__ = "quote_draft_option"
    __table_args__ = (CheckConstraint("at_most_minor IS NULL OR at_most_minor >= 0", name="at_most"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("quote_draft.ticket_id"), index=True)
    position: Mapped[int]
    label: Mapped[str] = mapped_column(String(120), default="")
    at_most_minor: Mapped[int | None]  # None: the price itself


class QuoteDraftLine(Base):
    """A line of the option at `option_position`; `position` counts through all options."""

    __tablename__ = "quote_draft_line"
    __table_args__ = (
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("unit_price_minor >= 0", name="unit_price"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("quote_draft.ticket_id"), index=True)
    option_position: Mapped[int] = mapped_column(default=0, server_default="0")
    position: Mapped[int]
    kind: Mapped[LineKind] = mapped_column(enum_column(LineKind, name="kind"))
    description: Mapped[str] = mapped_column(String(200), default="")
    quantity: Mapped[int] = mapped_column(default=1)
    unit_price_minor: Mapped[int] = mapped_column(default=0)
    optional: Mapped[bool] = mapped_column(default=False)
    origin: Mapped[PartOrigin | None] = mapped_column(enum_column(PartOrigin, name="origin"))
    device_will_show: Mapped[str] = mapped_column(String(300), default="")
    minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    hourly_rate_minor: Mapped[int | None]
    feature_lost: Mapped[str] = mapped_column(String(300), default="", server_default="")
    source: Mapped[str] = mapped_column(String(300), default="", server_default="")
    warranty_days: Mapped[int] = mapped_column(default=0, server_default="0")
    part_id: Mapped[int | None]  # of the catalogue; parts are retired, never deleted


class Quote(Base):
    """A version the customer was sent. Triggers refuse update and delete."""

    __tablename__ = "quote"
    __table_args__ = (
        UniqueConstraint("ticket_id", "version"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("latest >= earliest", name="dates"),
        CheckConstraint("diagnosis_fee_minor >= 0", name="diagnosis_fee"),
        CheckConstraint("length(hash) = 64", name="hash"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    version: Mapped[int]
    kind: Mapped[QuoteKind] = mapped_column(enum_column(QuoteKind, name="kind"))
    move_id: Mapped[int] = mapped_column(ForeignKey("ticket_move.id"), index=True)
    sent_at: Mapped[datetime]
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    currency: Mapped[str] = mapped_column(String(3))
    tax_name: Mapped[str] = mapped_column(String(20))
    tax_rate_basis_points: Mapped[int]
    earliest: Mapped[date]
    latest: Mapped[date]
    dates_basis: Mapped[DatesBasis | None] = mapped_column(_BASIS)  # None: sent before it was kept
    valid_until: Mapped[date]
    expires_at: Mapped[datetime]
    diagnosis_fee_minor: Mapped[int]
    diagnosis_fee_told_at: Mapped[datetime | None]
    like_new_minor: Mapped[int | None]
    message: Mapped[str] = mapped_column(String(2000))
    hash: Mapped[str] = mapped_column(String(64))

    options: Mapped[list["QuoteOption"]] = relationship(order_by="QuoteOption.position")


class RepairForm(Base):
    """The European Repair Information Form of a sent quote. Triggers refuse every change but erasing.

    Erasing a person empties `facts`; the hash stays, so that a copy in their hands can still be checked.
    """

    __tablename__ = "repair_form"
    __table_args__ = (CheckConstraint("length(hash) = 64", name="hash"),)

    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id"), primary_key=True, autoincrement=False)
    issued_at: Mapped[datetime]
    valid_until: Mapped[date]
    hash: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, Any] | None]


class QuoteOption(Base):
    """One way to do the repair, with its own price and maximum. Triggers refuse update and delete."""

    __tablename__ = "quote_option"
    __table_args__ = (
        UniqueConstraint("quote_id", "position"),
        CheckConstraint("price_minor >= 0 AND at_most_minor >= price_minor", name="price"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id"))
    position: Mapped[int]
    label: Mapped[str] = mapped_column(String(120))
    price_minor: Mapped[int]
    at_most_minor: Mapped[int]

    lines: Mapped[list["SentLine"]] = relationship(order_by="SentLine.position")


class SentLine(Base):
    """A line of an option. Triggers refuse update and delete."""

    __tablename__ = "quote_line"
    __table_args__ = (
        UniqueConstraint("option_id", "position"),
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("unit_price_minor >= 0", name="unit_price"),
        CheckConstraint("kind <> 'part' OR origin IS NOT NULL", name="part_origin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    option_id: Mapped[int] = mapped_column(ForeignKey("quote_option.id"))
    position: Mapped[int]
    kind: Mapped[LineKind] = mapped_column(enum_column(LineKind, name="kind"))
    description: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[int]
    unit_price_minor: Mapped[int]
    optional: Mapped[bool]
    origin: Mapped[PartOrigin | None] = mapped_column(enum_column(PartOrigin, name="origin"))
    device_will_show: Mapped[str] = mapped_column(String(300))
    minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    hourly_rate_minor: Mapped[int | None]
    feature_lost: Mapped[str] = mapped_column(String(300), default="", server_default="")
    source: Mapped[str] = mapped_column(String(300), default="", server_default="")
    warranty_days: Mapped[int] = mapped_column(default=0, server_default="0")
    part_id: Mapped[int | None]  # of the catalogue; parts are retired, never deleted


class QuoteDecision(Base):
    """What somebody decided about a quote, with the evidence. Rows stay; undo only marks them."""

    __tablename__ = "quote_decision"
    __table_args__ = (
        CheckConstraint("kind <> 'approved' OR price_minor IS NOT NULL", name="approved_price"),
        Index("ix_quote_decision_quote_id", "quote_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id"))
    kind: Mapped[DecisionKind] = mapped_column(enum_column(DecisionKind, name="kind"))
    move_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_move.id"), index=True)
    decided_at: Mapped[datetime]
    actor_kind: Mapped[ActorKind] = mapped_column(enum_column(ActorKind, name="actor_kind"))
    actor_id: Mapped[int | None]
    channel: Mapped[Channel | None] = mapped_column(enum_column(Channel, name="channel"))
    consented_by: Mapped[str] = mapped_column(String(120), default="")
    consented_at: Mapped[datetime | None]
    number_called: Mapped[str] = mapped_column(String(40), default="")
    conditions: Mapped[str] = mapped_column(String(1000), default="")
    price_minor: Mapped[int | None]
    at_most_minor: Mapped[int | None]
    decline_reason: Mapped[DeclineReason | None] = mapped_column(
        enum_column(DeclineReason, name="decline_reason")
    )
    note: Mapped[str] = mapped_column(String(1000), default="")
    undone_at: Mapped[datetime | None]


class QuoteDecisionLine(Base):
    """A line the customer said yes to."""

    __tablename__ = "quote_decision_line"

    decision_id: Mapped[int] = mapped_column(ForeignKey("quote_decision.id"), primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("quote_line.id"), primary_key=True, index=True)


class QuoteAddition(Base):
    """Parts or work added during the repair inside the customer's spend limit, with how that is known.

    It counts as long as the approval it was added to. Triggers refuse every change but undoing and erasing.
    """

    __tablename__ = "quote_addition"
    __table_args__ = (
        CheckConstraint("price_minor >= 0 AND agreed_minor >= 0", name="amounts"),
        CheckConstraint("agreed_minor + price_minor <= limit_minor", name="limit"),
        CheckConstraint("length(hash) = 64", name="hash"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("quote_decision.id"), index=True)
    history_seq: Mapped[int]
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    undo_until: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(300))  # what was found, for the customer
    limit_minor: Mapped[int]  # the customer's spend limit then
    agreed_minor: Mapped[int]  # the most it could cost before
    price_minor: Mapped[int]  # of the lines together
    hash: Mapped[str] = mapped_column(String(64))

    lines: Mapped[list["QuoteAdditionLine"]] = relationship(order_by="QuoteAdditionLine.position")


class QuoteAdditionLine(Base):
    """A line of an addition. Triggers refuse update and delete."""

    __tablename__ = "quote_addition_line"
    __table_args__ = (
        UniqueConstraint("addition_id", "position"),
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("unit_price_minor >= 0", name="unit_price"),
        CheckConstraint("kind <> 'part' OR origin IS NOT NULL", name="part_origin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    addition_id: Mapped[int] = mapped_column(ForeignKey("quote_addition.id"))
    position: Mapped[int]
    kind: Mapped[LineKind] = mapped_column(enum_column(LineKind, name="kind"))
    description: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[int]
    unit_price_minor: Mapped[int]
    origin: Mapped[PartOrigin | None] = mapped_column(enum_column(PartOrigin, name="origin"))
    device_will_show: Mapped[str] = mapped_column(String(300))
    minutes: Mapped[int]
    hourly_rate_minor: Mapped[int | None]
    feature_lost: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(String(300))
    warranty_days: Mapped[int]
    part_id: Mapped[int | None]  # of the catalogue; parts are retired, never deleted
