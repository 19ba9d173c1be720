"""What customers text back. Called by the signed callback."""

from dataclasses import dataclass

from sqlalchemy import select

from repairshop import clock
from repairshop.customers.models import ContactPoint, Customer
from repairshop.customers.rules import TouchpointKind
from repairshop.customers.service import record_touchpoint
from repairshop.database import db
from repairshop.notifications.consent import opt_in, opt_out
from repairshop.notifications.models import InboundMessage, OutgoingMessage
from repairshop.notifications.rules import Channel, InboundKind, kind_of_inbound
from repairshop.staff.models import Shop
from repairshop.tickets.models import Ticket, Visit
from repairshop.tickets.stages import OPEN_STAGES


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """One text from a handset."""

    provider_id: str
    sender: str
    body: str


def record_inbound(inbound: Inbound) -> None:
    """Keep a customer's text with their newest open ticket; STOP and START change what they get."""
    exists = select(InboundMessage.id).where(InboundMessage.provider_id == inbound.provider_id)
    if db.session.scalars(exists).first() is not None:
        return
    kind = kind_of_inbound(inbound.body)
    if kind is InboundKind.STOP:
        opt_out(Channel.SMS, inbound.sender, source="stop")
    elif kind is InboundKind.START:
        opt_in(Channel.SMS, inbound.sender, source="start")
    ticket, customer_id = _find_thread(inbound.sender)
    shop_id = ticket.shop_id if ticket else _find_shop_id(inbound.sender)
    db.session.add(
        InboundMessage(
            provider_id=inbound.provider_id,
            shop_id=shop_id,
            ticket_id=ticket.id if ticket else None,
            customer_id=customer_id,
            sender=inbound.sender,
            body=inbound.body,
            kind=kind,
            received_at=clock.now(),
            # A command is done by being kept; only words to people wait for a person.
            handled_at=None if kind is InboundKind.REPLY else clock.now(),
        )
    )
    if shop_id is not None:
        record_touchpoint(
            shop_id,
            TouchpointKind.REPLY,
            customer_id=customer_id,
            ticket_id=ticket.id if ticket else None,
            channel=Channel.SMS.value,
        )


def _find_thread(number: str) -> tuple[Ticket | None, int | None]:
    """The newest open ticket of anybody with this number; families share one."""
    of_number = (
        select(Ticket, Visit.customer_id)
        .join(Visit, Visit.id == Ticket.visit_id)
        .join(Customer, Customer.id == Visit.customer_id)
        .join(ContactPoint, ContactPoint.customer_id == Customer.id)
        .where(ContactPoint.value == number)
        .order_by(Ticket.id.desc())
        .limit(1)
    )
    row = (
        db.session.execute(of_number.where(Ticket.stage.in_(OPEN_STAGES))).first()
        or db.session.execute(of_number).first()
    )
    return (row[0], row[1]) if row else (None, None)


def _find_shop_id(number: str) -> int | None:
    """Who last wrote to this number, or the only shop there is."""
    last = db.session.scalars(
        select(OutgoingMessage.shop_id)
        .where(OutgoingMessage.recipient == number)
        .order_by(OutgoingMessage.id.desc())
        .limit(1)
    ).first()
    if last is not None:
        return last
    shops = db.session.scalars(select(Shop.id).limit(2)).all()
    return shops[0] if len(shops) == 1 else None
