"""Messages out, their attempts, who opted out, and the worker's own rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Dialect,
    Enum,
    ForeignKey,
    Index,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from repairshop.customers.models import Customer
from repairshop.database import Base, enum_column
from repairshop.notifications.rules import Channel, Notice, Purpose, State
from repairshop.tickets.models import Ticket

# Without a CHECK: a new kind of notice is no change of the tables.
_NOTICE = Enum(
    Notice,
    native_enum=False,
    create_constraint=False,
    values_callable=lambda members: [member.value for member in members],
    length=40,
)


class ChannelName(TypeDecorator[Channel]):
    """A channel by its name, whichever there are."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Channel | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Channel | None:  # noqa: ARG002
        return None if value is None else Channel(value)


class OwnText(Base):
    """One version of a text that a shop words itself; the newest is in force. Never changed or removed."""

    __tablename__ = "own_text"
    __table_args__ = (
        UniqueConstraint("shop_id", "key", "channel", "language", "version"),
        CheckConstraint("version >= 1", name="version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    key: Mapped[str] = mapped_column(String(40))  # texts.text_key
    channel: Mapped[Channel] = mapped_column(ChannelName(20))
    language: Mapped[str] = mapped_column(String(8))
    version: Mapped[int]
    is_ours: Mapped[bool] = mapped_column(default=False)  # back to the shipped text; the words are empty
    subject: Mapped[str] = mapped_column(String(200), default="")
    heading: Mapped[str] = mapped_column(String(200), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    restored_from: Mapped[int | None]  # the version whose words these are
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class OutgoingMessage(Base):
    """One message to one person on one channel about one event. Texts hold {link}, never the link."""

    __tablename__ = "outgoing_message"
    __table_args__ = (
        UniqueConstraint("event_key", "channel", "recipient"),
        Index("ix_outgoing_message_state_due_at", "state", "due_at"),
        Index("ix_outgoing_message_visit_id_channel", "visit_id", "channel"),
        Index("ix_outgoing_message_shop_id_state", "shop_id", "state"),
        Index("ix_outgoing_message_recipient_claimed_at", "recipient", "claimed_at"),
        Index("ix_outgoing_message_shop_id_created_at", "shop_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)  # the left side of a mail's Message-ID
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("portal_link.id"))

    event_key: Mapped[str] = mapped_column(String(80))
    notice: Mapped[Notice] = mapped_column(_NOTICE)
    purpose: Mapped[Purpose] = mapped_column(enum_column(Purpose, name="purpose"))
    channel: Mapped[Channel] = mapped_column(ChannelName(40))
    recipient: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(String(200), default="")
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text, default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what the text was made from
    covers: Mapped[list[Any]] = mapped_column(default=list)  # [event key, number, device type, label], …
    first_text: Mapped[str] = mapped_column(Text, default="")  # before it was edited or rendered again
    parts: Mapped[int | None]  # of a text, with a link as long as links get
    cost_hundredths: Mapped[int | None]  # of all parts, hundredths of a minor unit; None: no price known
    edited_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    state: Mapped[State] = mapped_column(enum_column(State, name="state"))
    created_at: Mapped[datetime]
    send_after: Mapped[datetime]
    due_at: Mapped[datetime | None]  # None while only a person can set it going again
    claimed_at: Mapped[datetime | None]
    attempt: Mapped[str | None] = mapped_column(String(32))
    attempts: Mapped[int] = mapped_column(default=0)
    over_limits: Mapped[bool] = mapped_column(default=False, server_default=false())  # a manager let it go
    resent: Mapped[bool] = mapped_column(default=False)
    provider: Mapped[str] = mapped_column(String(20), default="")
    provider_id: Mapped[str | None] = mapped_column(String(140), index=True)
    provider_status: Mapped[str] = mapped_column(String(20), default="")
    error_code: Mapped[str] = mapped_column(String(60), default="")
    accepted_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    superseded_by_id: Mapped[int | None] = mapped_column(ForeignKey("outgoing_message.id"), index=True)
    shared: Mapped[bool] = mapped_column(default=False)  # the one it gave way to speaks for it too
    doubled: Mapped[bool] = mapped_column(default=False)  # the provider reported a second copy

    ticket: Mapped[Ticket | None] = relationship()
    customer: Mapped[Customer | None] = relationship()


class NoticePolicy(Base):
    """What a shop's manager decided about messages; a shop without a row has the usual limits and hours."""

    __tablename__ = "notice_policy"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True)
    quiet_from: Mapped[str] = mapped_column(String(5))  # local time, "21:00"
    quiet_to: Mapped[str] = mapped_column(String(5))
    to_one_number_a_day: Mapped[int]
    a_day: Mapped[int]
    a_month: Mapped[int]
    countries: Mapped[list[Any]]  # ISO 3166 alpha-2; none: see limits.Limits


class SpendCount(Base):
    """How many messages of a channel that costs a shop sent on one of its days."""

    __tablename__ = "spend_count"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True)
    channel: Mapped[Channel] = mapped_column(ChannelName(40), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    sent: Mapped[int]


class SenderPace(Base):
    """When a sender may send again: one row that all workers share."""

    __tablename__ = "sender_pace"

    sender: Mapped[str] = mapped_column(String(60), primary_key=True)
    free_at: Mapped[datetime]


class DeliveryAttempt(Base):
    """One call of a provider, written before it is made; its id rides in the callback's address."""

    __tablename__ = "delivery_attempt"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("outgoing_message.id"), index=True)
    provider: Mapped[str] = mapped_column(String(20), default="")
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ending: Mapped[str] = mapped_column(String(20), default="")  # accepted, refused, lost, returned
    error_code: Mapped[str] = mapped_column(String(60), default="")
    provider_id: Mapped[str | None] = mapped_column(String(140), index=True)
    provider_status: Mapped[str] = mapped_column(String(20), default="")


class ContactConsent(Base):
    """Whether an address wants messages of a purpose. One sender serves all shops, so STOP counts for all."""

    __tablename__ = "contact_consent"
    __table_args__ = (UniqueConstraint("channel", "recipient", "purpose"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(ChannelName(40))
    recipient: Mapped[str] = mapped_column(String(254))
    purpose: Mapped[Purpose] = mapped_column(enum_column(Purpose, name="purpose"))
    opted_out: Mapped[bool]
    source: Mapped[str] = mapped_column(String(20))  # stop, start, provider, staff, portal
    changed_at: Mapped[datetime]


class ConsentChange(Base):
    """One change of what an address wants: who said so, when and why. Never changed."""

    __tablename__ = "consent_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(ChannelName(40))
    recipient: Mapped[str] = mapped_column(String(254), index=True)
    purpose: Mapped[Purpose] = mapped_column(enum_column(Purpose, name="purpose"))
    opted_out: Mapped[bool]
    source: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[str] = mapped_column(String(200), default="")


class WorkerBeat(Base):
    """One worker process: its last sign of life, and the runs it missed, failed or could not start."""

    __tablename__ = "worker_beat"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    host: Mapped[str] = mapped_column(String(120))
    process: Mapped[int]
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    missed: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    overlapped: Mapped[int] = mapped_column(default=0)


class DeliveryMark(Base):
    """A moment that this database has lived through; the newest is kept in the keys' database too.

    `noticed_at` is set where the row was missing: then this is a copy that ended at `copy_of`.
    """

    __tablename__ = "delivery_mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    at: Mapped[datetime]
    noticed_at: Mapped[datetime | None]
    copy_of: Mapped[datetime | None]  # of the newest mark the copy had; None: it had none


class JobDay(Base):
    """A daily job has run on this local day: the row is inserted first, and only one process can."""

    __tablename__ = "job_day"

    job: Mapped[str] = mapped_column(String(60), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    at: Mapped[datetime]
