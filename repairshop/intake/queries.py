"""Reads of the counter: open check-ins, arrivals, what a ticket was brought in with."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from repairshop.catalogue.rules import DeviceType
from repairshop.customers.models import Device
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.intake.models import Booking, CheckInWaiver
from repairshop.intake.rules import GateFacts, GateItem, seen_mark
from repairshop.privacy import queries as privacy
from repairshop.staff.models import Shop, Staff
from repairshop.tickets.models import Signature, Ticket, Visit
from repairshop.tickets.queries import TicketHead, as_head, head_select
from repairshop.tickets.rules import SignaturePurpose, SymptomCondition
from repairshop.tickets.stages import IN_SHOP_STAGES, Stage


@dataclass(frozen=True, kw_only=True)
class IntakeFacts:
    """What a ticket was brought in with; amounts in minor units of the shop's currency."""

    reported_fault: str
    symptom_condition: SymptomCondition | None
    condition_note: str
    accessories: tuple[str, ...]
    spend_limit_minor: int | None
    fixed_price_minor: int | None
    needed_by: str
    reach_note: str
    device_id: int
    device_type: DeviceType
    brand: str
    model: str
    colour: str
    imei: str | None
    serial: str | None
    unreadable_because: str

    @property
    def seen(self) -> str:
        """What a form made from these facts carries along."""
        return seen_mark(
            {
                "reported_fault": self.reported_fault,
                "symptom": self.symptom_condition or "",
                "condition_note": self.condition_note,
                "accessories": ", ".join(self.accessories),
                "spend_limit": str(self.spend_limit_minor),
                "needed_by": self.needed_by,
                "reach_note": self.reach_note,
            }
        )


def get_intake_facts(ticket_id: int) -> IntakeFacts:
    row = db.session.execute(
        select(Ticket, Device, Visit.reach_note)
        .join(Device, Device.id == Ticket.device_id)
        .outerjoin(Visit, Visit.id == Ticket.visit_id)
        .where(Ticket.id == ticket_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    ticket, device, reach_note = row
    return IntakeFacts(
        reported_fault=ticket.reported_fault,
        symptom_condition=ticket.symptom_condition,
        condition_note=ticket.condition_note,
        accessories=tuple(ticket.accessories),
        spend_limit_minor=ticket.spend_limit_minor,
        fixed_price_minor=ticket.fixed_price_minor,
        needed_by=ticket.needed_by,
        reach_note=reach_note or "",
        device_id=device.id,
        device_type=device.device_type,
        brand=device.brand,
        model=device.model,
        colour=device.colour,
        imei=device.imei,
        serial=device.serial,
        unreadable_because=device.unreadable_because,
    )


@dataclass(frozen=True, kw_only=True)
class SignatureRow:
    name: str
    at: datetime
    media_id: int | None
    staff_name: str | None


def find_take_in_signature(visit_id: int) -> SignatureRow | None:
    """The newest one that stands."""
    row = db.session.execute(
        select(Signature, Staff.first_name)
        .outerjoin(Staff, Staff.id == Signature.staff_id)
        .where(
            Signature.visit_id == visit_id,
            Signature.purpose == SignaturePurpose.TAKE_IN,
            Signature.void_at.is_(None),
        )
        .order_by(Signature.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    signature, staff_name = row
    return SignatureRow(
        name=signature.name, at=signature.at, media_id=signature.media_id, staff_name=staff_name
    )


@dataclass(frozen=True, kw_only=True)
class WaiverRow:
    item: GateItem
    reason: str
    at: datetime
    staff_name: str | None


def list_waivers(ticket_id: int) -> list[WaiverRow]:
    rows = db.session.execute(
        select(CheckInWaiver, Staff.first_name)
        .outerjoin(Staff, Staff.id == CheckInWaiver.staff_id)
        .where(CheckInWaiver.ticket_id == ticket_id)
        .order_by(CheckInWaiver.id)
    )
    return [
        WaiverRow(item=waiver.item, reason=waiver.reason, at=waiver.at, staff_name=name)
        for waiver, name in rows
    ]


@dataclass(frozen=True, kw_only=True)
class OpenCheckIn:
    """Everything the page of a check-in shows, each read once."""

    facts: IntakeFacts
    tasks: list[privacy.TaskRow]
    waivers: list[WaiverRow]
    signature: SignatureRow | None
    opened_at: datetime

    @property
    def gate(self) -> GateFacts:
        """What the check-in's gate looks at."""
        return GateFacts(
            condition_noted=bool(self.facts.condition_note),
            tasks=self.tasks,
            reach_note=self.facts.reach_note,
            signed_at=self.signature.at if self.signature else None,
            opened_at=self.opened_at,
            waived=frozenset(waiver.item for waiver in self.waivers),
        )

    @property
    def signature_counts(self) -> bool:
        """Whether the visit's signature was given with this device on the counter."""
        return self.signature is not None and self.signature.at >= self.opened_at


def get_open_check_in(ticket_id: int, *, visit_id: int | None, opened_at: datetime) -> OpenCheckIn:
    return OpenCheckIn(
        facts=get_intake_facts(ticket_id),
        tasks=privacy.list_tasks(ticket_id),
        waivers=list_waivers(ticket_id),
        signature=find_take_in_signature(visit_id) if visit_id is not None else None,
        opened_at=opened_at,
    )


def list_open_check_ins(shop_id: int, *, limit: int = 100) -> list[TicketHead]:
    """Devices we hold whose check-in is not complete, the oldest first."""
    rows = db.session.execute(
        head_select()
        .where(
            Ticket.shop_id == shop_id,
            Ticket.stage.in_(IN_SHOP_STAGES),
            Ticket.checked_in_at.is_(None),
            Ticket.source.is_(None),
        )
        .order_by(Ticket.id)
        .limit(limit)
    )
    return [as_head(row) for row in rows]


@dataclass(frozen=True, kw_only=True)
class ArrivalRow:
    """A booked repair and the day it is brought in."""

    head: TicketHead
    comes_on: date
    time_note: str


def list_arrivals(shop_id: int, *, until: date, limit: int = 100) -> list[ArrivalRow]:
    """Booked repairs to come up to this day, overdue ones first."""
    bookings = db.session.execute(
        select(Booking.ticket_id, Booking.comes_on, Booking.time_note)
        .join(Ticket, Ticket.id == Booking.ticket_id)
        .where(Ticket.shop_id == shop_id, Ticket.stage == Stage.BOOKED, Booking.comes_on <= until)
        .order_by(Booking.comes_on, Ticket.id)
        .limit(limit)
    ).all()
    ids = [booking.ticket_id for booking in bookings]
    heads = {row.id: as_head(row) for row in db.session.execute(head_select().where(Ticket.id.in_(ids)))}
    return [
        ArrivalRow(head=heads[booking.ticket_id], comes_on=booking.comes_on, time_note=booking.time_note)
        for booking in bookings
    ]


def list_overdue_bookings(shop_id: int, *, before: date, limit: int = 200) -> list[str]:
    """References of booked repairs nobody brought before this day."""
    query = (
        select(Ticket.code)
        .join(Booking, Booking.ticket_id == Ticket.id)
        .where(Ticket.shop_id == shop_id, Ticket.stage == Stage.BOOKED, Booking.comes_on < before)
        .order_by(Ticket.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def list_shop_ids() -> list[int]:
    """Every shop, for jobs."""
    return list(db.session.scalars(select(Shop.id).order_by(Shop.id)))


def find_reach_of_last_visit(customer_id: int, *, shop_id: int) -> str:
    """How the customer was reached last time, as a start for this time."""
    query = (
        select(Visit.reach_note)
        .where(Visit.customer_id == customer_id, Visit.shop_id == shop_id, Visit.reach_note != "")
        .order_by(Visit.id.desc())
        .limit(1)
    )
    return db.session.scalars(query).one_or_none() or ""


@dataclass(frozen=True, kw_only=True)
class VisitRow:
    id: int
    customer_id: int
    created_at: datetime
    reach_note: str


def get_visit(visit_id: int, *, shop_id: int) -> VisitRow:
    """NotFound for unknown visits and other shops' alike."""
    visit = db.session.scalars(
        select(Visit).where(Visit.id == visit_id, Visit.shop_id == shop_id)
    ).one_or_none()
    if visit is None:
        raise NotFound
    return VisitRow(
        id=visit.id,
        customer_id=visit.customer_id,
        created_at=visit.created_at,
        reach_note=visit.reach_note,
    )


def list_customer_heads(customer_id: int, *, shop_id: int, limit: int = 50) -> list[TicketHead]:
    """The customer's tickets, newest first."""
    rows = db.session.execute(
        head_select()
        .where(Visit.customer_id == customer_id, Ticket.shop_id == shop_id)
        .order_by(Ticket.id.desc())
        .limit(limit)
    )
    return [as_head(row) for row in rows]
