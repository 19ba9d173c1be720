"""Reads about tests, findings and conclusions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import aliased

from repairshop.catalogue.queries import PresetRow, list_fault_presets
from repairshop.catalogue.rules import DeviceType, FaultFamily, Measure
from repairshop.database import db
from repairshop.diagnostics.checks import ListTest
from repairshop.diagnostics.list_queries import RunList, list_in_force, lists_of_runs
from repairshop.diagnostics.models import Conclusion, Finding, FindingPhoto, TestPhoto, TestResult, TestRun
from repairshop.diagnostics.rules import (
    MEASURED_BEFORE_LISTS,
    Barrier,
    Defect,
    FaultCause,
    RunKind,
    Verdict,
    outside_limits,
)
from repairshop.diagnostics.suggestions import Suggestion, suggest
from repairshop.parts.catalogue_queries import PartRow, device_of, search_parts
from repairshop.staff.models import Staff
from repairshop.staff.rules import ShopId
from repairshop.tickets.models import Ticket, TicketPhoto
from repairshop.tickets.queries import TicketHead
from repairshop.tickets.rules import SymptomCondition
from repairshop.tickets.stages import Outcome

_MOST_PARTS = 100  # that fit one device; those of each place are picked from them


@dataclass(frozen=True, kw_only=True)
class TestResultRow:
    """One check in the words of its list: `label` and `how` go through the filter `translated`."""

    __test__ = False  # not a test of pytest's

    key: str
    label: str
    at_counter: bool
    how: str = ""
    measure: Measure | None = None
    unit: str = ""
    lowest: Decimal | None = None
    highest: Decimal | None = None
    points_to: tuple[FaultFamily, ...] = ()
    verdict: Verdict | None = None
    value: str = ""
    note: str = ""
    photo_ids: tuple[int, ...] = ()

    @property
    def is_measured(self) -> bool:
        return self.measure is not None

    @property
    def is_outside(self) -> bool:
        """A value outside its limits proposes a fail."""
        return outside_limits(self, self.value)


@dataclass(frozen=True, kw_only=True)
class TestRunRow:
    """One run with its checks in their order."""

    __test__ = False  # not a test of pytest's

    id: int
    kind: RunKind
    list_version: int | None  # None for a run begun before lists had versions
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
    defect: Defect | None
    cause: FaultCause | None
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


@dataclass(frozen=True, kw_only=True)
class Symptom:
    """What the customer sees and when: theirs to say, whatever is found."""

    words: str
    condition: SymptomCondition | None


def get_symptom(ticket_id: int) -> Symptom:
    words, condition = db.session.execute(
        select(Ticket.reported_fault, Ticket.symptom_condition).where(Ticket.id == ticket_id)
    ).one()
    return Symptom(words=words, condition=condition)


def list_test_runs(ticket_id: int, *, for_customer: bool = False) -> list[TestRunRow]:
    """Every run, oldest first; for customers without the photos kept from them.

    Five queries however many there are.
    """
    closer = aliased(Staff)
    runs = db.session.execute(
        select(TestRun, Staff.first_name, closer.first_name)
        .outerjoin(Staff, Staff.id == TestRun.opened_by_id)
        .outerjoin(closer, closer.id == TestRun.closed_by_id)
        .where(TestRun.ticket_id == ticket_id)
        .order_by(TestRun.id)
    ).all()
    lists = lists_of_runs(run.list_id for run, _, _ in runs)
    results = _results([run for run, _, _ in runs], lists, for_customer=for_customer)
    return [
        TestRunRow(
            id=run.id,
            kind=run.kind,
            list_version=lists[run.list_id].version if run.list_id else None,
            opened_at=run.opened_at,
            opened_by=opened_by,
            closed_at=run.closed_at,
            closed_by=closed_by,
            results=tuple(results[run.id]),
        )
        for run, opened_by, closed_by in runs
    ]


def _results(
    runs: Sequence[TestRun], lists: Mapping[int, RunList], *, for_customer: bool
) -> dict[int, list[TestResultRow]]:
    """By run, its checks in their order, each in the words of the run's own list."""
    found: dict[int, list[TestResultRow]] = defaultdict(list)
    if not runs:
        return found
    ids = [run.id for run in runs]
    photos: dict[int, list[int]] = defaultdict(list)
    taken = (
        select(TestPhoto.result_id, TestPhoto.photo_id)
        .join(TestResult, TestResult.id == TestPhoto.result_id)
        .join(TicketPhoto, TicketPhoto.id == TestPhoto.photo_id)
        .where(TestResult.run_id.in_(ids), TicketPhoto.removed_at.is_(None))
        .order_by(TestPhoto.photo_id)
    )
    if for_customer:
        taken = taken.where(TicketPhoto.staff_only.is_(False))
    for result_id, photo_id in db.session.execute(taken):
        photos[result_id].append(photo_id)
    list_of = {run.id: lists[run.list_id].tests if run.list_id else {} for run in runs}
    query = select(TestResult).where(TestResult.run_id.in_(ids)).order_by(TestResult.position)
    for result in db.session.scalars(query):
        row = _result_row(result, list_of[result.run_id].get(result.key))
        found[result.run_id].append(replace(row, photo_ids=tuple(photos[result.id])))
    return found


def find_run(ticket_id: int, kind: RunKind) -> TestRunRow | None:
    """The latest run of this kind."""
    runs = [run for run in list_test_runs(ticket_id) if run.kind is kind]
    return runs[-1] if runs else None


def list_suggestions(
    run: TestRunRow | None, head: TicketHead
) -> list[Suggestion[TestResultRow, PresetRow, PartRow]]:
    """Where a run's failed checks say the fault may be, what is mended there and with which parts."""
    if run is None or not run.failed:
        return []
    presets = list_fault_presets(head.device_type, shop_id=ShopId(head.shop_id), currency=head.currency)
    parts = search_parts(head.shop_id, device=device_of(head.id), limit=_MOST_PARTS)
    return suggest(run.failed, presets, parts)


def list_checks(device_type: DeviceType, *, shop_id: int) -> tuple[TestResultRow, ...]:
    """The checks a run would begin with today, none answered."""
    return tuple(_check_row(test) for test in list_in_force(shop_id, device_type))


def _check_row(test: ListTest) -> TestResultRow:
    return TestResultRow(
        key=test.key,
        label=test.said("label"),
        at_counter=test.at_counter,
        how=test.said("how"),
        measure=test.measure,
        unit=test.unit,
        lowest=test.lowest,
        highest=test.highest,
        points_to=test.points_to,
    )


def _result_row(result: TestResult, test: ListTest | None) -> TestResultRow:
    """The list says what is asked; a run without one has only its own copies."""
    if test is not None:
        row = _check_row(test)
    else:
        row = TestResultRow(
            key=result.key,
            label=result.label,
            at_counter=result.at_counter,
            measure=Measure.TEXT if result.key in MEASURED_BEFORE_LISTS else None,
            unit=result.unit,
        )
    return replace(row, verdict=result.verdict, value=result.value, note=result.note)


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
            defect=finding.defect,
            cause=finding.cause,
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
