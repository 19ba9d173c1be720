"""One repair as its customer sees it, read in few queries.

The counts come from one statement of scalar subqueries; the lists are read only where a count says that
there is something to show, so a page never asks more than twelve questions of the database.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select

from repairshop import clock
from repairshop.database import db
from repairshop.diagnostics.models import Finding, TestResult, TestRun
from repairshop.diagnostics.queries import FindingRow, list_findings
from repairshop.diagnostics.rules import Verdict
from repairshop.errors import NotFound
from repairshop.feedback.models import FeedbackSetting
from repairshop.feedback.rules import USUAL_STAGES, kind_asked
from repairshop.handover.models import Collector
from repairshop.handover.queries import HandoverRow, get_handover
from repairshop.intake.models import Booking
from repairshop.loaners.models import Loan
from repairshop.loaners.queries import LoanRow, find_loan
from repairshop.money import Money
from repairshop.parts.models import PartFitted, PartOrder
from repairshop.parts.queries import Parts, list_parts
from repairshop.portal.queries import Guest
from repairshop.portal.rules import Closing, Extent, extent_of
from repairshop.privacy.models import DataAccess, PrivacyTask, TicketTask
from repairshop.privacy.rules import Choice, TaskKind
from repairshop.promises.models import PromiseOwed
from repairshop.promises.queries import Promises, get_promises
from repairshop.quotes.addition_queries import additions_of_decision
from repairshop.quotes.models import Quote, QuoteDecision
from repairshop.quotes.queries import get_current_quote
from repairshop.quotes.rows import QuoteRow
from repairshop.quotes.rules import DecisionKind
from repairshop.staff.models import Staff
from repairshop.tickets.models import Custody, Question, Ticket, TicketNote, TicketPhoto
from repairshop.tickets.queries import (
    MoveRow,
    NoteRow,
    TicketHead,
    as_head,
    head_select,
    list_heads_of_visit,
    list_moves,
    list_notes,
)
from repairshop.tickets.stages import Stage
from repairshop.warranty.queries import (
    DecisionRow,
    WarrantyRow,
    find_decision,
    find_ends,
    get_warranty,
    list_covers,
)
from repairshop.warranty.rules import Cover


@dataclass(frozen=True, kw_only=True)
class Counts:
    """The key facts of the page's lines, each a number or a word."""

    openings: int
    credential: Choice | None
    seal: str
    tests_passed: int
    tests_failed: int
    findings: int
    photos: int
    parts: int
    questions: int
    answers: int
    notes: int
    loans: int
    handled_by: str | None
    price: Money | None
    price_at_most: Money | None
    added: Money | None  # added inside the spend limit; in the prices
    asks_opinion: bool  # whether the shop asks how it was, at this stage
    collector: str | None  # another person who may collect
    date_owed: datetime | None  # when a date is told at the latest, where none could be told at intake
    comes_on: date | None  # the day a booked repair is brought in


@dataclass(frozen=True, kw_only=True)
class Repair:
    """Everything one repair page shows; lists are empty where there is nothing to tell."""

    head: TicketHead
    extent: Extent
    counts: Counts
    moves: tuple[MoveRow, ...]
    promises: Promises | None
    quote: QuoteRow | None  # only while the customer has to decide
    findings: tuple[FindingRow, ...]
    parts: Parts | None
    notes: tuple[NoteRow, ...]
    warranty: WarrantyRow | None
    covers: tuple[Cover, ...]
    claim: DecisionRow | None  # where this is a claim on an earlier repair
    left: HandoverRow | None  # how it left us
    loan: LoanRow | None  # what the customer has of the shop's

    @property
    def reached(self) -> dict[Stage, datetime]:
        """When the repair last came to each stage it has been at."""
        return {move.target: move.at for move in self.moves}


def list_repairs(guest: Guest) -> list[TicketHead]:
    """The visit's repairs that the link still shows, in the order they were taken in."""
    heads = list_heads_of_visit(guest.visit_id)
    over = [head.id for head in heads if head.closed_at is not None]
    ends = find_ends(over) if over else {}
    return [head for head in heads if _extent(head, ends.get(head.id), guest=guest) is not Extent.NOTHING]


def get_own_head(reference: str, *, guest: Guest, with_warranty_only: bool = False) -> TicketHead:
    """NotFound for every repair that is not of the guest's visit, and for what its link no longer shows.

    Some time after the hand-over only the page itself and the report are left: `with_warranty_only`.
    """
    head = get_head_of_visit(reference, guest=guest)
    warranty = get_warranty(head.id) if head.closed_at is not None else None
    extent = _extent(head, warranty.ends_on if warranty else None, guest=guest)
    if extent is Extent.NOTHING or (extent is Extent.WARRANTY_ONLY and not with_warranty_only):
        raise NotFound
    return head


def get_head_of_visit(reference: str, *, guest: Guest) -> TicketHead:
    """Also where the link shows nothing of it any more: for what is said after the end of a warranty."""
    row = db.session.execute(
        head_select().where(Ticket.code == reference, Ticket.visit_id == guest.visit_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return as_head(row)


def _extent(head: TicketHead, warranty_ends_on: date | None, *, guest: Guest) -> Extent:
    """How much the link shows of the repair now."""
    at = clock.now()
    return extent_of(
        Closing(stage=head.stage, closed_at=head.closed_at, warranty_ends_on=warranty_ends_on),
        at=at,
        today=at.astimezone(ZoneInfo(guest.shop.time_zone)).date(),
        days_after_handover=guest.shop.portal_days_after_handover,
    )


def get_repair(head: TicketHead, *, guest: Guest) -> Repair:
    """NotFound when the link shows nothing of this repair any more."""
    counts = _count(head)
    warranty = get_warranty(head.id) if head.closed_at or head.claim_of_id else None
    extent = _extent(head, warranty.ends_on if warranty else None, guest=guest)
    if extent is Extent.NOTHING:
        raise NotFound
    deciding = head.stage is Stage.AWAITING_APPROVAL
    return Repair(
        head=head,
        extent=extent,
        counts=counts,
        moves=tuple(list_moves(head.id)),
        promises=get_promises(head.id),
        quote=get_current_quote(head.id) if deciding else None,
        findings=tuple(list_findings(head.id, for_customer=True)) if counts.findings else (),
        parts=list_parts(head.id) if counts.parts and not deciding else None,
        notes=tuple(note for note in list_notes(head.id) if note.for_customer)
        if counts.notes and not deciding
        else (),
        warranty=warranty,
        covers=list_covers(head.id) if warranty else (),
        claim=find_decision(head.id) if head.claim_of_id else None,
        left=get_handover(head.id) if head.stage is Stage.HANDED_OVER else None,
        loan=find_loan(head.id) if counts.loans else None,
    )


def _count(head: TicketHead) -> Counts:
    row = db.session.execute(
        select(
            _number(select(func.count()).where(DataAccess.ticket_id == head.id)).label("openings"),
            _answer(head.id, TaskKind.CREDENTIAL).label("credential"),
            _seal(head.id).label("seal"),
            _tests(head.id, Verdict.PASS).label("tests_passed"),
            _tests(head.id, Verdict.FAIL).label("tests_failed"),
            _number(
                select(func.count()).where(Finding.ticket_id == head.id, Finding.removed_at.is_(None))
            ).label("findings"),
            _number(
                select(func.count()).where(
                    TicketPhoto.ticket_id == head.id,
                    TicketPhoto.removed_at.is_(None),
                    TicketPhoto.staff_only.is_(False),
                )
            ).label("photos"),
            _parts(head.id).label("parts"),
            _number(select(func.count()).where(Question.ticket_id == head.id)).label("questions"),
            _number(
                select(func.count()).where(Question.ticket_id == head.id, Question.answered_at.is_not(None))
            ).label("answers"),
            _number(
                select(func.count()).where(TicketNote.ticket_id == head.id, TicketNote.for_customer.is_(True))
            ).label("notes"),
            _number(select(func.count()).where(Loan.ticket_id == head.id, Loan.ended_at.is_(None))).label(
                "loans"
            ),
            _handled_by(head.id).label("handled_by"),
            _approved(head.id, QuoteDecision.price_minor + additions_of_decision()).label("price"),
            _approved(head.id, QuoteDecision.at_most_minor + additions_of_decision()).label("price_at_most"),
            _approved(head.id, additions_of_decision()).label("added"),
            _asked_stages(head.shop_id).label("asked_stages"),
            _collector(head.visit_id).label("collector"),
            select(PromiseOwed.by_at)
            .where(PromiseOwed.ticket_id == head.id)
            .scalar_subquery()
            .label("date_owed"),
            select(Booking.comes_on).where(Booking.ticket_id == head.id).scalar_subquery().label("comes_on"),
        )
    ).one()
    values = dict(row._mapping)
    for name in ("price", "price_at_most", "added"):
        minor = values[name]
        values[name] = None if minor is None else Money(minor=minor, currency=head.currency)
    values["seal"] = values["seal"] or ""
    asked = values.pop("asked_stages")
    stages = USUAL_STAGES if asked is None else tuple(Stage(name) for name in asked)
    values["asks_opinion"] = kind_asked(head.stage, asked_stages=stages) is not None
    return Counts(**values)


def _number(query: Select[int]) -> ScalarSelect[int]:
    return query.scalar_subquery()


def _answer(ticket_id: int, kind: TaskKind) -> ScalarSelect[Choice | None]:
    return (
        select(TicketTask.choice)
        .join(PrivacyTask, PrivacyTask.id == TicketTask.task_id)
        .where(TicketTask.ticket_id == ticket_id, PrivacyTask.kind == kind)
        .limit(1)
        .scalar_subquery()
    )


def _asked_stages(shop_id: int) -> ScalarSelect[list[Any]]:
    """What the shop asks after; None where it never chose."""
    return select(FeedbackSetting.stages).where(FeedbackSetting.shop_id == shop_id).scalar_subquery()


def _seal(ticket_id: int) -> ScalarSelect[str]:
    return (
        select(TicketTask.seal)
        .where(TicketTask.ticket_id == ticket_id, TicketTask.seal != "")
        .limit(1)
        .scalar_subquery()
    )


def _tests(ticket_id: int, verdict: Verdict) -> ScalarSelect[int]:
    """Of the newest run."""
    newest = select(func.max(TestRun.id)).where(TestRun.ticket_id == ticket_id).scalar_subquery()
    return _number(select(func.count()).where(TestResult.run_id == newest, TestResult.verdict == verdict))


def _parts(ticket_id: int) -> ScalarSelect[int]:
    """Fitted or on their way."""
    fitted = select(func.count()).where(PartFitted.ticket_id == ticket_id, PartFitted.removed_at.is_(None))
    ordered = select(func.count()).where(PartOrder.ticket_id == ticket_id, PartOrder.cancelled_at.is_(None))
    both: Select[int] = select(fitted.scalar_subquery() + ordered.scalar_subquery())
    return _number(both)


def _handled_by(ticket_id: int) -> ScalarSelect[str]:
    """The first name of whoever took the device last."""
    return (
        select(Staff.first_name)
        .join(Custody, Custody.staff_id == Staff.id)
        .where(Custody.ticket_id == ticket_id, Custody.item == "device")
        .order_by(Custody.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _collector(visit_id: int | None) -> ScalarSelect[str]:
    return (
        select(Collector.name)
        .where(Collector.visit_id == visit_id, Collector.ended_at.is_(None))
        .order_by(Collector.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _approved(ticket_id: int, column: ColumnElement[Any]) -> ScalarSelect[int | None]:
    """From the last approval that stands."""
    return (
        select(column)
        .select_from(QuoteDecision)
        .join(Quote, Quote.id == QuoteDecision.quote_id)
        .where(
            Quote.ticket_id == ticket_id,
            QuoteDecision.kind == DecisionKind.APPROVED,
            QuoteDecision.undone_at.is_(None),
        )
        .order_by(QuoteDecision.id.desc())
        .limit(1)
        .scalar_subquery()
    )
