"""What managers and operators do with messages, each act written into the ticket's history."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from repairshop.database import db
from repairshop.notifications import service
from repairshop.notifications.limits import OVER_CODES
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.moments import database_now
from repairshop.notifications.rules import RESTORED, MessageIsPast, OtherNumberHeld, State
from repairshop.staff.rules import Actor
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Ticket

# What a restored database believes to be under way; the provider may know better.
_UNDER_WAY = frozenset({State.QUEUED, State.SENDING, State.UNKNOWN, State.HELD})


def retry_message(message_id: int, *, by: Actor) -> None:
    """Try again now: what waits for its next try, what a person is asked about, or look at the list again.

    NotFound for another shop's message, MessageIsPast for one that has gone or is over.
    """
    ticket = _lock_ticket(message_id, by=by)
    row = service.get_message_for_change(message_id, by=by)
    if row.state is State.NEEDS_HUMAN:
        service.settle_by_hand(message_id, State.QUEUED, by=by)
    elif row.state in {State.QUEUED, State.UNKNOWN}:
        row.due_at = database_now()
        service.wake_worker()
    else:
        raise MessageIsPast(state=row.state)
    _record(row, ticket, "notice_retried", by=by)


def hold_message(message_id: int, *, by: Actor) -> None:
    """Keep a message that has not gone until somebody releases it."""
    ticket = _lock_ticket(message_id, by=by)
    row = service.get_message_for_change(message_id, by=by)
    if row.state not in {State.QUEUED, State.HELD}:
        raise MessageIsPast(state=row.state)
    row.state, row.due_at = State.HELD, None
    _record(row, ticket, "notice_held", by=by)


def release_message(message_id: int, *, by: Actor) -> None:
    """Let a held message go now; one that waits for the end of the night too."""
    ticket = _lock_ticket(message_id, by=by)
    service.release_message(message_id, by=by)
    row = service.get_message_for_change(message_id, by=by)
    row.due_at = database_now()
    _record(row, ticket, "notice_released", by=by)


def withdraw_message(message_id: int, *, by: Actor) -> None:
    """Take a message that has not gone back for good."""
    ticket = _lock_ticket(message_id, by=by)
    service.withdraw_message(message_id, by=by)
    row = service.get_message_for_change(message_id, by=by)
    _record(row, ticket, "notice_withdrawn", by=by)


def hold_everything(*, by: Actor, written_before: datetime | None = None) -> int:
    """After a restore: nothing of the shop that was on its way goes again until a person releases it.

    The database is older than the provider, so the table of transitions does not apply. What a limit holds
    keeps its reason: only a manager lets that go.
    """
    where: list[ColumnElement[bool]] = [OutgoingMessage.state.in_(_UNDER_WAY)]
    if written_before is not None:
        where.append(OutgoingMessage.created_at < written_before)
    ids = _list_ids(*where, by=by)
    for message_id in ids:
        ticket = _lock_ticket(message_id, by=by)
        row = service.get_message_for_change(message_id, by=by)
        row.state, row.due_at, row.attempt = State.HELD, None, None
        if row.error_code not in OVER_CODES:
            row.error_code = RESTORED
        _record(row, ticket, "notice_held", by=by)
    return len(ids)


def release_everything(*, by: Actor) -> int:
    """Let go what is held until somebody says so; what waits for the end of the night stays."""
    ids = _list_ids(OutgoingMessage.state == State.HELD, OutgoingMessage.due_at.is_(None), by=by)
    return _do_all(ids, release_message, by=by)


def release_over_limits(*, by: Actor) -> int:
    """Let everything go that a limit holds, knowingly; raises OverLimit for who is no manager."""
    ids = _list_ids(OutgoingMessage.state == State.HELD, OutgoingMessage.error_code.in_(OVER_CODES), by=by)
    return _do_all(ids, release_message, by=by)


def end_restored(act: Callable[..., None], *, seen: int, by: Actor) -> int:
    """Release or withdraw all that is held because the database was an older copy; how many those were.

    `seen` is the number that was decided about. Raises OtherNumberHeld when there are more or fewer by now.
    """
    ids = _list_ids(*_RESTORED, by=by)
    if seen != len(ids):
        raise OtherNumberHeld(number=len(ids))
    return _do_all(ids, act, by=by)


def count_restored(shop_id: int) -> int:
    """What is held because the database was an older copy."""
    query = select(func.count()).where(OutgoingMessage.shop_id == shop_id, *_RESTORED)
    return db.session.scalars(query).one()


_RESTORED = (OutgoingMessage.state == State.HELD, OutgoingMessage.error_code == RESTORED)


def _do_all(message_ids: Sequence[int], act: Callable[..., None], *, by: Actor) -> int:
    for message_id in message_ids:
        act(message_id, by=by)
    return len(message_ids)


def _list_ids(*where: ColumnElement[bool], by: Actor) -> list[int]:
    """By ticket: two who do this at once lock in the same order."""
    query = select(OutgoingMessage.id).where(OutgoingMessage.shop_id == by.shop_id, *where)
    return list(db.session.scalars(query.order_by(OutgoingMessage.ticket_id, OutgoingMessage.id)))


def _lock_ticket(message_id: int, *, by: Actor) -> Ticket | None:
    """The ticket before its message, as every verb takes them."""
    query = (
        select(Ticket)
        .join(OutgoingMessage, OutgoingMessage.ticket_id == Ticket.id)
        .where(OutgoingMessage.id == message_id, OutgoingMessage.shop_id == by.shop_id)
        .with_for_update(of=Ticket, key_share=True)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).one_or_none()


def _record(row: OutgoingMessage, ticket: Ticket | None, act: str, *, by: Actor) -> None:
    if ticket is None:
        return
    # As a part of its move, so that the move can still be undone.
    kind, _, number = row.event_key.partition(":")
    move_id = int(number) if kind == "move" and number.isdigit() else None
    after = {"message": row.id, "notice": row.notice.value, "channel": row.channel.value}
    record_history(ticket, act, by=by, after=after, move_id=move_id)
