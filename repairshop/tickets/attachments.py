"""Notes, photos and questions on a ticket. Everything here runs inside the caller's transaction."""

from repairshop import clock
from repairshop.customers.rules import TouchpointKind
from repairshop.customers.service import record_touchpoint
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.events import publish
from repairshop.staff.rules import Actor, ActorKind, ShopId
from repairshop.tickets.chain import seal
from repairshop.tickets.events import (
    QuestionAnswered,
    QuestionAsked,
)
from repairshop.tickets.history import record_history
from repairshop.tickets.models import (
    Question,
    Ticket,
    TicketNote,
    TicketPhoto,
)
from repairshop.tickets.rules import (
    PhotoStep,
    QuestionAlreadyAnswered,
    TicketId,
)
from repairshop.tickets.service import get_ticket_for_change


def add_note(reference: str, text: str, *, by: Actor, for_customer: bool = False) -> None:
    record_note(get_ticket_for_change(reference, by=by), text, by=by, for_customer=for_customer)


def record_note(ticket: Ticket, text: str, *, by: Actor, for_customer: bool = False) -> None:
    """A note a verb brings along; its text stays outside the chain."""
    sealed = seal(text)
    db.session.add(
        TicketNote(
            ticket_id=ticket.id,
            at=clock.now(),
            staff_id=by.staff_id,
            text=text,
            salt=sealed.salt,
            for_customer=for_customer,
        )
    )
    record_history(ticket, "note_added", by=by, after={"digest": sealed.digest, "for_customer": for_customer})


def add_photo(
    ticket: Ticket, media_id: int, *, step: PhotoStep, by: Actor, caption: str = "", staff_only: bool = False
) -> TicketPhoto:
    """Attach a stored picture to the step that asked for it."""
    photo = TicketPhoto(
        ticket_id=ticket.id,
        media_id=media_id,
        step=step,
        caption=caption,
        staff_only=staff_only,
        at=clock.now(),
        staff_id=by.staff_id,
    )
    db.session.add(photo)
    record_history(ticket, "photo_added", by=by, after={"media": media_id, "step": step.value})
    return photo


def ask_question(ticket: Ticket, text: str, *, by: Actor) -> Question:
    """A customer's question: it opens a flag with an age and moves nothing."""
    question = Question(ticket_id=ticket.id, asked_at=clock.now(), text=text)
    db.session.add(question)
    db.session.flush()  # listeners point at the question
    record_history(ticket, "question_asked", by=by, after={"question": question.id})
    record_touchpoint(
        ticket.shop_id,
        TouchpointKind.QUESTION,
        customer_id=by.id if by.kind is ActorKind.CUSTOMER else None,
        ticket_id=ticket.id,
        channel="portal",
    )
    publish(
        QuestionAsked(
            ticket_id=TicketId(ticket.id),
            shop_id=ShopId(ticket.shop_id),
            question_id=question.id,
            at=question.asked_at,
        )
    )
    return question


def answer_question(reference: str, question_id: int, text: str, *, by: Actor) -> None:
    """QuestionAlreadyAnswered when somebody else was faster."""
    ticket = get_ticket_for_change(reference, by=by)
    question = db.session.get(Question, question_id)
    if question is None or question.ticket_id != ticket.id:
        raise NotFound
    if question.answered_at is not None:
        raise QuestionAlreadyAnswered
    question.answered_at, question.answer, question.answered_by_id = clock.now(), text, by.staff_id
    record_history(ticket, "question_answered", by=by, after={"question": question.id})
    publish(
        QuestionAnswered(
            ticket_id=TicketId(ticket.id),
            shop_id=ShopId(ticket.shop_id),
            question_id=question.id,
            by=by,
            at=question.answered_at,
        )
    )
