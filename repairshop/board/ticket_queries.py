"""Everything the ticket page shows, in a fixed number of statements however long its story is."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    ScalarSelect,
    Select,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from repairshop.board.rules import Terms
from repairshop.customers.models import ContactPoint, Device
from repairshop.customers.rules import ContactKind
from repairshop.database import read
from repairshop.diagnostics.models import Finding, TestResult, TestRun
from repairshop.diagnostics.rules import RunKind, Verdict
from repairshop.errors import NotFound
from repairshop.handover.models import Handover
from repairshop.money import Money
from repairshop.notifications.consent import has_stopped
from repairshop.notifications.rules import Purpose
from repairshop.parts.models import PartFitted, PartOrder
from repairshop.privacy.models import DataAccess, PrivacyTask, TicketTask
from repairshop.privacy.rules import TaskPart, TaskState
from repairshop.quotes.addition_queries import additions_of_decision
from repairshop.quotes.models import Quote, QuoteDecision, QuoteOption
from repairshop.quotes.rules import DecisionKind
from repairshop.staff.models import Membership, Staff
from repairshop.tickets.models import Ticket, Visit
from repairshop.tickets.queries import TicketHead, as_head, head_select
from repairshop.tickets.rules import SymptomCondition
from repairshop.warranty.models import WarrantyTerm

# The large statements are put together once a process: that costs as much as running them.
_TICKET: ColumnElement[int] = bindparam("ticket_id", type_=Integer)


@dataclass(frozen=True, kw_only=True)
class Particulars:
    """What was agreed and written down when the device came in."""

    head: TicketHead
    reported_fault: str
    symptom_condition: SymptomCondition | None
    condition_note: str
    accessories: tuple[str, ...]
    spend_limit: Money | None
    fixed_price: Money | None
    needed_by: str
    outcome_reason: str
    reach_note: str
    colour: str
    imei: str | None
    serial: str | None
    unreadable_because: str
    assignee_name: str | None
    claim_of: str | None  # the reference of the repair that is claimed on
    claim_of_number: str | None
    crew_version: int  # changes with any colleague's name: the story says who did what

    @property
    def terms(self) -> Terms:
        return Terms(
            is_claim=self.head.claim_of_id is not None,
            has_fixed_price=self.fixed_price is not None,
            has_spend_limit=self.spend_limit is not None,
        )


_claimed = aliased(Ticket)
_PARTICULARS = (
    head_select()
    .add_columns(
        Ticket.reported_fault,
        Ticket.symptom_condition,
        Ticket.condition_note,
        Ticket.accessories,
        Ticket.spend_limit_minor,
        Ticket.fixed_price_minor,
        Ticket.needed_by,
        Ticket.outcome_reason,
        Visit.reach_note,
        Device.colour,
        Device.imei,
        Device.serial,
        Device.unreadable_because,
        Staff.first_name.label("assignee_name"),
        _claimed.code.label("claim_of"),
        _claimed.number.label("claim_of_number"),
        select(func.sum(Staff.version))
        .join(Membership, Membership.staff_id == Staff.id)
        .where(Membership.shop_id == Ticket.shop_id)
        .correlate(Ticket)
        .scalar_subquery()
        .label("crew_version"),
    )
    .join(Device, Device.id == Ticket.device_id)
    .outerjoin(Staff, Staff.id == Ticket.assignee_id)
    .outerjoin(_claimed, _claimed.id == Ticket.claim_of_id)
    .where(Ticket.code == bindparam("reference"), Ticket.shop_id == bindparam("shop_id"))
)


def get_particulars(reference: str, *, shop_id: int) -> Particulars:
    """NotFound for unknown references and other shops' tickets alike."""
    row = read(_PARTICULARS, reference=reference, shop_id=shop_id).one_or_none()
    if row is None:
        raise NotFound
    head = as_head(row)
    return Particulars(
        head=head,
        reported_fault=row.reported_fault,
        symptom_condition=row.symptom_condition,
        condition_note=row.condition_note,
        accessories=tuple(row.accessories),
        spend_limit=_money(row.spend_limit_minor, head.currency),
        fixed_price=_money(row.fixed_price_minor, head.currency),
        needed_by=row.needed_by,
        outcome_reason=row.outcome_reason,
        reach_note=row.reach_note or "",
        colour=row.colour,
        imei=row.imei,
        serial=row.serial,
        unreadable_because=row.unreadable_because,
        assignee_name=row.assignee_name,
        claim_of=row.claim_of,
        claim_of_number=f"{row.number_prefix}{row.claim_of_number}" if row.claim_of else None,
        crew_version=row.crew_version or 0,
    )


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor=minor, currency=currency)


@dataclass(frozen=True, kw_only=True)
class ContactRow:
    kind: ContactKind
    shown: str
    value: str
    may_notify: bool
    is_paused: bool  # its SIM is in a device we hold
    opted_out: bool  # no news of repairs goes there

    @property
    def takes_messages(self) -> bool:
        return self.may_notify and not self.is_paused and not self.opted_out


_CONTACTS = (
    select(
        ContactPoint.kind,
        ContactPoint.shown,
        ContactPoint.value,
        ContactPoint.may_notify,
        ContactPoint.sim_in_device_id,
        has_stopped(Purpose.SERVICE).label("opted_out"),
    )
    .where(ContactPoint.customer_id == bindparam("customer_id"), ContactPoint.removed_at.is_(None))
    .order_by(ContactPoint.position, ContactPoint.id)
    .limit(10)
)


def list_contacts(customer_id: int | None) -> list[ContactRow]:
    rows = read(_CONTACTS, customer_id=customer_id)
    return [
        ContactRow(
            kind=row.kind,
            shown=row.shown,
            value=row.value,
            may_notify=row.may_notify,
            is_paused=row.sim_in_device_id is not None,
            opted_out=row.opted_out,
        )
        for row in rows
    ]


@dataclass(frozen=True, kw_only=True)
class PartLine:
    """A part that is on order, or one that is in the device."""

    name: str
    is_fitted: bool
    expected_on: date | None


def list_part_lines(ticket_id: int) -> list[PartLine]:
    """What is still on order first, in one statement."""
    found = read(_part_statement(), ticket_id=ticket_id)
    return [PartLine(name=row.name, is_fitted=row.is_fitted, expected_on=row.expected_on) for row in found]


@cache
def _part_statement() -> Select[*tuple[Any, ...]]:
    ordered = select(
        PartOrder.id, PartOrder.name, literal(False).label("is_fitted"), PartOrder.expected_on
    ).where(PartOrder.ticket_id == _TICKET, PartOrder.arrived_at.is_(None), PartOrder.cancelled_at.is_(None))
    fitted = select(
        PartFitted.id,
        PartFitted.name,
        literal(True).label("is_fitted"),
        cast(null(), Date).label("expected_on"),
    ).where(PartFitted.ticket_id == _TICKET, PartFitted.removed_at.is_(None))
    rows = union_all(ordered, fitted).subquery("parts")
    return select(rows).order_by(rows.c.is_fitted, rows.c.id).limit(50)


@dataclass(frozen=True, kw_only=True)
class QuoteSummary:
    """The newest version that went out, and the last thing that happened to it."""

    version: int
    sent_at: datetime
    valid_until: date
    options: int
    price: Money  # of the cheapest option
    at_most: Money  # of the dearest
    decision: DecisionKind | None
    decided_at: datetime | None
    agreed: Money | None
    added: Money  # added inside the spend limit; part of `agreed`


def find_quote(ticket_id: int) -> QuoteSummary | None:
    row = read(_quote_statement(), ticket_id=ticket_id).one_or_none()
    if row is None:
        return None
    return QuoteSummary(
        version=row.version,
        sent_at=row.sent_at,
        valid_until=row.valid_until,
        options=row.options,
        price=Money(minor=row.price_minor, currency=row.currency),
        at_most=Money(minor=row.at_most_minor, currency=row.currency),
        decision=row.kind,
        decided_at=row.decided_at,
        agreed=_money(row.agreed_minor, row.currency),
        added=Money(minor=row.added_minor, currency=row.currency),
    )


@cache
def _quote_statement() -> Select[*tuple[Any, ...]]:
    other = aliased(QuoteDecision)
    stands = (other.quote_id == Quote.id, other.undone_at.is_(None))
    unsent = select(other.id).where(*stands, other.kind == DecisionKind.UNSENT).exists()
    latest = select(func.max(other.id)).where(*stands).correlate(Quote).scalar_subquery()
    return (
        select(
            Quote.version,
            Quote.sent_at,
            Quote.valid_until,
            Quote.currency,
            _of_options(func.count()).label("options"),
            _of_options(func.min(QuoteOption.price_minor)).label("price_minor"),
            _of_options(func.max(QuoteOption.at_most_minor)).label("at_most_minor"),
            QuoteDecision.kind,
            QuoteDecision.decided_at,
            (QuoteDecision.price_minor + additions_of_decision()).label("agreed_minor"),
            additions_of_decision().label("added_minor"),
        )
        .outerjoin(QuoteDecision, QuoteDecision.id == latest)
        .where(Quote.ticket_id == _TICKET, ~unsent)
        .order_by(Quote.version.desc())
        .limit(1)
    )


def _of_options(figure: ColumnElement[int]) -> ScalarSelect[int]:
    return select(figure).where(QuoteOption.quote_id == Quote.id).correlate(Quote).scalar_subquery()


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far the protocol, the tests and the rest of the job are, as numbers and times."""

    has_tasks: bool
    tasks_open: int  # of those the customer is needed for
    openings: int
    open_access_id: int | None
    open_access_ends_at: datetime | None
    tests_before_at: datetime | None
    tests_after_at: datetime | None
    tests_failed: int
    findings: int
    handed_over_at: datetime | None
    warranty_ends_on: date | None


def get_progress(ticket_id: int) -> Progress:
    """One statement of small look-ups, each by the ticket's index."""
    row = read(_progress_statement(), ticket_id=ticket_id).one()
    return Progress(
        has_tasks=row[0] > 0,
        tasks_open=row[1],
        openings=row[2],
        open_access_id=row[3],
        open_access_ends_at=row[4],
        tests_before_at=row[5],
        tests_after_at=row[6],
        tests_failed=row[7],
        findings=row[8],
        handed_over_at=row[9],
        warranty_ends_on=row[10],
    )


@cache
def _progress_statement() -> Select[*tuple[Any, ...]]:
    return select(
        *_privacy_progress(),
        *_test_progress(),
        _one(func.max(Handover.at), Handover.ticket_id == _TICKET, Handover.void_at.is_(None)),
        _one(func.max(WarrantyTerm.ends_on), WarrantyTerm.ticket_id == _TICKET),
    )


def _one(value: ColumnElement[Any], *where: ColumnElement[bool]) -> Any:
    return select(value).where(*where).scalar_subquery()


def _privacy_progress() -> tuple[Any, ...]:
    tasks, opening = TicketTask.ticket_id == _TICKET, DataAccess.ticket_id == _TICKET
    running = DataAccess.closed_at.is_(None)
    return (
        _one(func.count(TicketTask.id), tasks),
        _one(
            func.count(TicketTask.id),
            tasks,
            TicketTask.task_id == PrivacyTask.id,
            TicketTask.state == TaskState.OPEN,
            PrivacyTask.part == TaskPart.CUSTOMER_PRESENT,
            PrivacyTask.optional.is_(False),
        ),
        _one(func.count(DataAccess.id), opening),
        _one(func.max(DataAccess.id), opening, running),
        _one(func.max(DataAccess.ends_at), opening, running),
    )


def _test_progress() -> tuple[Any, ...]:
    latest = _one(func.max(TestRun.id), TestRun.ticket_id == _TICKET)
    closed = [
        _one(func.max(TestRun.closed_at), TestRun.ticket_id == _TICKET, TestRun.kind == kind)
        for kind in (RunKind.BEFORE, RunKind.AFTER)
    ]
    return (
        *closed,
        _one(func.count(TestResult.id), TestResult.run_id == latest, TestResult.verdict == Verdict.FAIL),
        _one(func.count(Finding.id), Finding.ticket_id == _TICKET, Finding.removed_at.is_(None)),
    )
