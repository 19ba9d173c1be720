"""When an address does not work: the customer's next one, or a call; and a word to the shop."""

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from repairshop.catalogue.rules import DeviceType
from repairshop.database import db
from repairshop.events import publish
from repairshop.notifications.composition import compose, words_for
from repairshop.notifications.events import MessageFellThrough
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.own_texts import wording_of
from repairshop.notifications.planning import Planned
from repairshop.notifications.rules import REACHED_NOBODY, Channel, Notice, Purpose, State
from repairshop.notifications.texts import TextFacts
from repairshop.notifications.writing import About, is_written, write_message
from repairshop.phone import PhoneNotUnderstood, to_e164
from repairshop.staff.models import Shop
from repairshop.staff.rules import ShopId
from repairshop.tickets.models import Ticket
from repairshop.tickets.rules import MoveFacts

# A message that could have gone for so long, with a worker there, is not going.
OVERDUE = timedelta(minutes=10)


def queue_fallback(failed: OutgoingMessage) -> None:
    """Tell the customer on their next address; a service notice that has none left becomes a call.

    Nothing while the other channel's message for the same event is on its way or has arrived. Nothing for
    one-time codes and surveys: a code on another channel was not asked for there.
    """
    if failed.purpose is not Purpose.SERVICE:
        return
    if failed.ticket_id is None:
        publish(MessageFellThrough(message_id=failed.id, shop_id=ShopId(failed.shop_id)))
        return
    if _goes_another_way(failed):
        return
    at = failed.finished_at or failed.created_at
    ticket = db.session.get_one(Ticket, failed.ticket_id)
    composition = compose(
        failed.notice, ticket, facts=MoveFacts(), send_after=at, but_not=_tried(failed.event_key)
    )
    facts = TextFacts.from_json(failed.facts)
    wording = wording_of(db.session.get_one(Shop, failed.shop_id), failed.notice)
    for composed in composition.messages:
        planned = composed.planned
        if not is_written(failed.event_key, planned.channel, planned.address):
            write_message(
                failed.notice,
                planned,
                words_for(failed.notice, planned.channel, facts, planned.language, wording=wording),
                About(shop_id=failed.shop_id, ticket=ticket, customer_id=failed.customer_id),
                event_key=failed.event_key,
                facts=facts,
                covers=failed.covers,
                at=at,
            )


def _goes_another_way(failed: OutgoingMessage) -> bool:
    others = select(OutgoingMessage.id).where(
        OutgoingMessage.event_key == failed.event_key,
        OutgoingMessage.id != failed.id,
        OutgoingMessage.state.not_in(REACHED_NOBODY),
    )
    return db.session.scalars(others.limit(1)).first() is not None


def _tried(event_key: str) -> frozenset[tuple[Channel, str]]:
    rows = db.session.execute(
        select(OutgoingMessage.channel, OutgoingMessage.recipient).where(
            OutgoingMessage.event_key == event_key, OutgoingMessage.channel != Channel.CALL
        )
    )
    return frozenset((row.channel, row.recipient) for row in rows)


def alert_staff(message: OutgoingMessage, *, at: datetime) -> None:
    """Tell the shop, on the channel that is not in trouble, at most once an hour."""
    shop = db.session.get_one(Shop, message.shop_id)
    channel = Channel.EMAIL if message.channel is not Channel.EMAIL else Channel.SMS
    recipient = shop.email if channel is Channel.EMAIL else _number_of(shop)
    key = f"alert:{shop.id}:{message.channel.value}:{at:%Y-%m-%dT%H}"
    if not recipient or is_written(key, channel, recipient):
        return
    language = str(shop.languages[0]) if shop.languages else "en"
    facts = TextFacts(
        shop=shop.name, tickets=(), device_type=DeviceType.OTHER, waiting=_count_waiting(message, at=at)
    )
    write_message(
        Notice.STAFF_ALERT,
        Planned(channel=channel, address=recipient, language=language, send_after=at),
        words_for(Notice.STAFF_ALERT, channel, facts, language),
        About(shop_id=shop.id),
        event_key=key,
        facts=facts,
        covers=[],
        at=at,
    )


def _number_of(shop: Shop) -> str:
    try:
        return to_e164(shop.phone, country=shop.country) if shop.phone else ""
    except PhoneNotUnderstood:
        return ""


def _count_waiting(message: OutgoingMessage, *, at: datetime) -> int:
    """What the shop's page shows as not gone on this channel: asked about, refused, or overdue."""
    return db.session.scalars(
        select(func.count()).where(
            OutgoingMessage.shop_id == message.shop_id,
            OutgoingMessage.channel == message.channel,
            or_(
                OutgoingMessage.state == State.NEEDS_HUMAN,
                (OutgoingMessage.state == State.QUEUED) & (OutgoingMessage.attempts > 0),
                (OutgoingMessage.state == State.QUEUED) & (OutgoingMessage.due_at < at - OVERDUE),
                # Held by a limit, which is told before it is seen in the database.
                OutgoingMessage.id == message.id,
            ),
        )
    ).one()
