"""What a verb would send: who gets which words, and who gets none and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, select

from repairshop import clock
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.notifications.composition import Composition, Reads, compose, read_once
from repairshop.notifications.costs import TextCost, cost_of
from repairshop.notifications.filling import with_link
from repairshop.notifications.lengths import Length, length_of
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.own_texts import wording_of
from repairshop.notifications.planning import NotSent, NotSentReason, send_after_move
from repairshop.notifications.rules import (
    OVERTAKEN_BY_MOVES,
    STAGE_NOTICES,
    UNSENT_STATES,
    Channel,
    Notice,
    masked_link,
    notice_for_move,
)
from repairshop.notifications.texts import Wording
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor
from repairshop.tickets.models import Ticket
from repairshop.tickets.rules import MoveFacts, undo_until
from repairshop.tickets.stages import Outcome, Verb, outcome_after, require_move


@dataclass(frozen=True, kw_only=True)
class PreviewMessage:
    """One message that a move would send; `held` is until the morning."""

    channel: Channel
    recipient: str
    language: str
    subject: str
    text: str
    send_after: datetime
    held: bool
    length: Length
    cost: TextCost


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A message about the ticket that has not gone."""

    id: int
    notice: Notice
    channel: Channel
    recipient: str


@dataclass(frozen=True, kw_only=True)
class Preview:
    """Who gets which words when a verb is done, and who does not, with the reason.

    `overtaken` are messages that still wait and will not go, because the new ones take their place.
    """

    notice: Notice | None
    messages: tuple[PreviewMessage, ...]
    not_sent: tuple[NotSent, ...]
    window_seconds: int
    currency: str
    overtaken: tuple[Waiting, ...] = ()


def preview(
    reference: str, verb: Verb, *, by: Actor, facts: MoveFacts | None = None, outcome: Outcome | None = None
) -> Preview:
    """What the verb would send now; refuses a verb that does not start in the ticket's stage."""
    ticket, shop, waiting = _load(reference, by=by)
    return _preview(ticket, shop, verb, waiting, by=by, facts=facts, outcome=outcome)


def preview_each(reference: str, verbs: Iterable[Verb], *, by: Actor) -> dict[Verb, Preview]:
    """What each verb would send before its form adds anything; the customer's addresses are read once."""
    ticket, shop, waiting = _load(reference, by=by)
    reads, wording = read_once(), wording_of(shop)
    return {
        verb: _preview(ticket, shop, verb, waiting, by=by, reads=reads, wording=wording) for verb in verbs
    }


def preview_ways(
    reference: str, verb: Verb, ways: Mapping[str, MoveFacts], *, by: Actor
) -> dict[str, Preview]:
    """What one verb would send for each way its form can be filled in; the addresses are read once."""
    ticket, shop, waiting = _load(reference, by=by)
    reads, wording = read_once(), wording_of(shop)
    return {
        way: _preview(ticket, shop, verb, waiting, by=by, facts=facts, reads=reads, wording=wording)
        for way, facts in ways.items()
    }


def _load(reference: str, *, by: Actor) -> tuple[Ticket, Shop, list[Waiting]]:
    """The ticket, its shop, and what the next notice of a stage makes pointless; in one statement."""
    waits = and_(
        OutgoingMessage.ticket_id == Ticket.id,
        OutgoingMessage.state.in_(UNSENT_STATES),
        OutgoingMessage.notice.in_(OVERTAKEN_BY_MOVES),
    )
    rows = db.session.execute(
        select(
            Ticket,
            Shop,
            OutgoingMessage.id,
            OutgoingMessage.notice,
            OutgoingMessage.channel,
            OutgoingMessage.recipient,
        )
        .join(Shop, Shop.id == Ticket.shop_id)
        .outerjoin(OutgoingMessage, waits)
        .where(Ticket.code == reference, Ticket.shop_id == by.shop_id)
        .order_by(OutgoingMessage.id)
    ).all()
    if not rows:
        raise NotFound
    waiting = [
        Waiting(id=row.id, notice=row.notice, channel=row.channel, recipient=row.recipient)
        for row in rows
        if row.id is not None
    ]
    return rows[0][0], rows[0][1], waiting


def _preview(
    ticket: Ticket,
    shop: Shop,
    verb: Verb,
    waiting: list[Waiting],
    *,
    by: Actor,
    facts: MoveFacts | None = None,
    outcome: Outcome | None = None,
    reads: Reads | None = None,
    wording: Wording | None = None,
) -> Preview:
    target = require_move(ticket.stage, verb)
    ends = outcome_after(verb, chosen=outcome, current=ticket.outcome)
    notice = notice_for_move(verb, target=target, outcome=ends, reason=facts.reason if facts else None)
    window = shop.undo_window_seconds
    if notice is None:
        silent = NotSent(channel=Channel.CALL, address="", reason=NotSentReason.SILENT)
        return Preview(
            notice=None, messages=(), not_sent=(silent,), window_seconds=window, currency=shop.currency
        )
    at = clock.now()
    waits_until = undo_until(verb, at=at, by=by, window_seconds=window)
    composition = compose(
        notice,
        ticket,
        facts=facts or MoveFacts(),
        send_after=send_after_move(at=at, undo_until=waits_until, by=by.kind),
        reads=reads or Reads(),
        wording=wording,
    )
    return _as_preview(notice, composition, shop, waiting)


def preview_dates(reference: str, *, earliest: date, latest: date, by: Actor) -> Preview:
    """What a customer would be sent if these later dates were promised now."""
    ticket, shop, waiting = _load(reference, by=by)
    composition = compose(
        Notice.PROMISE_LATE,
        ticket,
        facts=MoveFacts(promised_from=earliest, promised_to=latest),
        send_after=clock.now() + timedelta(seconds=shop.undo_window_seconds),
    )
    return _as_preview(Notice.PROMISE_LATE, composition, shop, waiting)


def preview_notice(reference: str, notice: Notice, *, by: Actor, facts: MoveFacts | None = None) -> Preview:
    """What an act of staff that moves nothing would send now."""
    ticket, shop, waiting = _load(reference, by=by)
    send_after = clock.now() + timedelta(seconds=shop.undo_window_seconds)
    composition = compose(notice, ticket, facts=facts or MoveFacts(), send_after=send_after)
    return _as_preview(notice, composition, shop, waiting)


def _as_preview(notice: Notice, composition: Composition, shop: Shop, waiting: list[Waiting]) -> Preview:
    return Preview(
        notice=notice,
        messages=tuple(
            PreviewMessage(
                channel=message.planned.channel,
                recipient=message.planned.address,
                language=message.rendered.language,
                subject=message.rendered.subject,
                text=masked_link(message.rendered.text),
                send_after=message.planned.send_after,
                held=message.planned.held,
                length=length_of(with_link(message.rendered.text)),
                cost=cost_of(
                    message.planned.channel,
                    message.rendered.text,
                    message.planned.address,
                    shop.part_prices,
                ),
            )
            for message in composition.messages
        ),
        not_sent=composition.not_sent,
        window_seconds=shop.undo_window_seconds,
        currency=shop.currency,
        overtaken=_overtaken(notice, composition, waiting),
    )


def _overtaken(notice: Notice, composition: Composition, waiting: list[Waiting]) -> tuple[Waiting, ...]:
    """A new message takes the place of what waits for the same address."""
    if notice not in STAGE_NOTICES:
        return ()
    places = {(message.planned.channel, message.planned.address) for message in composition.messages}
    return tuple(one for one in waiting if (one.channel, one.recipient) in places)
