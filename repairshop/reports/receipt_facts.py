"""Gathers the facts of a receipt: everything the shop took in with one visit. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from repairshop.customers.models import ContactPoint
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.loaners.queries import LoanRow, list_lent
from repairshop.money import Money
from repairshop.privacy import queries as privacy
from repairshop.privacy.rules import TaskPart
from repairshop.promises.queries import get_promises_of
from repairshop.quotes.fees import FeeToldRow, list_fees_told
from repairshop.reports.queries import (
    Subject,
    answers_of,
    list_signatures,
    list_subjects,
    passcode_of,
    pledge_of,
)
from repairshop.reports.report_rules import Passcode
from repairshop.reports.rules import Lent, Pledge, ReceiptData, ReceiptTicket
from repairshop.tickets.models import DayHead, Ticket, TicketPhoto
from repairshop.tickets.rules import SignaturePurpose


@dataclass(frozen=True, kw_only=True)
class VisitKey:
    """Whose receipt it is: what the customer's link is made from."""

    visit_id: int
    customer_id: int


def get_receipt(reference: str, *, shop_id: int) -> tuple[ReceiptData, VisitKey]:
    """The receipt of the visit this ticket belongs to; NotFound for imported tickets, which have none."""
    own = select(Ticket.visit_id).where(Ticket.code == reference, Ticket.shop_id == shop_id)
    subjects = list_subjects(Ticket.visit_id == own.scalar_subquery())
    asked = next((subject for subject in subjects if subject.ticket.code == reference), None)
    if asked is None or asked.visit is None or asked.customer is None:
        raise NotFound
    ticket_ids = [subject.ticket.id for subject in subjects]
    photos = _count_photos(ticket_ids)
    tasks, promises = privacy.list_tasks_of(ticket_ids), get_promises_of(ticket_ids)
    lent, fees = list_lent(ticket_ids), list_fees_told(ticket_ids)
    head = db.session.scalars(
        select(DayHead).where(DayHead.shop_id == shop_id).order_by(DayHead.day.desc()).limit(1)
    ).one_or_none()
    signatures = list_signatures(asked.visit.id, ticket_id=None)
    receipt = ReceiptData(
        shop=asked.letterhead,
        customer=asked.customer.name,
        handed_in_at=asked.visit.created_at,
        tickets=tuple(
            _receipt_ticket(
                subject,
                photos=photos.get(subject.ticket.id, 0),
                tasks=tasks.get(subject.ticket.id, []),
                pledge=pledge_of(promises.get(subject.ticket.id)),
                loan=lent.get(subject.ticket.id),
                fee=fees.get(subject.ticket.id),
            )
            for subject in subjects
        ),
        reach_note=asked.visit.reach_note,
        reached_at=_list_reached(asked.customer.id, [subject.device.id for subject in subjects]),
        signature=next((row for row in signatures if row.purpose == SignaturePurpose.TAKE_IN.value), None),
        unclaimed_after_days=asked.shop.unclaimed_after_days,
        warranty_days=asked.shop.warranty_days,
        day_head=head.head if head else "",
        day_head_of=head.day if head else "",
    )
    return receipt, VisitKey(visit_id=asked.visit.id, customer_id=asked.customer.id)


def _receipt_ticket(
    subject: Subject,
    *,
    photos: int,
    tasks: Sequence[privacy.TaskRow],
    pledge: Pledge | None,
    loan: LoanRow | None,
    fee: FeeToldRow | None,
) -> ReceiptTicket:
    ticket, currency = subject.ticket, subject.shop.currency
    return ReceiptTicket(
        number=subject.number,
        code=ticket.code,
        device=subject.identity,
        fault=ticket.fault_label,
        reported_fault=ticket.reported_fault,
        condition=ticket.condition_note,
        accessories=tuple(ticket.accessories),
        loaner=Lent(name=loan.name, number=loan.number, due_on=loan.due_on, deposit=loan.deposit)
        if loan
        else None,
        photos=photos,
        spend_limit=_money(ticket.spend_limit_minor, currency),
        fixed_price=_money(ticket.fixed_price_minor, currency),
        diagnosis_fee=fee.fee if fee else None,
        diagnosis_fee_told_at=fee.at if fee else None,
        pledge=pledge,
        needed_by=ticket.needed_by,
        passcode_kept=passcode_of(tasks)[0] is Passcode.KEPT,
        privacy=answers_of(tasks, part=TaskPart.CUSTOMER_PRESENT),
    )


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor=minor, currency=currency)


def _count_photos(ticket_ids: list[int]) -> dict[int, int]:
    rows = db.session.execute(
        select(TicketPhoto.ticket_id, func.count())
        .where(
            TicketPhoto.ticket_id.in_(ticket_ids),
            TicketPhoto.removed_at.is_(None),
            TicketPhoto.staff_only.is_(False),
        )
        .group_by(TicketPhoto.ticket_id)
    )
    return {ticket_id: count for ticket_id, count in rows}


def _list_reached(customer_id: int, device_ids: list[int]) -> tuple[str, ...]:
    """Numbers and addresses that get our texts while we have these devices."""
    points = db.session.scalars(
        select(ContactPoint)
        .where(ContactPoint.customer_id == customer_id, ContactPoint.may_notify.is_(True))
        .order_by(ContactPoint.position, ContactPoint.id)
    )
    return tuple(point.shown for point in points if point.sim_in_device_id not in device_ids)
