"""Which ways an answer can take to a customer, and the message it becomes."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from repairshop import clock
from repairshop.catalogue.rules import DeviceType
from repairshop.customers.models import Customer
from repairshop.database import db
from repairshop.inbox.models import InboundMessage
from repairshop.inbox.rules import ChannelClosed, LinkHasNoTicket, can_be_texted, is_awake
from repairshop.notifications.channels.listed import CARRIERS
from repairshop.notifications.composition import facts_of, find_customer, list_reaches
from repairshop.notifications.consent import find_consent
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.planning import NotSentReason, Planned, Reach
from repairshop.notifications.quiet import quiet_for
from repairshop.notifications.rules import Channel, Notice, Purpose
from repairshop.notifications.spending import get_limits, may_text
from repairshop.notifications.texts import TextFacts
from repairshop.notifications.writing import About, write_message
from repairshop.notifications.written import written
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor
from repairshop.tickets.models import Ticket
from repairshop.tickets.rules import MoveFacts


@dataclass(frozen=True, kw_only=True)
class Way:
    """A channel and the address at its end."""

    channel: Channel
    address: str

    @property
    def value(self) -> str:
        return f"{self.channel.value}:{self.address}"

    @classmethod
    def read(cls, value: str) -> "Way | None":
        channel, _, address = value.partition(":")
        is_known = any(carrier.channel == channel for carrier in CARRIERS)
        return cls(channel=Channel(channel), address=address) if is_known else None


@dataclass(frozen=True, kw_only=True)
class OpenWay:
    """A way to answer; `obstacle` says why it is closed."""

    way: Way
    language: str
    obstacle: NotSentReason | None = None


def ways_of(
    number: str,
    reaches: Sequence[Reach],
    *,
    has_stopped: bool,
    language: str,
    countries: frozenset[str] | None = None,
) -> list[OpenWay]:
    """The number they wrote from first, then the person's others in their order, and a call at the end.

    `has_stopped` is about the number where it is none of the person's; `countries` are those that the shop
    texts, None: all.
    """
    ways = []
    if can_be_texted(number) and all(reach.address != number for reach in reaches):
        ways.append(
            OpenWay(
                way=Way(channel=Channel.SMS, address=number),
                language=language,
                obstacle=NotSentReason.OPTED_OUT
                if has_stopped
                else None
                if may_text(number, countries)
                else NotSentReason.OUT_OF_BOUNDS,
            )
        )
    ordered = sorted(reaches, key=lambda reach: reach.address != number)
    for reach in ordered:
        # Kept for calls only is a wish about notices; who writes from it wants to be answered there.
        kept_for_calls = not reach.may_notify and reach.address != number
        ways.append(
            OpenWay(
                way=Way(channel=reach.channel, address=reach.address),
                language=reach.language,
                obstacle=NotSentReason.PAUSED
                if reach.paused
                else NotSentReason.OPTED_OUT
                if reach.opted_out
                else NotSentReason.OUT_OF_BOUNDS
                if reach.is_number and not may_text(reach.address, countries)
                else NotSentReason.NOT_WANTED
                if kept_for_calls
                else None,
            )
        )
    called = next(
        (reach.address for reach in ordered if reach.channel is Channel.SMS and not reach.paused), ""
    )
    if not called and can_be_texted(number) and not reaches:
        called = number
    ways.append(OpenWay(way=Way(channel=Channel.CALL, address=called), language=language))
    return ways


def list_ways(number: str, customer: Customer | None, *, shop_id: int, language: str) -> list[OpenWay]:
    """The ways an answer to this number can take; `language` where the person is not known."""
    reaches = list_reaches(customer, purpose=Purpose.SERVICE) if customer else []
    consent = None
    if all(reach.address != number for reach in reaches):
        consent = find_consent(Channel.SMS, number, Purpose.SERVICE)
    return ways_of(
        number,
        reaches,
        has_stopped=consent is not None and consent.opted_out,
        language=customer.language if customer else language,
        countries=get_limits(shop_id).countries or None,
    )


def _customer_of(text: InboundMessage) -> Customer | None:
    if text.ticket_id is not None:
        return find_customer(db.session.get_one(Ticket, text.ticket_id))
    customer = db.session.get(Customer, text.customer_id) if text.customer_id is not None else None
    while customer is not None and customer.merged_into_id is not None:
        customer = db.session.get_one(Customer, customer.merged_into_id)
    return customer if customer is None or customer.erased_at is None else None


def find_open_way(text: InboundMessage, way: Way, *, shop: Shop) -> OpenWay:
    """The way as it is open now; ChannelClosed when it is not."""
    language = str(shop.languages[0]) if shop.languages else "en"
    for open_way in list_ways(text.sender, _customer_of(text), shop_id=shop.id, language=language):
        if open_way.way == way and open_way.obstacle is None:
            return open_way
    raise ChannelClosed(field="way")


def reply_facts(text: InboundMessage, ticket: Ticket | None, words: str, *, shop: Shop) -> TextFacts:
    customer = _customer_of(text)
    if ticket is not None:
        facts = facts_of(ticket, shop, customer, MoveFacts())
        return TextFacts(**{**facts.__dict__, "words": words})
    return TextFacts(
        shop=shop.name,
        tickets=(),
        device_type=DeviceType.OTHER,
        customer_name=customer.name.split()[0] if customer and customer.name.split() else "",
        place=", ".join(part for part in (shop.street, shop.city) if part),
        phone=shop.phone,
        country=shop.country,
        words=words,
    )


def write_reply(
    text: InboundMessage, ticket: Ticket | None, words: str, way: Way, *, by: Actor
) -> OutgoingMessage:
    """The answer as a message: it can be changed and taken back for as long as a move can be undone.

    At night a text waits for the morning, unless the customer has just written.
    """
    shop, at = db.session.get_one(Shop, by.shop_id), clock.now()
    open_way = find_open_way(text, way, shop=shop)
    if "{link}" in words and (ticket is None or ticket.visit_id is None):
        raise LinkHasNoTicket(field="text")
    facts = reply_facts(text, ticket, words, shop=shop)
    customer = _customer_of(text)
    planned = plan_reply(open_way, shop, customer, last_text=text.received_at, at=at)
    return write_message(
        Notice.REPLY,
        planned,
        written(planned.channel, facts, language=planned.language, keeps_accents=shop.keeps_accents),
        About(shop_id=shop.id, ticket=ticket, customer_id=customer.id if customer else None),
        event_key=f"reply:{text.id}:{uuid.uuid4().hex[:12]}",
        facts=facts,
        covers=[],
        at=at,
    )


def plan_reply(
    open_way: OpenWay, shop: Shop, customer: Customer | None, *, last_text: datetime | None, at: datetime
) -> Planned:
    send_after = at + timedelta(seconds=shop.undo_window_seconds)
    quiet = quiet_for(shop, customer)
    waits = (
        open_way.way.channel is Channel.SMS and quiet.contains(send_after) and not is_awake(last_text, at=at)
    )
    return Planned(
        channel=open_way.way.channel,
        address=open_way.way.address,
        language=open_way.language,
        send_after=quiet.next_end(send_after) if waits else send_after,
        held=waits,
    )
