"""Test runs with their results, findings with their photos, and how a diagnosis ended."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from repairshop.catalogue.rules import DeviceType, FaultFamily
from repairshop.database import Base, enum_column
from repairshop.diagnostics.rules import Barrier, RunKind, Verdict
from repairshop.tickets.stages import Outcome


class TestRun(Base):
    """One pass through the device type's checks, copied from the list as it was then."""

    __test__ = False  # not a test of pytest's
    __tablename__ = "test_run"
    __table_args__ = (Index("ix_test_run_ticket_id", "ticket_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[RunKind] = mapped_column(enum_column(RunKind, name="kind"))
    device_type: Mapped[DeviceType] = mapped_column(enum_column(DeviceType, name="device_type"))
    list_version: Mapped[str] = mapped_column(String(12))
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
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_photo.id"))
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    run: Mapped[TestRun] = relationship(back_populates="results")


class Finding(Base):
    """What the technician saw, in words the customer reads. The chain holds its salted digest."""

    __tablename__ = "finding"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    section: Mapped[FaultFamily] = mapped_column(enum_column(FaultFamily, name="section"))
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
