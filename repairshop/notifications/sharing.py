"""Messages of one visit that have not gone: one speaks for several tickets, a newer one replaces an older."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from repairshop import clock
from repairshop.database import db
from repairshop.notifications.composition import with_tickets, words_for
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.own_texts import wording_of
from repairshop.notifications.rules import (
    SHARED_NOTICES,
    UNSENT_STATES,
    Notice,
    State,
    require_transition,
)
from repairshop.notifications.texts import TextFacts
from repairshop.notifications.writing import price_message
from repairshop.staff.models import Shop
from repairshop.tickets.models import Ticket

# No shop may set a longer time for undoing.
_LONGEST_WINDOW = timedelta(minutes=10)


def list_unsent(ticket: Ticket) -> list[OutgoingMessage]:
    """Messages of the visit that have not gone, locked so that none goes meanwhile."""
    query = (
        select(OutgoingMessage)
        .where(
            OutgoingMessage.visit_id == ticket.visit_id,
            OutgoingMessage.state.in_(UNSENT_STATES),
        )
        .order_by(OutgoingMessage.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query)) if ticket.visit_id is not None else []


def can_share(row: OutgoingMessage, notice: Notice, ticket: Ticket) -> bool:
    """Tickets of one visit that reach the same stage together are told about once.

    Not by one that a person has to decide about: the new event would wait, or be taken back, with it.
    """
    waits_for_somebody = row.state is State.HELD and row.due_at is None
    return (
        row.notice is notice
        and not waits_for_somebody
        and notice in SHARED_NOTICES
        and row.ticket_id != ticket.id
        and not row.first_text
    )


def share(host: OutgoingMessage, message: OutgoingMessage) -> None:
    """Let the earlier message speak for this event too; it waits as long as either has to."""
    _set_covers(host, [*host.covers, *message.covers])
    host.send_after = max(host.send_after, message.send_after)
    host.due_at = max(host.due_at, message.due_at) if host.due_at and message.due_at else host.due_at
    require_transition(message.state, State.SUPERSEDED)
    message.state, message.superseded_by_id, message.shared = State.SUPERSEDED, host.id, True


def supersede(row: OutgoingMessage, ticket: Ticket, *, by: OutgoingMessage) -> None:
    """The ticket has moved on. A message that also speaks for other tickets goes on speaking for those."""
    own = _event_keys_of(row, ticket)
    remaining = [cover for cover in row.covers if cover[0] not in own]
    if remaining and own:
        _set_covers(row, remaining)
    elif own or row.ticket_id == ticket.id:
        require_transition(row.state, State.SUPERSEDED)
        row.state, row.superseded_by_id = State.SUPERSEDED, by.id


def _event_keys_of(row: OutgoingMessage, ticket: Ticket) -> set[str]:
    """The events of this ticket that the message speaks for."""
    guests = db.session.scalars(
        select(OutgoingMessage.event_key).where(
            OutgoingMessage.superseded_by_id == row.id,
            OutgoingMessage.shared.is_(True),
            OutgoingMessage.ticket_id == ticket.id,
        )
    )
    return set(guests) | ({row.event_key} if row.ticket_id == ticket.id else set())


def _set_covers(row: OutgoingMessage, covers: Sequence[Sequence[str]]) -> None:
    row.covers = [list(cover) for cover in covers]
    facts = with_tickets(TextFacts.from_json(row.facts), covers)
    row.facts = facts.as_json()
    if not row.first_text:  # words that a person has changed stay as they are
        render_again(row, facts)


def render_again(row: OutgoingMessage, facts: TextFacts) -> None:
    wording = wording_of(db.session.get_one(Shop, row.shop_id), row.notice)
    words = words_for(row.notice, row.channel, facts, row.language, wording=wording)
    row.subject, row.text, row.html = words.subject, words.text, words.html
    price_message(row)


def withdraw_event(event_key: str) -> None:
    """The event did not happen after all: what it queued and has not gone is withdrawn."""
    query = (
        select(OutgoingMessage)
        .where(OutgoingMessage.event_key == event_key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for row in db.session.scalars(query).all():
        if row.shared:
            _leave_host(row)
        elif row.state in UNSENT_STATES:
            _withdraw(row)


def _leave_host(row: OutgoingMessage) -> None:
    host = db.session.get_one(
        OutgoingMessage, row.superseded_by_id, populate_existing=True, with_for_update=True
    )
    row.shared = False
    remaining = [cover for cover in host.covers if cover[0] != row.event_key]
    if host.state not in UNSENT_STATES:
        return
    if remaining:
        _set_covers(host, remaining)
    else:
        _withdraw(host)


def _withdraw(row: OutgoingMessage) -> None:
    """What it superseded is true again. A message that others share stays, for them alone."""
    remaining = [cover for cover in row.covers if cover[0] != row.event_key]
    if remaining:
        _set_covers(row, remaining)
        return
    require_transition(row.state, State.WITHDRAWN)
    row.state, row.finished_at = State.WITHDRAWN, clock.now()
    for older in _list_superseded_by(row):
        again = _state_again(older)
        require_transition(older.state, again)
        older.state, older.superseded_by_id = again, None


def _state_again(row: OutgoingMessage) -> State:
    """Held as it was: for the morning, or until a person says so, who has not been asked meanwhile."""
    waits = row.due_at is None or row.due_at > clock.now() + _LONGEST_WINDOW
    return State.HELD if waits else State.QUEUED


def _list_superseded_by(row: OutgoingMessage) -> list[OutgoingMessage]:
    query = select(OutgoingMessage).where(
        OutgoingMessage.superseded_by_id == row.id, OutgoingMessage.shared.is_(False)
    )
    return list(db.session.scalars(query))
