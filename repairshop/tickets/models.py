"""Visits, tickets, moves, history, custody, and what hangs on a ticket."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from repairshop.catalogue.rules import DeviceType
from repairshop.customers.models import Customer, Device
from repairshop.database import Base, enum_column
from repairshop.staff.rules import ActorKind
from repairshop.tickets.rules import Holder, LinkOrigin, PhotoStep, SignaturePurpose, SymptomCondition
from repairshop.tickets.stages import Outcome, Stage, Verb


class Visit(Base):
    """One drop-off by one customer: one or more tickets, one receipt, one portal page."""

    __tablename__ = "visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    created_at: Mapped[datetime]
    # How the customer can be reached while we have the device, in their own words.
    reach_note: Mapped[str] = mapped_column(String(300), default="")

    customer: Mapped[Customer] = relationship()
    tickets: Mapped[list["Ticket"]] = relationship(back_populates="visit", order_by="Ticket.id")


class Ticket(Base):
    """One device, one job. `stage` is written by tickets.service.move_ticket and nowhere else."""

    __tablename__ = "ticket"
    __table_args__ = (
        UniqueConstraint("shop_id", "number"),
        UniqueConstraint("shop_id", "source", "source_id"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("length(code) = 9", name="code"),
        CheckConstraint("spend_limit_minor IS NULL OR spend_limit_minor >= 0", name="spend_limit"),
        CheckConstraint("fixed_price_minor IS NULL OR fixed_price_minor >= 0", name="fixed_price"),
        CheckConstraint("visit_id IS NOT NULL OR source IS NOT NULL", name="visit_or_source"),
        Index("ix_ticket_shop_id_stage", "shop_id", "stage"),
        Index("ix_ticket_shop_id_changed_at", "shop_id", "changed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    number: Mapped[int]
    code: Mapped[str] = mapped_column(String(9), unique=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    claim_of_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)

    stage: Mapped[Stage] = mapped_column(enum_column(Stage, name="stage"))
    stage_since: Mapped[datetime]
    stage_version: Mapped[int] = mapped_column(default=1)  # counts moves and undos; forms carry it
    outcome: Mapped[Outcome | None] = mapped_column(enum_column(Outcome, name="outcome"))
    outcome_reason: Mapped[str] = mapped_column(String(300), default="")
    due_at: Mapped[datetime | None]  # the promise in force; promises.service writes it
    opened_at: Mapped[datetime]
    checked_in_at: Mapped[datetime | None]  # None while the check-in is open
    closed_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]

    # Kept beside the ids so that a card or a text needs no other table.
    device_type: Mapped[DeviceType] = mapped_column(enum_column(DeviceType, name="device_type"))
    device_label: Mapped[str] = mapped_column(String(210))
    fault_key: Mapped[str] = mapped_column(String(40), default="")
    fault_label: Mapped[str] = mapped_column(String(120), default="")
    reported_fault: Mapped[str] = mapped_column(String(2000), default="")
    # When the customer sees it; None where nobody asked.
    symptom_condition: Mapped[SymptomCondition | None] = mapped_column(
        enum_column(SymptomCondition, name="symptom_condition")
    )
    condition_note: Mapped[str] = mapped_column(String(2000), default="")
    accessories: Mapped[list[Any]] = mapped_column(default=list)  # names, as the customer sees them
    spend_limit_minor: Mapped[int | None]
    fixed_price_minor: Mapped[int | None]
    needed_by: Mapped[str] = mapped_column(String(120), default="")
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    holder: Mapped[Holder] = mapped_column(enum_column(Holder, name="holder"))
    holder_label: Mapped[str] = mapped_column(String(120), default="")
    holder_since: Mapped[datetime]

    source: Mapped[str | None] = mapped_column(String(20))  # imports only, "ords"
    source_id: Mapped[str | None] = mapped_column(String(60))

    history_seq: Mapped[int] = mapped_column(default=0)
    history_hash: Mapped[str] = mapped_column(String(64), default="")
    version: Mapped[int] = mapped_column(default=1)

    visit: Mapped[Visit | None] = relationship(back_populates="tickets")
    device: Mapped[Device] = relationship()

    __mapper_args__ = {"version_id_col": version}


class TicketMove(Base):
    """One stage change. `previous` holds what undo restores on the ticket."""

    __tablename__ = "ticket_move"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    verb: Mapped[Verb] = mapped_column(enum_column(Verb, name="verb"))
    origin: Mapped[Stage | None] = mapped_column(enum_column(Stage, name="origin"))
    target: Mapped[Stage] = mapped_column(enum_column(Stage, name="target"))
    at: Mapped[datetime]
    actor_kind: Mapped[ActorKind] = mapped_column(enum_column(ActorKind, name="actor_kind"))
    actor_id: Mapped[int | None]
    history_seq: Mapped[int]
    undo_until: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    previous: Mapped[dict[str, Any]] = mapped_column(default=dict)


class HistoryEntry(Base):
    """One act in a ticket's chain. Triggers refuse update and delete."""

    __tablename__ = "history"
    __table_args__ = (UniqueConstraint("ticket_id", "seq"), CheckConstraint("seq >= 1", name="seq"))

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    seq: Mapped[int]
    move_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_move.id"), index=True)
    at: Mapped[datetime]
    actor_kind: Mapped[ActorKind] = mapped_column(enum_column(ActorKind, name="actor_kind"))
    actor_id: Mapped[int | None]
    act: Mapped[str] = mapped_column(String(40))
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class DayHead(Base):
    """A shop's published head of one local day."""

    __tablename__ = "day_head"
    __table_args__ = (UniqueConstraint("shop_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    day: Mapped[str] = mapped_column(String(10))
    head: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class TicketNote(Base):
    """A staff note. The chain holds its salted digest; text and salt die together."""

    __tablename__ = "ticket_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    text: Mapped[str] = mapped_column(String(4000))
    salt: Mapped[str] = mapped_column(String(32))
    for_customer: Mapped[bool] = mapped_column(default=False)


class TicketPhoto(Base):
    """A photo taken inside the step that needed it."""

    __tablename__ = "ticket_photo"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"), index=True)
    step: Mapped[PhotoStep] = mapped_column(enum_column(PhotoStep, name="photo_step"))
    caption: Mapped[str] = mapped_column(String(200), default="")
    # Kept from the customer's page and report: it may show their data.
    staff_only: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    removed_at: Mapped[datetime | None]
    removed_because: Mapped[str] = mapped_column(String(200), default="")


class Custody(Base):
    """One hand-to-hand step of the device or of something that came with it."""

    __tablename__ = "custody"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    item: Mapped[str] = mapped_column(String(120), default="device")
    from_holder: Mapped[Holder | None] = mapped_column(enum_column(Holder, name="from_holder"))
    from_label: Mapped[str] = mapped_column(String(120), default="")
    to_holder: Mapped[Holder] = mapped_column(enum_column(Holder, name="to_holder"))
    to_label: Mapped[str] = mapped_column(String(120), default="")
    salt: Mapped[str] = mapped_column(String(32), default="", server_default="")
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class Signature(Base):
    """The customer's hand: drawn (media) or a typed name with a tick."""

    __tablename__ = "signature"

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    purpose: Mapped[SignaturePurpose] = mapped_column(enum_column(SignaturePurpose, name="purpose"))
    name: Mapped[str] = mapped_column(String(120))
    media_id: Mapped[int | None] = mapped_column(ForeignKey("media.id"))
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    void_at: Mapped[datetime | None]  # when the move it belonged to was undone


class Question(Base):
    """A customer's question: a flag with an age; it moves nothing."""

    __tablename__ = "question"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    asked_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(String(2000))
    answered_at: Mapped[datetime | None] = mapped_column(index=True)
    answer: Mapped[str] = mapped_column(String(2000), default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class PortalLink(Base):
    """One link per visit, person and origin; its token is computed, never stored."""

    __tablename__ = "portal_link"
    __table_args__ = (UniqueConstraint("visit_id", "customer_id", "origin"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    origin: Mapped[LinkOrigin] = mapped_column(enum_column(LinkOrigin, name="link_origin"))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
