"""Task lists as data, their answers on a ticket, notices, and openings of a customer's data."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from repairshop.catalogue.rules import DeviceType
from repairshop.database import Base, enum_column
from repairshop.privacy.openings import Opened, PurgeReason
from repairshop.privacy.rules import (
    Choice,
    TaskKind,
    TaskPart,
    TaskState,
    Way,
    WipeCheck,
    WipeDestination,
    WipeMethod,
)
from repairshop.privacy.vault import PasscodeKind
from repairshop.staff.rules import Role


class PrivacyNotice(Base):
    """One version of what a shop tells customers before they hand a device over. Never changed."""

    __tablename__ = "privacy_notice"
    __table_args__ = (
        UniqueConstraint("shop_id", "version"),
        CheckConstraint("version >= 1", name="version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    version: Mapped[int]
    text: Mapped[str] = mapped_column(Text)  # paragraphs; an English message id where it is the standard one
    own: Mapped[dict[str, Any]] = mapped_column(default=dict)  # language -> the shop's own paragraphs
    created_at: Mapped[datetime]
    published_by_id: Mapped[int | None]  # None for the standard one


class PrivacyTaskList(Base):
    """One version of a shop's list for a device type. Never changed: old tickets keep theirs."""

    __tablename__ = "privacy_task_list"
    __table_args__ = (
        UniqueConstraint("shop_id", "device_type", "version"),
        CheckConstraint("version >= 1", name="version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    device_type: Mapped[DeviceType] = mapped_column(enum_column(DeviceType, name="device_type"))
    version: Mapped[int]
    created_at: Mapped[datetime]
    published_by_id: Mapped[int | None]  # None for the standard one

    tasks: Mapped[list["PrivacyTask"]] = relationship(
        back_populates="task_list", order_by="PrivacyTask.position"
    )


class PrivacyListDraft(Base):
    """The next version of a list while a manager writes it; `tasks` are wording.kept()."""

    __tablename__ = "privacy_list_draft"
    __table_args__ = (UniqueConstraint("shop_id", "device_type"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    device_type: Mapped[DeviceType] = mapped_column(enum_column(DeviceType, name="device_type"))
    tasks: Mapped[list[Any]]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class PrivacyTask(Base):
    """A task of a list. Words are English message ids; the shop's own, by language, stand beside them."""

    __tablename__ = "privacy_task"
    __table_args__ = (UniqueConstraint("task_list_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    task_list_id: Mapped[int] = mapped_column(ForeignKey("privacy_task_list.id"))
    position: Mapped[int]
    kind: Mapped[TaskKind] = mapped_column(enum_column(TaskKind, name="kind"))
    part: Mapped[TaskPart] = mapped_column(enum_column(TaskPart, name="part"))
    optional: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str] = mapped_column(String(120))
    staff_words: Mapped[str] = mapped_column(String(600), default="")
    customer_words: Mapped[str] = mapped_column(String(600), default="")
    # [{"key", "words", "customer", "steps", "brands", "offered", "own"}], see wording.ListChoice
    choices: Mapped[list[Any]]
    own: Mapped[dict[str, Any]] = mapped_column(default=dict)  # language -> title, staff_words, …

    task_list: Mapped[PrivacyTaskList] = relationship(back_populates="tasks")


class TicketTask(Base):
    """A task of a ticket's list with its answer. The chain holds the salted digest of the words."""

    __tablename__ = "ticket_task"
    __table_args__ = (
        UniqueConstraint("ticket_id", "task_id"),
        CheckConstraint("state = 'open' OR answered_at IS NOT NULL", name="answered"),
        CheckConstraint("state <> 'done' OR choice IS NOT NULL", name="choice_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    task_id: Mapped[int] = mapped_column(ForeignKey("privacy_task.id"))
    state: Mapped[TaskState] = mapped_column(enum_column(TaskState, name="state"), default=TaskState.OPEN)
    choice: Mapped[Choice | None] = mapped_column(enum_column(Choice, name="choice"))
    reason: Mapped[str] = mapped_column(String(500), default="")
    reason_salt: Mapped[str] = mapped_column(String(32), default="")
    seal: Mapped[str] = mapped_column(String(40), default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("privacy_notice.id"))
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    way: Mapped[str] = mapped_column(String(20), default=Way.STAFF.value)

    task: Mapped[PrivacyTask] = relationship()


class DataAccess(Base):
    """One opening of the customer's data: who, why, how long. The customer reads it."""

    __tablename__ = "data_access"
    __table_args__ = (
        CheckConstraint("closed_at IS NULL OR closed_at >= opened_at", name="order"),
        Index("ix_data_access_closed_at_ends_at", "closed_at", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    opened: Mapped[Opened] = mapped_column(
        enum_column(Opened, name="opened"), default=Opened.DATA, server_default=Opened.DATA.value
    )
    reason: Mapped[str] = mapped_column(String(300))
    reason_salt: Mapped[str] = mapped_column(String(32))
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    opened_by_role: Mapped[str] = mapped_column(String(20), default="")
    ends_at: Mapped[datetime]  # when it closes by itself
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # None: by itself


class VaultSecret(Base):
    """A passcode, encrypted. Its key lies in the key store; a purge empties both and leaves this row."""

    __tablename__ = "vault_secret"
    __table_args__ = (
        CheckConstraint("(purged_at IS NULL) = (purged_because IS NULL)", name="purged"),
        CheckConstraint("purged_at IS NULL OR length(ciphertext) = 0", name="emptied"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    kind: Mapped[PasscodeKind] = mapped_column(enum_column(PasscodeKind, name="kind"))
    name: Mapped[str] = mapped_column(String(32), unique=True)  # of its key in the key store
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    stored_at: Mapped[datetime]
    stored_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    purged_at: Mapped[datetime | None]
    purged_because: Mapped[PurgeReason | None] = mapped_column(
        enum_column(PurgeReason, name="purged_because")
    )


class WipeCertificate(Base):
    """What was erased, how, with what, and how it was checked (NIST SP 800-88). Never changed."""

    __tablename__ = "wipe_certificate"
    __table_args__ = (CheckConstraint("(ticket_id IS NULL) <> (loaner_id IS NULL)", name="of_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    loaner_id: Mapped[int | None] = mapped_column(ForeignKey("loaner.id"), index=True)
    media_type: Mapped[str] = mapped_column(String(80))
    media_serial: Mapped[str] = mapped_column(String(80), default="")
    method: Mapped[WipeMethod] = mapped_column(enum_column(WipeMethod, name="method"))
    technique: Mapped[str] = mapped_column(String(120))
    tool: Mapped[str] = mapped_column(String(120))
    # None on certificates from before it was asked.
    check: Mapped[WipeCheck | None] = mapped_column("checked", enum_column(WipeCheck, name="wipe_check"))
    verification: Mapped[str] = mapped_column(String(200))
    destination: Mapped[WipeDestination | None] = mapped_column(
        enum_column(WipeDestination, name="wipe_destination")
    )
    destination_note: Mapped[str] = mapped_column(String(120), default="", server_default="")
    salt: Mapped[str] = mapped_column(String(32))  # "" where no history holds a digest
    done_at: Mapped[datetime]
    done_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    done_by_role: Mapped[Role | None] = mapped_column(enum_column(Role, name="wipe_done_by_role"))


class WipeConfirmation(Base):
    """A second person found nothing left."""

    __tablename__ = "wipe_confirmation"

    certificate_id: Mapped[int] = mapped_column(ForeignKey("wipe_certificate.id"), primary_key=True)
    confirmed_at: Mapped[datetime]
    confirmed_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    confirmed_by_role: Mapped[Role | None] = mapped_column(enum_column(Role, name="wipe_confirmed_by_role"))
