"""Verbs about messages: queue, share, supersede, withdraw, edit, and what a person decides about them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select

from repairshop import clock
from repairshop.customers.models import Customer
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.events import publish
from repairshop.notifications.channels.listed import carrier_of
from repairshop.notifications.composition import Composed, compose
from repairshop.notifications.events import MessageFellThrough
from repairshop.notifications.limits import OVER_CODES
from repairshop.notifications.marks import is_catching_up
from repairshop.notifications.models import DeliveryAttempt, OutgoingMessage
from repairshop.notifications.own_texts import wording_of
from repairshop.notifications.rules import (
    MOST_A_DAY_FROM_ONE_SHOP,
    MOST_A_DAY_TO_ONE_ADDRESS,
    OVERTAKEN_BY_MOVES,
    PUBLIC_NOTICES,
    RESTORED,
    STAGE_NOTICES,
    MessageIsPast,
    Notice,
    OverLimit,
    State,
    TextEmpty,
    require_transition,
    require_unsent,
)
from repairshop.notifications.sharing import can_share, list_unsent, render_again, share, supersede
from repairshop.notifications.texts import Rendered, TextFacts
from repairshop.notifications.writing import (
    About,
    find_written,
    links_for,
    price_message,
    write_message,
)
from repairshop.promises.queries import get_calendar
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor, ActorKind, Right, ShopId
from repairshop.tickets.models import Ticket
from repairshop.tickets.rules import MoveFacts

log = structlog.get_logger("repairshop.notifications")
WAKE_CHANNEL = "repairshop_notices"
# A worker looks this often, and sees the moment of what is due next; for what is due earlier it is woken.
_WOKEN_FOR = timedelta(seconds=2)


def queue_notice(
    notice: Notice,
    ticket: Ticket,
    *,
    event_key: str,
    facts: MoveFacts | None = None,
    send_after: datetime | None = None,
    code: str = "",
) -> list[OutgoingMessage]:
    """Write the messages one event calls for, in the caller's transaction.

    `event_key` names the event ("quote:45:reminder:1"): a second call with it writes nothing. An empty list
    means that nobody is to be told.
    """
    at = clock.now()
    when = send_after or at
    composition = compose(notice, ticket, facts=facts or MoveFacts(), send_after=when, code=code)
    if composition.customer is None:
        return []
    asked = {(one.planned.channel, one.planned.address): one for one in reversed(composition.messages)}
    for written in find_written(event_key):
        asked.pop(written, None)
    fresh = list(reversed(asked.values()))
    if not fresh:
        return []
    unsent = list_unsent(ticket)
    about = _about(ticket, composition.customer, fresh)
    queued = [
        _queue(composed, notice, ticket, about, composition.facts, event_key=event_key, unsent=unsent, at=at)
        for composed in fresh
    ]
    db.session.flush()  # all at once; others point at them
    return [message for message in queued if message is not None]


def _about(ticket: Ticket, customer: Customer, fresh: Sequence[Composed]) -> About:
    channels = [composed.planned.channel for composed in fresh]
    links = links_for(ticket.visit_id, customer.id, channels) if ticket.visit_id is not None else {}
    return About(shop_id=ticket.shop_id, ticket=ticket, customer_id=customer.id, links=links)


def _queue(
    composed: Composed,
    notice: Notice,
    ticket: Ticket,
    about: About,
    facts: TextFacts,
    *,
    event_key: str,
    unsent: Sequence[OutgoingMessage],
    at: datetime,
) -> OutgoingMessage | None:
    planned = composed.planned
    if notice in PUBLIC_NOTICES and _is_too_much(planned.address, ticket.shop_id, at=at):
        log.warning("too many messages asked for", shop=ticket.shop_id, notice=notice)
        return None
    earlier = [row for row in unsent if row.channel is planned.channel and row.recipient == planned.address]
    message = write_message(
        notice,
        planned,
        composed.rendered,
        about,
        event_key=event_key,
        facts=facts,
        covers=[(event_key, facts.tickets[0], ticket.device_type.value, ticket.device_label)],
        at=at,
        is_pointed_at=bool(earlier),
    )
    if is_catching_up():
        message.state, message.due_at, message.error_code = State.HELD, None, RESTORED
    host = next((row for row in earlier if can_share(row, notice, ticket)), None)
    if notice in STAGE_NOTICES:
        for row in earlier:
            if row is not host and row.notice in OVERTAKEN_BY_MOVES:
                supersede(row, ticket, by=message)
    if host is not None:
        share(host, message)
    elif message.due_at is not None and message.due_at <= at + _WOKEN_FOR:
        wake_worker()
    return message


def _is_too_much(recipient: str, shop_id: int, *, at: datetime) -> bool:
    """Whether strangers have asked for as many messages as a day allows; they are not told."""
    asked = select(func.count()).where(
        OutgoingMessage.notice.in_(PUBLIC_NOTICES),
        OutgoingMessage.shop_id == shop_id,
        OutgoingMessage.created_at > at - timedelta(days=1),
    )
    to_one = db.session.scalars(asked.where(OutgoingMessage.recipient == recipient)).one()
    return to_one >= MOST_A_DAY_TO_ONE_ADDRESS or db.session.scalars(asked).one() >= MOST_A_DAY_FROM_ONE_SHOP


def wake_worker() -> None:
    """Tell a worker that listens; PostgreSQL delivers it when, and only if, the transaction commits."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(select(func.pg_notify(WAKE_CHANNEL, "")))


def get_message_for_change(message_id: int, *, by: Actor) -> OutgoingMessage:
    """The message, its row locked; NotFound for another shop's."""
    query = (
        select(OutgoingMessage)
        .where(OutgoingMessage.id == message_id, OutgoingMessage.shop_id == by.shop_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = db.session.scalars(query).one_or_none()
    if row is None:
        raise NotFound
    return row


def edit_message(message_id: int, text: str, *, by: Actor) -> None:
    """Change the words of a message that has not gone; the first words are kept beside them."""
    row = get_message_for_change(message_id, by=by)
    require_unsent(row.state)
    words = text.strip()
    if not words:
        raise TextEmpty(field="text")
    row.first_text = row.first_text or row.text
    row.edited_by_id = by.staff_id
    before = Rendered(text=row.text, subject=row.subject, html=row.html, language=row.language)
    facts, wording = TextFacts.from_json(row.facts), wording_of(db.session.get_one(Shop, row.shop_id))
    after = carrier_of(row.channel).reword(words, before, facts, wording)
    row.text, row.html = after.text, after.html
    price_message(row)


def withdraw_message(message_id: int, *, by: Actor) -> None:
    """A person takes a message back before it goes; nothing else changes."""
    row = get_message_for_change(message_id, by=by)
    require_unsent(row.state)
    row.state, row.finished_at, row.edited_by_id = State.WITHDRAWN, clock.now(), by.staff_id
    publish(MessageFellThrough(message_id=row.id, shop_id=ShopId(row.shop_id)))


def release_message(message_id: int, *, by: Actor) -> None:
    """Let a held message go now."""
    row = get_message_for_change(message_id, by=by)
    if row.state is not State.HELD:
        raise MessageIsPast(state=row.state)
    if row.error_code in OVER_CODES and by.kind is ActorKind.STAFF and not by.may(Right.MANAGE):
        raise OverLimit(limit=row.error_code)
    _leave_out_past_dates(row, at=clock.now())
    row.over_limits, row.error_code, row.attempts = True, "", 0
    row.resent = row.resent or _count_unanswered(row) > 0
    row.state, row.due_at, row.edited_by_id = State.QUEUED, clock.now(), by.staff_id
    wake_worker()


def wake_held(*, at: datetime) -> int:
    """Queue what was held for the night."""
    query = (
        select(OutgoingMessage)
        .where(OutgoingMessage.state == State.HELD, OutgoingMessage.due_at <= at)
        .with_for_update(skip_locked=True)
    )
    rows = list(db.session.scalars(query))
    for row in rows:
        _leave_out_past_dates(row, at=at)
        row.state, row.due_at, row.attempts = State.QUEUED, at, 0
    if rows:
        wake_worker()
    return len(rows)


def _leave_out_past_dates(row: OutgoingMessage, *, at: datetime) -> None:
    """A date that has passed while a message was held leaves its words; both versions are kept."""
    facts = TextFacts.from_json(row.facts)
    current = facts.without_dates_before(get_calendar(row.shop_id).local_day(at))
    if current != facts and not row.first_text:
        row.first_text = row.text
        render_again(row, current)


def settle_by_hand(message_id: int, answer: State, *, by: Actor) -> None:
    """A person decides about a message that needs one: it was sent (or told), it failed, or try it again.

    What may have gone more than once is looked for in the provider's list, whatever the person says.
    """
    row = get_message_for_change(message_id, by=by)
    if row.state is not State.NEEDS_HUMAN:
        raise MessageIsPast(state=row.state)
    require_transition(row.state, answer)
    row.state, row.edited_by_id, at = answer, by.staff_id, clock.now()
    unanswered = _count_unanswered(row)
    if answer is State.QUEUED:
        row.due_at, row.attempts, row.resent = at, 0, unanswered > 0
        wake_worker()
        return
    row.finished_at = at
    if unanswered > 1:
        row.resent, row.due_at = True, at
    if answer is State.SENT:
        row.accepted_at = at


def _count_unanswered(row: OutgoingMessage) -> int:
    """How many of its tries may have been accepted without our knowing."""
    tries = select(func.count()).where(
        DeliveryAttempt.message_id == row.id, DeliveryAttempt.ending.in_(("", "lost"))
    )
    return db.session.scalars(tries).one()
