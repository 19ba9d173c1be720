"""Who would get which words about a ticket now: the one reading behind both the preview and the queue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from sqlalchemy import and_, select

from repairshop.customers.models import ContactPoint, Customer
from repairshop.customers.rules import ContactKind
from repairshop.database import db
from repairshop.notifications.channels.listed import carrier_of, carriers_to
from repairshop.notifications.models import ContactConsent
from repairshop.notifications.own_texts import wording_of
from repairshop.notifications.planning import NotSent, NotSentReason, Plan, Planned, Reach, plan
from repairshop.notifications.quiet import quiet_for
from repairshop.notifications.rules import Channel, Notice, Purpose, purpose_of
from repairshop.notifications.spending import Policy, get_policy, may_text
from repairshop.notifications.texts import OURS, Rendered, TextFacts, Wording
from repairshop.notifications.written import written
from repairshop.staff.models import Shop
from repairshop.tickets.models import Ticket, Visit
from repairshop.tickets.rules import MoveFacts


@dataclass(frozen=True, kw_only=True)
class Composed:
    """One message with its words."""

    planned: Planned
    rendered: Rendered


@dataclass(frozen=True, kw_only=True)
class Composition:
    customer: Customer | None
    facts: TextFacts
    messages: tuple[Composed, ...]
    not_sent: tuple[NotSent, ...]


def find_customer(ticket: Ticket) -> Customer | None:
    """The customer of the ticket's visit, following merges; None for imported records and erased people."""
    if ticket.visit_id is None:
        return None
    query = select(Customer).join(Visit, Visit.customer_id == Customer.id).where(Visit.id == ticket.visit_id)
    customer = db.session.scalars(query).one()
    while customer.merged_into_id is not None:
        customer = db.session.get_one(Customer, customer.merged_into_id)
    return None if customer.erased_at is not None else customer


def list_reaches(
    customer: Customer, *, purpose: Purpose, returned_device_id: int | None = None
) -> list[Reach]:
    """The customer's numbers and addresses in their order, with what stands against each."""
    rows = db.session.execute(
        select(ContactPoint, ContactConsent.channel, ContactConsent.opted_out)
        .outerjoin(
            ContactConsent,
            and_(ContactConsent.recipient == ContactPoint.value, ContactConsent.purpose == purpose),
        )
        .where(ContactPoint.customer_id == customer.id, ContactPoint.removed_at.is_(None))
        .order_by(ContactPoint.position, ContactPoint.id)
    ).all()
    wishes = {(channel, point.value): opted_out for point, channel, opted_out in rows if channel}
    points = dict.fromkeys(point for point, _, _ in rows)
    return [
        Reach(
            channel=carrier.channel,
            address=point.value,
            language=point.language or customer.language,
            wakes=carrier.wakes,
            is_number=point.kind is ContactKind.PHONE,
            may_notify=point.may_notify,
            paused=point.sim_in_device_id is not None and point.sim_in_device_id != returned_device_id,
            opted_out=wishes.get((carrier.channel, point.value), False),
        )
        for point in points
        for carrier in carriers_to(point.kind)
        if not carrier.on_request or (carrier.channel, point.value) in wishes
    ]


@dataclass(frozen=True, kw_only=True)
class Reads:
    """What composing asks of the database."""

    customer: Callable[[Ticket], Customer | None] = find_customer
    reaches: Callable[..., list[Reach]] = list_reaches
    policy: Callable[[int], Policy] = get_policy


_READ_EACH_TIME = Reads()


def read_once() -> Reads:
    """Each question is asked once, where several notices are composed at the same moment."""
    return Reads(customer=cache(find_customer), reaches=cache(list_reaches), policy=cache(get_policy))


def compose(
    notice: Notice,
    ticket: Ticket,
    *,
    facts: MoveFacts,
    send_after: datetime,
    code: str = "",
    but_not: frozenset[tuple[Channel, str]] = frozenset(),
    reads: Reads = _READ_EACH_TIME,
    wording: Wording | None = None,
) -> Composition:
    """`but_not` are addresses that have been tried for this event.

    `reads` and `wording` spare reading them again where several notices are composed at once.
    """
    shop = db.session.get_one(Shop, ticket.shop_id)
    customer = reads.customer(ticket)
    text_facts = facts_of(ticket, shop, customer, facts, code=code)
    if customer is None:
        nobody = NotSent(channel=Channel.CALL, address="", reason=NotSentReason.NOBODY)
        return Composition(customer=None, facts=text_facts, messages=(), not_sent=(nobody,))
    # Confirming a stranger's request sends exactly the notice of the booking.
    if customer.is_unconfirmed and notice is not Notice.BOOKED:
        stranger = NotSent(channel=Channel.CALL, address="", reason=NotSentReason.UNCONFIRMED)
        return Composition(customer=customer, facts=text_facts, messages=(), not_sent=(stranger,))
    purpose = purpose_of(notice)
    made = _plan(
        notice,
        ticket,
        customer,
        shop,
        purpose=purpose,
        send_after=send_after,
        but_not=but_not,
        reads=reads,
    )
    if wording is None:
        wording = wording_of(shop, notice) if made.sends else OURS
    return Composition(
        customer=customer,
        facts=text_facts,
        messages=tuple(
            Composed(
                planned=planned,
                rendered=words_for(notice, planned.channel, text_facts, planned.language, wording=wording),
            )
            for planned in made.sends
        ),
        not_sent=made.not_sent,
    )


def _plan(
    notice: Notice,
    ticket: Ticket,
    customer: Customer,
    shop: Shop,
    *,
    purpose: Purpose,
    send_after: datetime,
    but_not: frozenset[tuple[Channel, str]],
    reads: Reads,
) -> Plan:
    # With the device back in the customer's hands its SIM rings there again.
    returned = ticket.device_id if notice in {Notice.HANDED_OVER, Notice.SENT_BACK, Notice.BOOKED} else None
    found = reads.reaches(customer, purpose=purpose, returned_device_id=returned)
    policy = reads.policy(shop.id)
    countries = policy.limits.countries_for(notice, own=shop.country)
    return plan(
        purpose,
        tuple(
            replace(reach, out_of_bounds=not _may_go(reach, countries))
            for reach in found
            if (reach.channel, reach.address) not in but_not
        ),
        send_after=send_after,
        quiet=quiet_for(shop, customer, hours=policy.quiet),
        language=customer.language,
    )


def _may_go(reach: Reach, countries: frozenset[str] | None) -> bool:
    return not reach.is_number or may_text(reach.address, countries)


def words_for(
    notice: Notice, channel: Channel, facts: TextFacts, language: str, *, wording: Wording = OURS
) -> Rendered:
    if notice is Notice.REPLY:
        return written(channel, facts, language=language, keeps_accents=wording.keeps_accents)
    return carrier_of(channel).render(notice, facts, language, wording)


def facts_of(
    ticket: Ticket, shop: Shop, customer: Customer | None, facts: MoveFacts, *, code: str = ""
) -> TextFacts:
    price = facts.price or facts.price_at_most
    return TextFacts(
        shop=shop.name,
        tickets=(f"{shop.number_prefix}{ticket.number}",),
        device_type=ticket.device_type,
        device_label=ticket.device_label,
        customer_name=customer.name.split()[0] if customer and customer.name.split() else "",
        place=", ".join(part for part in (shop.street, shop.city) if part),
        phone=shop.phone,
        country=shop.country,
        price_minor=price.minor if price and shop.price_in_texts else None,
        currency=price.currency if price else shop.currency,
        from_date=facts.promised_from,
        to_date=facts.promised_to,
        part_date=facts.part_expected_on,
        answer_by=facts.answer_by,
        code=code,
    )


def with_tickets(facts: TextFacts, covers: Sequence[Sequence[str]]) -> TextFacts:
    """The facts for all the events one message speaks for; each cover is (event key, number, type, label)."""
    _, _, device_type, label = covers[0]
    numbers = tuple(dict.fromkeys(cover[1] for cover in covers))
    return replace(
        facts, tickets=numbers, device_type=type(facts.device_type)(device_type), device_label=label
    )
