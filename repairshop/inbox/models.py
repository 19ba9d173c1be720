"""Texts from customers, who takes care of what, calls made, and the shop's prepared replies."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from repairshop.customers.models import Customer
from repairshop.database import Base, enum_column
from repairshop.inbox.rules import CallOutcome, Handled, InboundKind, ItemKind
from repairshop.notifications.models import OutgoingMessage
from repairshop.tickets.models import Ticket


class InboundMessage(Base):
    """A text from a customer. Without a shop it is nobody's yet."""

    __tablename__ = "inbound_message"
    __table_args__ = (
        Index("ix_inbound_message_shop_id_handled_at", "shop_id", "handled_at"),
        Index("ix_inbound_message_sender", "sender"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[str] = mapped_column(String(64), unique=True)
    shop_id: Mapped[int | None] = mapped_column(ForeignKey("shop.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    sender: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)
    kind: Mapped[InboundKind] = mapped_column(enum_column(InboundKind, name="inbound_kind"))
    received_at: Mapped[datetime]
    # How many pictures came along; their addresses are the provider's and are not kept.
    pictures: Mapped[int] = mapped_column(default=0)
    handled_at: Mapped[datetime | None]
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    handled_how: Mapped[Handled | None] = mapped_column(enum_column(Handled, name="handled_how"))
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("outgoing_message.id"), index=True)
    moved_at: Mapped[datetime | None]  # when somebody said whose it is
    moved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    ticket: Mapped[Ticket | None] = relationship()
    customer: Mapped[Customer | None] = relationship()
    answer: Mapped[OutgoingMessage | None] = relationship()


class InboxAssignment(Base):
    """Somebody has taken an item. The item's own row says whether it still waits."""

    __tablename__ = "inbox_assignment"
    __table_args__ = (UniqueConstraint("kind", "source_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    kind: Mapped[ItemKind] = mapped_column(enum_column(ItemKind, name="item_kind"))
    source_id: Mapped[int]  # of inbound_message, question or outgoing_message
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]


class CallAttempt(Base):
    """One call that was made for a message, and what came of it."""

    __tablename__ = "call_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("outgoing_message.id"), index=True)
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    outcome: Mapped[CallOutcome] = mapped_column(enum_column(CallOutcome, name="call_outcome"))
    note: Mapped[str] = mapped_column(String(500), default="")


class CannedReply(Base):
    """A reply the shop has prepared, in one language. Put away, not deleted."""

    __tablename__ = "canned_reply"
    __table_args__ = (Index("ix_canned_reply_shop_id", "shop_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    language: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(String(1000))
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
