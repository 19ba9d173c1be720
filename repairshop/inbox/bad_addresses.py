"""Numbers and addresses of people with an open repair that messages do not reach any more."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, func, or_, select

from repairshop.customers.models import ContactPoint, Customer
from repairshop.database import read
from repairshop.inbox.rules import WRONG_NUMBER
from repairshop.notifications.channels.email.codes import ADDRESS_ENDINGS, ADDRESS_WORDS
from repairshop.notifications.channels.sms.codes import ADDRESS_CODES
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Channel, State
from repairshop.staff.models import Shop
from repairshop.tickets.models import Ticket, Visit
from repairshop.tickets.stages import OPEN_STAGES

_SHOP: ColumnElement[int] = bindparam("shop_id", type_=Integer)


@dataclass(frozen=True, kw_only=True)
class BadAddress:
    """A number or address of somebody whose repair is open, that messages do not reach any more."""

    address: str
    channel: Channel
    error_code: str
    at: datetime
    customer_id: int
    customer_name: str
    contact_id: int
    reference: str
    number: str


def list_bad_addresses(shop_id: int, *, limit: int = 50) -> list[BadAddress]:
    """The newest failure of each; gone when the address was corrected, or something arrived there since."""
    found: dict[int, BadAddress] = {}
    for row in read(_bad_addresses(), shop_id=shop_id, most=limit):
        found.setdefault(
            row.contact_id,
            BadAddress(
                address=row.recipient,
                channel=row.channel,
                error_code=row.error_code,
                at=row.created_at,
                customer_id=row.customer_id,
                customer_name=row.name,
                contact_id=row.contact_id,
                reference=row.code,
                number=f"{row.number_prefix}{row.number}",
            ),
        )
    return list(found.values())


def _says_bad_address() -> ColumnElement[bool]:
    """It does not work again by waiting: somebody has to ask the customer."""
    codes = {*ADDRESS_CODES, *ADDRESS_WORDS, WRONG_NUMBER}
    endings = (OutgoingMessage.error_code.endswith(ending) for ending in ADDRESS_ENDINGS)
    return or_(OutgoingMessage.error_code.in_(codes), *endings)


@cache
def _bad_addresses() -> Select[*tuple[Any, ...]]:
    arrived = (
        select(OutgoingMessage.recipient, func.max(OutgoingMessage.id).label("id"))
        .where(OutgoingMessage.shop_id == _SHOP, OutgoingMessage.state == State.DELIVERED)
        .group_by(OutgoingMessage.recipient)
        .subquery("arrived")
    )
    still_used = and_(
        ContactPoint.customer_id == Customer.id,
        ContactPoint.value == OutgoingMessage.recipient,
        ContactPoint.removed_at.is_(None),
        ContactPoint.may_notify,
    )
    return (
        select(
            OutgoingMessage.recipient,
            OutgoingMessage.channel,
            OutgoingMessage.error_code,
            OutgoingMessage.created_at,
            Customer.id.label("customer_id"),
            Customer.name,
            ContactPoint.id.label("contact_id"),
            Ticket.code,
            Ticket.number,
            Shop.number_prefix,
        )
        .join(Ticket, Ticket.id == OutgoingMessage.ticket_id)
        .join(Shop, Shop.id == Ticket.shop_id)
        .join(Visit, Visit.id == Ticket.visit_id)
        .join(Customer, Customer.id == Visit.customer_id)
        .join(ContactPoint, still_used)
        .outerjoin(arrived, arrived.c.recipient == OutgoingMessage.recipient)
        .where(
            OutgoingMessage.shop_id == _SHOP,
            OutgoingMessage.state.in_({State.FAILED, State.UNDELIVERED}),
            _says_bad_address(),
            Ticket.stage.in_(OPEN_STAGES),
            func.coalesce(arrived.c.id, 0) < OutgoingMessage.id,
        )
        .order_by(OutgoingMessage.id.desc())
        .limit(bindparam("most", type_=Integer))
    )
