"""Verbs of the inbox: answer, put aside, take and give, say whose a text is."""

from sqlalchemy import ColumnElement, and_, delete, select

from repairshop import clock
from repairshop.customers.models import ContactPoint, Customer
from repairshop.customers.rules import ContactKind
from repairshop.customers.service import add_contact, get_customer
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.inbox.models import InboundMessage, InboxAssignment
from repairshop.inbox.reply import Way, write_reply
from repairshop.inbox.rules import (
    AnsweredMeanwhile,
    AnswerEmpty,
    ColleagueUnknown,
    Handled,
    ItemKind,
    NobodyChosen,
    TicketNotFound,
    WroteAgain,
)
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import masked_link
from repairshop.staff.models import Membership, Staff
from repairshop.staff.rules import Actor
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Question, Ticket, Visit
from repairshop.tickets.service import mark_changed


def answer_text(text_id: int, words: str, way: Way, *, seen: int | None, by: Actor) -> OutgoingMessage:
    """Answer everything that waits from this number about this repair, once.

    `seen` is the newest text that the page showed. Raises AnsweredMeanwhile when somebody was faster,
    WroteAgain when the customer was, ChannelClosed when the way is not open.
    """
    waiting = _lock_waiting(text_id, by=by)
    newest = waiting[-1]
    if seen is not None and newest.id > seen:
        raise WroteAgain(words=newest.body)
    if not words.strip():
        raise AnswerEmpty(field="text")
    text = next((row for row in waiting if row.id == text_id), newest)
    ticket = _lock_ticket(text.ticket_id)
    message = write_reply(text, ticket, words.strip(), way, by=by)
    _handle(waiting, Handled.ANSWERED, by=by, answer_id=message.id)
    if ticket is not None:
        mark_changed(ticket)
    return message


def put_aside(text_id: int, *, by: Actor) -> None:
    """No answer is needed to what waits from this number about this repair."""
    waiting = _lock_waiting(text_id, by=by)
    _handle(waiting, Handled.NO_ANSWER, by=by)
    if ticket := _lock_ticket(waiting[0].ticket_id):
        mark_changed(ticket)


def _handle(rows: list[InboundMessage], how: Handled, *, by: Actor, answer_id: int | None = None) -> None:
    at = clock.now()
    for row in rows:
        row.shop_id = by.shop_id  # what was nobody's is theirs who dealt with it
        row.handled_at, row.handled_by_id, row.handled_how, row.answer_id = at, by.staff_id, how, answer_id


def _lock_waiting(text_id: int, *, by: Actor) -> list[InboundMessage]:
    """What waits together with this text, locked, oldest first; AnsweredMeanwhile when the text does not."""
    text = get_text(text_id, by=by)
    rows = list(
        db.session.scalars(
            select(InboundMessage)
            .where(*together_with(text), InboundMessage.handled_at.is_(None))
            .order_by(InboundMessage.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )
    db.session.refresh(text)
    if text.handled_at is not None or not rows:
        raise _answered(text)
    return rows


def together_with(text: InboundMessage) -> tuple[ColumnElement[bool], ...]:
    """The condition of all texts that one answer answers: same number, same repair, same person."""
    return tuple(
        column == value if value is not None else column.is_(None)
        for column, value in (
            (InboundMessage.sender, text.sender),
            (InboundMessage.shop_id, text.shop_id),
            (InboundMessage.ticket_id, text.ticket_id),
            (InboundMessage.customer_id, text.customer_id),
        )
    )


def _answered(text: InboundMessage) -> AnsweredMeanwhile:
    name = db.session.scalar(select(Staff.first_name).where(Staff.id == text.handled_by_id))
    answer = db.session.get(OutgoingMessage, text.answer_id) if text.answer_id else None
    words = masked_link(answer.text).strip() if answer else ""
    return AnsweredMeanwhile(by=name or "", at=text.handled_at, answer=words)


def get_text(text_id: int, *, by: Actor) -> InboundMessage:
    """NotFound for another shop's; what is nobody's yet is everybody's."""
    text = db.session.get(InboundMessage, text_id)
    if text is None or text.shop_id not in {None, by.shop_id}:
        raise NotFound
    return text


def _lock_ticket(ticket_id: int | None) -> Ticket | None:
    if ticket_id is None:
        return None
    return db.session.get_one(Ticket, ticket_id, with_for_update=True, populate_existing=True)


def reopen_answered(message_id: int) -> None:
    """The answer was taken back, or reached nobody: its texts wait again."""
    rows = db.session.scalars(
        select(InboundMessage).where(InboundMessage.answer_id == message_id).with_for_update()
    ).all()
    for row in rows:
        row.handled_at, row.handled_by_id, row.handled_how = None, None, None
        if ticket := _lock_ticket(row.ticket_id):
            mark_changed(ticket)


def assign(kind: ItemKind, source_id: int, *, to_staff_id: int | None, by: Actor) -> None:
    """Give the item to somebody of the shop, or back to everybody (None)."""
    sources = _sources_of(kind, source_id, by=by)
    if to_staff_id is not None and not _works_here(to_staff_id, by=by):
        raise ColleagueUnknown(field="staff")
    db.session.execute(
        delete(InboxAssignment).where(InboxAssignment.kind == kind, InboxAssignment.source_id.in_(sources))
    )
    if to_staff_id is None:
        return
    for source in sources:
        db.session.add(
            InboxAssignment(
                shop_id=by.shop_id, kind=kind, source_id=source, staff_id=to_staff_id, at=clock.now()
            )
        )


def _sources_of(kind: ItemKind, source_id: int, *, by: Actor) -> list[int]:
    """The rows behind an item, locked, so that two people who take it do so one after the other."""
    if kind is ItemKind.TEXT:
        waiting = _lock_waiting(source_id, by=by)
        for row in waiting:
            row.shop_id = by.shop_id
        return [row.id for row in waiting]
    if kind is ItemKind.QUESTION:
        found = db.session.scalars(
            select(Question.id)
            .join(Ticket, Ticket.id == Question.ticket_id)
            .where(Question.id == source_id, Ticket.shop_id == by.shop_id)
            .with_for_update(of=Question)
        ).all()
    else:
        found = db.session.scalars(
            select(OutgoingMessage.id)
            .where(OutgoingMessage.id == source_id, OutgoingMessage.shop_id == by.shop_id)
            .with_for_update()
        ).all()
    if not found:
        raise NotFound
    return list(found)


def _works_here(staff_id: int, *, by: Actor) -> bool:
    works = select(Membership.id).where(
        Membership.staff_id == staff_id,
        Membership.shop_id == by.shop_id,
        Membership.disabled_at.is_(None),
    )
    return db.session.scalars(works).first() is not None


def move_text(
    text_id: int,
    *,
    by: Actor,
    reference: str = "",
    customer_id: int | None = None,
    with_others: bool = True,
    keep_number: bool = False,
) -> None:
    """Say whose a text is: of the repair with this code, or of this person without one.

    `with_others` takes what waits from the same number along. `keep_number` adds the number to the person.
    """
    text = get_text(text_id, by=by)
    ticket = _find_ticket(reference, by=by) if reference else None
    if ticket is None and customer_id is None:
        raise NobodyChosen(field="target")
    visit = db.session.get(Visit, ticket.visit_id) if ticket and ticket.visit_id else None
    owner = visit.customer_id if visit else customer_id
    customer = get_customer(owner, shop_id=by.shop_id) if owner is not None else None
    rows = _lock_for_move(text, with_others=with_others)
    before = sorted({row.ticket_id for row in rows if row.ticket_id is not None})
    for row in rows:
        row.shop_id, row.ticket_id = by.shop_id, ticket.id if ticket else None
        row.customer_id = customer.id if customer else None
        row.moved_at, row.moved_by_id = clock.now(), by.staff_id
    if keep_number and customer is not None:
        _keep_number(customer, text.sender)
    _record_move(before, ticket, by=by)


def _find_ticket(reference: str, *, by: Actor) -> Ticket:
    ticket = db.session.scalars(
        select(Ticket)
        .where(Ticket.code == reference, Ticket.shop_id == by.shop_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if ticket is None:
        raise TicketNotFound(field="target")
    return ticket


def _lock_for_move(text: InboundMessage, *, with_others: bool) -> list[InboundMessage]:
    those = InboundMessage.id == text.id
    if with_others:
        waiting = [*together_with(text), InboundMessage.handled_at.is_(None)]
        those = those | and_(*waiting)
    query = select(InboundMessage).where(those).order_by(InboundMessage.id).with_for_update()
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _keep_number(customer: Customer, number: str) -> None:
    has_it = select(ContactPoint.id).where(
        ContactPoint.customer_id == customer.id,
        ContactPoint.value == number,
        ContactPoint.removed_at.is_(None),
    )
    if db.session.scalars(has_it).first() is None:
        add_contact(customer, ContactKind.PHONE, number, country="", may_notify=True, language=None)


def _record_move(before: list[int], ticket: Ticket | None, *, by: Actor) -> None:
    """Both repairs remember it: a text that vanished from one would be a riddle."""
    for ticket_id in before:
        if ticket is None or ticket_id != ticket.id:
            left = _lock_ticket(ticket_id)
            if left is not None:
                record_history(left, "text_moved_away", by=by)
    if ticket is not None and ticket.id not in before:
        record_history(ticket, "text_moved_here", by=by)
