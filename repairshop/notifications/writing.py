"""The row of one message, made the same way wherever a message comes from."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from repairshop.database import db
from repairshop.notifications.channels.listed import carrier_of
from repairshop.notifications.costs import cost_of
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.planning import Planned, due_after
from repairshop.notifications.rules import Channel, Notice, State, purpose_of
from repairshop.notifications.texts import Rendered, TextFacts
from repairshop.staff.models import Shop
from repairshop.tickets.models import PortalLink, Ticket
from repairshop.tickets.portal_links import get_link, get_links
from repairshop.tickets.rules import LinkOrigin


@dataclass(frozen=True, kw_only=True)
class About:
    """What a message is about; `ticket` and `customer_id` are None for a word to the shop itself."""

    shop_id: int
    ticket: Ticket | None = None
    customer_id: int | None = None
    links: Mapping[LinkOrigin, PortalLink] = field(default_factory=dict)  # what is known of theirs already


def links_for(visit_id: int, customer_id: int, channels: Iterable[Channel]) -> dict[LinkOrigin, PortalLink]:
    """What messages on these channels lead to."""
    return get_links(visit_id, customer_id, origins=[carrier_of(channel).link_origin for channel in channels])


def is_written(event_key: str, channel: Channel, recipient: str) -> bool:
    """Whether the event has its message for this address: announced twice, it goes once."""
    query = select(OutgoingMessage.id).where(
        OutgoingMessage.event_key == event_key,
        OutgoingMessage.channel == channel,
        OutgoingMessage.recipient == recipient,
    )
    return db.session.scalars(query).first() is not None


def find_written(event_key: str) -> set[tuple[Channel, str]]:
    """The channels and addresses for which the event has its message."""
    query = select(OutgoingMessage.channel, OutgoingMessage.recipient).where(
        OutgoingMessage.event_key == event_key
    )
    return {(row.channel, row.recipient) for row in db.session.execute(query)}


def write_message(
    notice: Notice,
    planned: Planned,
    words: Rendered,
    about: About,
    *,
    event_key: str,
    facts: TextFacts,
    covers: Sequence[Sequence[Any]],
    at: datetime,
    is_pointed_at: bool = True,
) -> OutgoingMessage:
    """Add the message, queued or held; the caller has asked is_written.

    `is_pointed_at`: its id is wanted at once.
    """
    message = OutgoingMessage(
        uid=uuid.uuid4().hex,
        shop_id=about.shop_id,
        ticket_id=about.ticket.id if about.ticket else None,
        visit_id=about.ticket.visit_id if about.ticket else None,
        customer_id=about.customer_id,
        link_id=_link_id(about, planned.channel),
        event_key=event_key,
        notice=notice,
        purpose=purpose_of(notice),
        channel=planned.channel,
        recipient=planned.address,
        language=words.language,
        subject=words.subject,
        text=words.text,
        html=words.html,
        facts=facts.as_json(),
        covers=[list(cover) for cover in covers],
        state=State.HELD if planned.held else State.QUEUED,
        created_at=at,
        send_after=planned.send_after,
        due_at=due_after(planned.send_after, at=at),
    )
    price_message(message)
    db.session.add(message)
    if is_pointed_at:
        db.session.flush()
    return message


def price_message(message: OutgoingMessage) -> None:
    """Write down how long its text is and what it costs; again whenever the words change."""
    shop = db.session.get_one(Shop, message.shop_id)
    cost = cost_of(message.channel, message.text, message.recipient, shop.part_prices)
    message.parts, message.cost_hundredths = cost.parts, cost.hundredths


def _link_id(about: About, channel: Channel) -> int | None:
    if about.ticket is None or about.ticket.visit_id is None or about.customer_id is None:
        return None
    origin = carrier_of(channel).link_origin
    known = about.links.get(origin)
    if known is not None:
        return known.id
    return get_link(about.ticket.visit_id, about.customer_id, origin=origin).id
