"""What events mean for messages. Rows only, in the transaction of the event."""

from repairshop.database import db
from repairshop.notifications import service
from repairshop.notifications.rules import Notice, notice_for_move, send_after_move
from repairshop.tickets.events import CheckInCompleted, MoveUndone, QuestionAnswered, TicketMoved
from repairshop.tickets.models import Ticket


def queue_stage_notices(event: TicketMoved) -> None:
    """Every move tells the customer, except where notice_for_move says that another act does."""
    notice = notice_for_move(event.verb, target=event.target, outcome=event.outcome)
    if notice is None:
        return
    service.queue_notice(
        notice,
        db.session.get_one(Ticket, event.ticket_id),
        event_key=f"move:{event.move_id}",
        facts=event.facts,
        send_after=send_after_move(at=event.at, undo_until=event.undo_until, by=event.by.kind),
    )


def withdraw_stage_notices(event: MoveUndone) -> None:
    service.withdraw_event(f"move:{event.move_id}")


def queue_received_notice(event: CheckInCompleted) -> None:
    service.queue_notice(
        Notice.RECEIVED,
        db.session.get_one(Ticket, event.ticket_id),
        event_key=f"check_in:{event.ticket_id}",
        facts=event.facts,
    )


def queue_answer_notice(event: QuestionAnswered) -> None:
    service.queue_notice(
        Notice.QUESTION_ANSWERED,
        db.session.get_one(Ticket, event.ticket_id),
        event_key=f"question:{event.question_id}",
    )
