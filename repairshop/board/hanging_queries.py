"""What hangs on a ticket for its story: notes, photos, questions, texts, calls, hand-to-hand steps."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)

from repairshop.database import UtcDateTime, read
from repairshop.inbox.models import CallAttempt, InboundMessage
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import masked_link
from repairshop.staff.models import Staff
from repairshop.tickets.models import Custody, Question, TicketNote, TicketPhoto

_HANGING_MAX = 300

_TICKET: ColumnElement[int] = bindparam("ticket_id", type_=Integer)


class Hanging(StrEnum):
    """What hangs on a ticket beside its history."""

    NOTE = "note"
    PHOTO = "photo"
    CUSTODY = "custody"
    QUESTION = "question"
    TEXT = "text"
    CALL = "call"


@dataclass(frozen=True, kw_only=True)
class HangingRow:
    """A note, photo, hand-to-hand step, question, text or call; which fields mean what depends on `kind`.

    note: text, flag (for the customer). photo: text (caption), step, flag (kept from the customer).
    custody: text (to whom), step (holder now), origin (holder before), item.
    question: text, answer, ended_at. text: the same, and step (how it was dealt with).
    call: text (note), step (what came of it).
    """

    kind: Hanging
    id: int
    at: datetime
    who: str | None
    text: str
    step: str
    origin: str
    item: str
    answer: str
    flag: bool
    ended_at: datetime | None


def list_hanging(ticket_id: int) -> list[HangingRow]:
    """Newest first, in one statement."""
    found = read(_hanging_statement(), ticket_id=ticket_id)
    return [
        HangingRow(
            kind=Hanging(row.kind),
            id=row.id,
            at=row.at,
            who=row.first_name,
            text=row.text,
            step=row.step,
            origin=row.origin or "",
            item=row.item,
            answer=masked_link(row.answer),
            flag=row.flag,
            ended_at=row.ended_at,
        )
        for row in found
    ]


@cache
def _hanging_statement() -> Select[*tuple[Any, ...]]:
    parts = union_all(_notes(), _photos(), _custody(), _questions(), _texts(), _calls())
    rows = parts.subquery("hanging")
    return (
        select(rows, Staff.first_name)
        .outerjoin(Staff, Staff.id == rows.c.staff_id)
        .order_by(rows.c.at.desc(), rows.c.id.desc())
        .limit(_HANGING_MAX)
    )


def _hanging(kind: Hanging, table: Any, **columns: ColumnElement[Any] | Any) -> Select[*tuple[Any, ...]]:
    """One branch of the union: every branch has the same columns in the same order."""
    empty = literal("", String)
    return select(
        literal(kind.value, String).label("kind"),
        table.id.label("id"),
        columns["at"].label("at"),
        columns["staff_id"].label("staff_id"),
        columns["text"].label("text"),
        columns.get("step", empty).label("step"),
        columns.get("origin", empty).label("origin"),
        columns.get("item", empty).label("item"),
        columns.get("answer", empty).label("answer"),
        columns.get("flag", literal(False)).label("flag"),
        columns.get("ended_at", cast(null(), UtcDateTime)).label("ended_at"),
    )


def _notes() -> Select[*tuple[Any, ...]]:
    return _hanging(
        Hanging.NOTE,
        TicketNote,
        at=TicketNote.at,
        staff_id=TicketNote.staff_id,
        text=TicketNote.text,
        flag=TicketNote.for_customer,
    ).where(TicketNote.ticket_id == _TICKET)


def _photos() -> Select[*tuple[Any, ...]]:
    return _hanging(
        Hanging.PHOTO,
        TicketPhoto,
        at=TicketPhoto.at,
        staff_id=TicketPhoto.staff_id,
        text=TicketPhoto.caption,
        step=cast(TicketPhoto.step, String),
        flag=TicketPhoto.staff_only,
    ).where(TicketPhoto.ticket_id == _TICKET, TicketPhoto.removed_at.is_(None))


def _custody() -> Select[*tuple[Any, ...]]:
    return _hanging(
        Hanging.CUSTODY,
        Custody,
        at=Custody.at,
        staff_id=Custody.staff_id,
        text=Custody.to_label,
        step=cast(Custody.to_holder, String),
        origin=cast(Custody.from_holder, String),
        item=Custody.item,
    ).where(Custody.ticket_id == _TICKET)


def _questions() -> Select[*tuple[Any, ...]]:
    return _hanging(
        Hanging.QUESTION,
        Question,
        at=Question.asked_at,
        staff_id=Question.answered_by_id,
        text=Question.text,
        answer=Question.answer,
        ended_at=Question.answered_at,
    ).where(Question.ticket_id == _TICKET)


def _texts() -> Select[*tuple[Any, ...]]:
    return (
        _hanging(
            Hanging.TEXT,
            InboundMessage,
            at=InboundMessage.received_at,
            staff_id=InboundMessage.handled_by_id,
            text=InboundMessage.body,
            step=func.coalesce(cast(InboundMessage.handled_how, String), ""),
            answer=func.coalesce(OutgoingMessage.text, ""),
            ended_at=InboundMessage.handled_at,
        )
        .outerjoin(OutgoingMessage, OutgoingMessage.id == InboundMessage.answer_id)
        .where(InboundMessage.ticket_id == _TICKET)
    )


def _calls() -> Select[*tuple[Any, ...]]:
    return (
        _hanging(
            Hanging.CALL,
            CallAttempt,
            at=CallAttempt.at,
            staff_id=CallAttempt.staff_id,
            text=CallAttempt.note,
            step=cast(CallAttempt.outcome, String),
        )
        .join(OutgoingMessage, OutgoingMessage.id == CallAttempt.message_id)
        .where(OutgoingMessage.ticket_id == _TICKET)
    )
