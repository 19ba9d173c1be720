"""Reads of the kernel: what pages need to know about a ticket, without its entity."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Select, bindparam, select

from repairshop import codes
from repairshop.catalogue.rules import DeviceType
from repairshop.customers.models import Customer
from repairshop.database import db, read
from repairshop.errors import NotFound
from repairshop.staff.models import Shop, Staff
from repairshop.staff.rules import ActorKind
from repairshop.tickets.models import (
    Custody,
    HistoryEntry,
    Question,
    Ticket,
    TicketMove,
    TicketNote,
    TicketPhoto,
    Visit,
)
from repairshop.tickets.rules import Holder, PhotoStep
from repairshop.tickets.stages import Outcome, Stage, Verb


@dataclass(frozen=True, kw_only=True)
class TicketHead:
    """What the identity bar, a card and a verb's page show."""

    id: int
    shop_id: int
    reference: str
    number: str  # "R-4821"
    stage: Stage
    stage_since: datetime
    stage_version: int
    version: int
    outcome: Outcome | None
    due_at: datetime | None
    opened_at: datetime
    checked_in_at: datetime | None
    closed_at: datetime | None
    device_type: DeviceType
    device_label: str
    fault_key: str
    fault_label: str
    holder: Holder
    holder_label: str
    holder_since: datetime
    assignee_id: int | None
    visit_id: int | None
    customer_id: int | None
    customer_name: str | None
    customer_erased_at: datetime | None
    claim_of_id: int | None
    currency: str

    @property
    def code_shown(self) -> str:
        return codes.shown(self.reference)


def head_select() -> Select[*tuple[Any, ...]]:
    """The columns of TicketHead; features add their own WHERE and ORDER BY."""
    return (
        select(
            Ticket.id,
            Ticket.shop_id,
            Ticket.code.label("reference"),
            Ticket.number.label("bare_number"),
            Shop.number_prefix,
            Shop.currency,
            Ticket.stage,
            Ticket.stage_since,
            Ticket.stage_version,
            Ticket.version,
            Ticket.outcome,
            Ticket.due_at,
            Ticket.opened_at,
            Ticket.checked_in_at,
            Ticket.closed_at,
            Ticket.device_type,
            Ticket.device_label,
            Ticket.fault_key,
            Ticket.fault_label,
            Ticket.holder,
            Ticket.holder_label,
            Ticket.holder_since,
            Ticket.assignee_id,
            Ticket.visit_id,
            Ticket.claim_of_id,
            Visit.customer_id,
            Customer.name.label("customer_name"),
            Customer.erased_at.label("customer_erased_at"),
        )
        .select_from(Ticket)
        .join(Shop, Shop.id == Ticket.shop_id)
        .outerjoin(Visit, Visit.id == Ticket.visit_id)
        .outerjoin(Customer, Customer.id == Visit.customer_id)
    )


_HEAD_COLUMNS = tuple(field.name for field in fields(TicketHead) if field.name != "number")


def as_head(row: Any) -> TicketHead:
    """From a row of head_select(), which may hold more columns."""
    values = row._mapping
    number = f"{values['number_prefix']}{values['bare_number']}"
    return TicketHead(number=number, **{name: values[name] for name in _HEAD_COLUMNS})


_HEAD = head_select().where(Ticket.code == bindparam("reference"), Ticket.shop_id == bindparam("shop_id"))
_HEADS_OF_VISIT = head_select().where(Ticket.visit_id == bindparam("visit_id")).order_by(Ticket.id)


def get_head(reference: str, *, shop_id: int) -> TicketHead:
    """NotFound for unknown references and other shops' tickets alike."""
    row = read(_HEAD, reference=reference, shop_id=shop_id).one_or_none()
    if row is None:
        raise NotFound
    return as_head(row)


def list_heads_of_visit(visit_id: int) -> list[TicketHead]:
    """In the order they were taken in."""
    return [as_head(row) for row in read(_HEADS_OF_VISIT, visit_id=visit_id)]


@dataclass(frozen=True, kw_only=True)
class TimelineEntry:
    """One act of the history with what the chain itself leaves out."""

    seq: int
    at: datetime
    act: str
    actor_kind: ActorKind
    actor_id: int | None
    actor_name: str | None
    before: dict[str, Any]
    after: dict[str, Any]
    hash: str
    move_id: int | None


_HISTORY = (
    select(
        HistoryEntry.seq,
        HistoryEntry.at,
        HistoryEntry.act,
        HistoryEntry.actor_kind,
        HistoryEntry.actor_id,
        Staff.first_name,
        HistoryEntry.before,
        HistoryEntry.after,
        HistoryEntry.hash,
        HistoryEntry.move_id,
    )
    .outerjoin(Staff, (HistoryEntry.actor_kind == ActorKind.STAFF) & (HistoryEntry.actor_id == Staff.id))
    .where(HistoryEntry.ticket_id == bindparam("ticket_id"))
    .order_by(HistoryEntry.seq.desc())
    .limit(bindparam("most", type_=Integer))
)


def list_history(ticket_id: int, *, limit: int = 200) -> list[TimelineEntry]:
    """The newest acts, newest first."""
    return [
        TimelineEntry(
            seq=entry.seq,
            at=entry.at,
            act=entry.act,
            actor_kind=entry.actor_kind,
            actor_id=entry.actor_id,
            actor_name=entry.first_name,
            before=entry.before,
            after=entry.after,
            hash=entry.hash,
            move_id=entry.move_id,
        )
        for entry in read(_HISTORY, ticket_id=ticket_id, most=limit)
    ]


@dataclass(frozen=True, kw_only=True)
class MoveRow:
    id: int
    verb: Verb
    origin: Stage | None
    target: Stage
    at: datetime
    actor_kind: ActorKind
    actor_id: int | None
    undo_until: datetime


_MOVES = (
    select(
        TicketMove.id,
        TicketMove.verb,
        TicketMove.origin,
        TicketMove.target,
        TicketMove.at,
        TicketMove.actor_kind,
        TicketMove.actor_id,
        TicketMove.undo_until,
    )
    .where(TicketMove.ticket_id == bindparam("ticket_id"), TicketMove.undone_at.is_(None))
    .order_by(TicketMove.id)
)


def list_moves(ticket_id: int) -> list[MoveRow]:
    """The moves that stand, oldest first."""
    return [
        MoveRow(
            id=move.id,
            verb=move.verb,
            origin=move.origin,
            target=move.target,
            at=move.at,
            actor_kind=move.actor_kind,
            actor_id=move.actor_id,
            undo_until=move.undo_until,
        )
        for move in read(_MOVES, ticket_id=ticket_id)
    ]


@dataclass(frozen=True, kw_only=True)
class NoteRow:
    id: int
    at: datetime
    staff_name: str | None
    text: str
    for_customer: bool


_NOTES = (
    select(
        TicketNote.id,
        TicketNote.at,
        Staff.first_name.label("staff_name"),
        TicketNote.text,
        TicketNote.for_customer,
    )
    .outerjoin(Staff, Staff.id == TicketNote.staff_id)
    .where(TicketNote.ticket_id == bindparam("ticket_id"))
    .order_by(TicketNote.id.desc())
)


def list_notes(ticket_id: int) -> list[NoteRow]:
    return [NoteRow(**row._mapping) for row in read(_NOTES, ticket_id=ticket_id)]


@dataclass(frozen=True, kw_only=True)
class PhotoRow:
    id: int
    ticket_id: int
    media_id: int
    step: PhotoStep
    caption: str
    staff_only: bool
    at: datetime


def list_photos(ticket_id: int, *, for_customer: bool = False) -> list[PhotoRow]:
    query = select(TicketPhoto).where(TicketPhoto.ticket_id == ticket_id, TicketPhoto.removed_at.is_(None))
    if for_customer:
        query = query.where(TicketPhoto.staff_only.is_(False))
    return [_photo_row(photo) for photo in db.session.scalars(query.order_by(TicketPhoto.id))]


def _photo_row(photo: TicketPhoto) -> PhotoRow:
    return PhotoRow(
        id=photo.id,
        ticket_id=photo.ticket_id,
        media_id=photo.media_id,
        step=photo.step,
        caption=photo.caption,
        staff_only=photo.staff_only,
        at=photo.at,
    )


def get_photo(reference: str, photo_id: int, *, shop_id: int) -> PhotoRow:
    """One photo of one ticket of this shop; NotFound for any other."""
    photo = db.session.scalars(
        select(TicketPhoto)
        .join(Ticket, Ticket.id == TicketPhoto.ticket_id)
        .where(
            TicketPhoto.id == photo_id,
            TicketPhoto.removed_at.is_(None),
            Ticket.code == reference,
            Ticket.shop_id == shop_id,
        )
    ).one_or_none()
    if photo is None:
        raise NotFound
    return _photo_row(photo)


def list_accessories(ticket_id: int) -> list[str]:
    """What came with the device."""
    return [
        str(name) for name in db.session.scalars(select(Ticket.accessories).filter_by(id=ticket_id)).one()
    ]


@dataclass(frozen=True, kw_only=True)
class CustodyRow:
    item: str
    from_holder: Holder | None
    from_label: str
    to_holder: Holder
    to_label: str
    at: datetime
    staff_name: str | None


def list_custody(ticket_id: int) -> list[CustodyRow]:
    """Hand-to-hand steps, newest first."""
    rows = db.session.execute(
        select(Custody, Staff.first_name)
        .outerjoin(Staff, Staff.id == Custody.staff_id)
        .where(Custody.ticket_id == ticket_id)
        .order_by(Custody.id.desc())
    )
    return [
        CustodyRow(
            item=step.item,
            from_holder=step.from_holder,
            from_label=step.from_label,
            to_holder=step.to_holder,
            to_label=step.to_label,
            at=step.at,
            staff_name=name,
        )
        for step, name in rows
    ]


@dataclass(frozen=True, kw_only=True)
class QuestionRow:
    id: int
    asked_at: datetime
    text: str
    answered_at: datetime | None
    answer: str


def get_question(question_id: int, *, ticket_id: int) -> QuestionRow:
    """NotFound for a question of another ticket."""
    for question in list_questions(ticket_id):
        if question.id == question_id:
            return question
    raise NotFound


def list_questions(ticket_id: int) -> list[QuestionRow]:
    questions = db.session.scalars(
        select(Question).where(Question.ticket_id == ticket_id).order_by(Question.id.desc())
    )
    return [
        QuestionRow(
            id=question.id,
            asked_at=question.asked_at,
            text=question.text,
            answered_at=question.answered_at,
            answer=question.answer,
        )
        for question in questions
    ]
