"""What events mean for messages. Rows only, in the transaction of the event."""

from datetime import timedelta

from repairshop.custody.events import DeviceLost
from repairshop.database import db
from repairshop.notifications import service, sharing
from repairshop.notifications.lost_devices import mail_lost_device
from repairshop.notifications.planning import send_after_move
from repairshop.notifications.rules import Notice, notice_for_move
from repairshop.promises.events import PromiseChanged
from repairshop.staff.models import Shop
from repairshop.staff.rules import ActorKind
from repairshop.tickets.events import CheckInCompleted, MoveUndone, QuestionAnswered, TicketMoved
from repairshop.tickets.models import Ticket
from repairshop.tickets.rules import MoveFacts
from repairshop.tickets.stages import Verb


def queue_stage_notices(event: TicketMoved) -> None:
    """Every move tells the customer, except where notice_for_move says that another act does."""
    notice = notice_for_move(
        event.verb, target=event.target, outcome=event.outcome, reason=event.facts.reason
    )
    # What a stranger booked on the public page is told once somebody of the shop has confirmed it.
    booked_by_stranger = event.verb is Verb.BOOK and event.by.kind is ActorKind.CUSTOMER
    if notice is None or booked_by_stranger:
        return
    service.queue_notice(
        notice,
        db.session.get_one(Ticket, event.ticket_id),
        event_key=f"move:{event.move_id}",
        facts=event.facts,
        send_after=send_after_move(at=event.at, undo_until=event.undo_until, by=event.by.kind),
    )


def withdraw_stage_notices(event: MoveUndone) -> None:
    sharing.withdraw_event(f"move:{event.move_id}")


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


def tell_of_lost_device(event: DeviceLost) -> None:
    mail_lost_device(event)


def queue_promise_notice(event: PromiseChanged) -> None:
    """Other dates are told before the old ones pass; staff can still change the words for a while."""
    is_later = event.before is not None and event.dates.latest > event.before.latest
    window = db.session.get_one(Shop, event.shop_id).undo_window_seconds
    wait = timedelta(seconds=window if event.by.kind is ActorKind.STAFF else 0)
    service.queue_notice(
        Notice.PROMISE_LATE if is_later else Notice.NEW_DATES,
        db.session.get_one(Ticket, event.ticket_id),
        event_key=f"promise:{event.promise_id}",
        facts=MoveFacts(promised_from=event.dates.earliest, promised_to=event.dates.latest),
        send_after=event.at + wait,
    )
