"""Reads about tests, findings and conclusions."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from repairshop.catalogue.queries import list_test_items
from repairshop.catalogue.rules import DeviceType, FaultFamily
from repairshop.database import db
from repairshop.diagnostics.models import Conclusion, Finding, FindingPhoto, TestResult, TestRun
from repairshop.diagnostics.rules import MEASURED, Barrier, RunKind, Verdict
from repairshop.staff.models import Staff
from repairshop.tickets.models import TicketPhoto
from repairshop.tickets.stages import Outcome


@dataclass(frozen=True, kw_only=True)
class TestResultRow:
    """One check; `label` goes through gettext."""

    __test__ = False  # not a test of pytest's

    key: str
    label: str
    at_counter: bool
    verdict: Verdict | None = None
    value: str = ""
    unit: str = ""
    note: str = ""
    photo_id: int | None = None

    @property
    def is_measured(self) -> bool:
        return self.key in MEASURED


@dataclass(frozen=True, kw_only=True)
class TestRunRow:
    """One run with its checks in their order."""

    __test__ = False  # not a test of pytest's

    id: int
    kind: RunKind
    list_version: str
    opened_at: datetime
    opened_by: str | None
    closed_at: datetime | None
    closed_by: str | None
    results: tuple[TestResultRow, ...]

    def count(self, verdict: Verdict | None) -> int:
        """How many checks show this; None counts those still open."""
        return sum(1 for result in self.results if result.verdict == verdict)

    @property
    def failed(self) -> tuple[TestResultRow, ...]:
        return tuple(result for result in self.results if result.verdict is Verdict.FAIL)


@dataclass(frozen=True, kw_only=True)
class FindingRow:
    """What was seen, and by whom; `photo_ids` are ticket photos."""

    id: int
    section: FaultFamily
    seen: str
    found_at: datetime
    found_by: str | None
    photo_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class ConclusionRow:
    """How the diagnosis ended without a repair."""

    outcome: Outcome
    barrier: Barrier | None
    note: str
    concluded_at: datetime
    concluded_by: str | None


def list_test_runs(ticket_id: int) -> list[TestRunRow]:
    """Every run, oldest first; two queries however many there are."""
    closer = aliased(Staff)
    runs = db.session.execute(
        select(TestRun, Staff.first_name, closer.first_name)
        .outerjoin(Staff, Staff.id == TestRun.opened_by_id)
        .outerjoin(closer, closer.id == TestRun.closed_by_id)
        .where(TestRun.ticket_id == ticket_id)
        .order_by(TestRun.id)
    ).all()
    results: dict[int, list[TestResultRow]] = defaultdict(list)
    ids = [run.id for run, _, _ in runs]
    query = select(TestResult).where(TestResult.run_id.in_(ids)).order_by(TestResult.position)
    for result in db.session.scalars(query) if ids else ():
        results[result.run_id].append(_result_row(result))
    return [
        TestRunRow(
            id=run.id,
            kind=run.kind,
            list_version=run.list_version,
            opened_at=run.opened_at,
            opened_by=opened_by,
            closed_at=run.closed_at,
            closed_by=closed_by,
            results=tuple(results[run.id]),
        )
        for run, opened_by, closed_by in runs
    ]


def find_run(ticket_id: int, kind: RunKind) -> TestRunRow | None:
    """The latest run of this kind."""
    runs = [run for run in list_test_runs(ticket_id) if run.kind is kind]
    return runs[-1] if runs else None


def list_checks(device_type: DeviceType) -> tuple[TestResultRow, ...]:
    """The checks a run would begin with today, none answered."""
    return tuple(
        TestResultRow(
            key=item.key, label=item.label, at_counter=item.at_counter, unit=MEASURED.get(item.key, "")
        )
        for item in list_test_items(device_type)
    )


def _result_row(result: TestResult) -> TestResultRow:
    return TestResultRow(
        key=result.key,
        label=result.label,
        at_counter=result.at_counter,
        verdict=result.verdict,
        value=result.value,
        unit=result.unit,
        note=result.note,
        photo_id=result.photo_id,
    )


def list_findings(ticket_id: int, *, for_customer: bool = False) -> list[FindingRow]:
    """The findings that stand, oldest first; for customers without the photos kept from them."""
    findings = db.session.execute(
        select(Finding, Staff.first_name)
        .outerjoin(Staff, Staff.id == Finding.found_by_id)
        .where(Finding.ticket_id == ticket_id, Finding.removed_at.is_(None))
        .order_by(Finding.id)
    ).all()
    photos: dict[int, list[int]] = defaultdict(list)
    query = (
        select(FindingPhoto.finding_id, FindingPhoto.photo_id)
        .join(TicketPhoto, TicketPhoto.id == FindingPhoto.photo_id)
        .where(TicketPhoto.ticket_id == ticket_id, TicketPhoto.removed_at.is_(None))
        .order_by(FindingPhoto.photo_id)
    )
    if for_customer:
        query = query.where(TicketPhoto.staff_only.is_(False))
    for finding_id, photo_id in db.session.execute(query) if findings else ():
        photos[finding_id].append(photo_id)
    return [
        FindingRow(
            id=finding.id,
            section=finding.section,
            seen=finding.seen,
            found_at=finding.found_at,
            found_by=found_by,
            photo_ids=tuple(photos[finding.id]),
        )
        for finding, found_by in findings
    ]


def find_conclusion(ticket_id: int) -> ConclusionRow | None:
    """The latest one that stands."""
    row = db.session.execute(
        select(Conclusion, Staff.first_name)
        .outerjoin(Staff, Staff.id == Conclusion.concluded_by_id)
        .where(Conclusion.ticket_id == ticket_id, Conclusion.undone_at.is_(None))
        .order_by(Conclusion.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    conclusion, concluded_by = row
    return ConclusionRow(
        outcome=conclusion.outcome,
        barrier=conclusion.barrier,
        note=conclusion.note,
        concluded_at=conclusion.concluded_at,
        concluded_by=concluded_by,
    )
