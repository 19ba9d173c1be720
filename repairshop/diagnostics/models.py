"""Test lists, test runs with their results, findings with their photos, and how a diagnosis ended."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from repairshop.catalogue.rules import DeviceType, FaultFamily
from repairshop.database import Base, enum_column
from repairshop.diagnostics.rules import Barrier, Defect, FaultCause, RunKind, Verdict
from repairshop.tickets.stages import Outcome


class TestList(Base):
    """One version of a shop's tests for a device type. Never changed: runs name theirs."""

    __test__ = False  # not a test of pytest's
    __tablename__ = "test_list"
    __table_args__ = (
        UniqueConstraint("shop_id", "device_type", "version"),
        CheckConstraint("version >= 1", name="version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    device_type: Mapped[DeviceType] = mapped_column(enum_column(DeviceType, name="device_type"))
    version: Mapped[int]
    items: Mapped[list[Any]]  # checks.kept
    fingerprint: Mapped[str] = mapped_column(String(12))  # checks.fingerprint of the items
    created_at: Mapped[datetime]
    published_by_id: Mapped[int | None]  # None for the standard one


class TestListDraft(Base):
    """The next version of a list while a manager writes it; no run sees it."""

    __test__ = False  # not a test of pytest's
    __tablename__ = "test_list_draft"
    __table_args__ = (UniqueConstraint("shop_id", "device_type"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    device_type: Mapped[DeviceType] = mapped_column(enum_column(DeviceType, name="device_type"))
    items: Mapped[list[Any]]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class TestRun(Base):
    """One pass through the device type's checks, copied from the list as it was then."""

    __test__ = False  # not a test of pytest's
    __tablename__ = "test_run"
    __table_args__ = (Index("ix_test_run_ticket_id", "ticket_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[RunKind] = mapped_column(enum_column(RunKind, name="kind"))
    device_type: Mapped[DeviceType] = mapped_column(enum_column(DeviceType, name="device_type"))
    # None for a run begun before lists were data; its checks are then told by their copies alone.
    list_id: Mapped[int | None] = mapped_column(ForeignKey("test_list.id"), index=True)
    list_version: Mapped[str] = mapped_column(String(12))  # the list's fingerprint
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    results: Mapped[list["TestResult"]] = relationship(back_populates="run", order_by="TestResult.position")


class TestResult(Base):
    """One check of a run; the words of the check are kept with it."""

    __test__ = False  # not a test of pytest's
    __tablename__ = "test_result"
    __table_args__ = (
        UniqueConstraint("run_id", "key"),
        CheckConstraint("verdict IS NULL OR answered_at IS NOT NULL", name="answered"),
        CheckConstraint("verdict <> 'not_testable' OR note <> ''", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("test_run.id"))
    position: Mapped[int]
    key: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(120))  # a message id of the catalogue's
    at_counter: Mapped[bool]
    verdict: Mapped[Verdict | None] = mapped_column(enum_column(Verdict, name="verdict"))
    value: Mapped[str] = mapped_column(String(40), default="")
    unit: Mapped[str] = mapped_column(String(10), default="")
    note: Mapped[str] = mapped_column(String(200), default="")
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    run: Mapped[TestRun] = relationship(back_populates="results")


class TestPhoto(Base):
    """A photo that was taken at a check."""

    __test__ = False  # not a test of pytest's
    __tablename__ = "test_photo"

    result_id: Mapped[int] = mapped_column(ForeignKey("test_result.id"), primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("ticket_photo.id"), primary_key=True, index=True)


class Finding(Base):
    """What the technician saw, in words the customer reads. The chain holds its salted digest."""

    __tablename__ = "finding"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    section: Mapped[FaultFamily] = mapped_column(enum_column(FaultFamily, name="section"))
    defect: Mapped[Defect | None] = mapped_column(enum_column(Defect, name="defect"))
    cause: Mapped[FaultCause | None] = mapped_column(enum_column(FaultCause, name="cause"))
    seen: Mapped[str] = mapped_column(String(2000))
    salt: Mapped[str] = mapped_column(String(32))
    found_at: Mapped[datetime]
    found_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    removed_at: Mapped[datetime | None]
    removed_because: Mapped[str] = mapped_column(String(200), default="")


class FindingPhoto(Base):
    """A photo that shows a finding."""

    __tablename__ = "finding_photo"

    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"), primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("ticket_photo.id"), primary_key=True, index=True)


class Conclusion(Base):
    """How a diagnosis ended without a repair: what was tried, or what stands in the way."""

    __tablename__ = "conclusion"
    __table_args__ = (CheckConstraint("outcome <> 'not_repairable' OR barrier IS NOT NULL", name="barrier"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    move_id: Mapped[int] = mapped_column(ForeignKey("ticket_move.id"), index=True)
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome, name="outcome"))
    barrier: Mapped[Barrier | None] = mapped_column(enum_column(Barrier, name="barrier_code"))
    note: Mapped[str] = mapped_column(String(2000))  # shown to the customer
    concluded_at: Mapped[datetime]
    concluded_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    undone_at: Mapped[datetime | None]
