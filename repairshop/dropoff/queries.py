"""What the public pages and the counter read of them."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from repairshop.customers.models import ContactPoint
from repairshop.database import db
from repairshop.dropoff.models import DropOffRequest, ShopFront
from repairshop.dropoff.rules import Backup
from repairshop.errors import NotFound
from repairshop.intake.models import Booking
from repairshop.staff.models import Shop
from repairshop.staff.queries import ShopFacts, get_shop
from repairshop.staff.rules import ShopId
from repairshop.tickets.models import Ticket, Visit
from repairshop.tickets.queries import TicketHead, as_head, head_select

_LIST_MAX = 60


@dataclass(frozen=True, kw_only=True)
class Front:
    """A shop and which of its pages everybody may read."""

    shop: ShopFacts
    shows_prices: bool
    takes_requests: bool


@dataclass(frozen=True, kw_only=True)
class RequestRow:
    """A request that waits for somebody of the shop."""

    head: TicketHead
    comes_on: date
    asked_at: datetime
    backup: Backup
    contacts: tuple[str, ...]  # as typed


@dataclass(frozen=True, kw_only=True)
class SentRequest:
    """What the sender of a request sees again."""

    number: str
    code: str
    device: str
    comes_on: date
    is_confirmed: bool


def get_front(slug: str) -> Front:
    """The public pages of the shop with this name in addresses; NotFound where there is none."""
    row = db.session.execute(
        select(Shop.id, ShopFront.shows_prices, ShopFront.takes_requests)
        .join(ShopFront, ShopFront.shop_id == Shop.id)
        .where(Shop.slug == slug)
    ).one_or_none()
    if row is None:
        raise NotFound
    return Front(shop=get_shop(row.id), shows_prices=row.shows_prices, takes_requests=row.takes_requests)


def get_switches(shop_id: int) -> tuple[bool, bool]:
    """(shows prices, takes requests) of a shop."""
    front = db.session.get(ShopFront, shop_id)
    return (front.shows_prices, front.takes_requests) if front else (False, False)


def count_waiting(shop_id: int, *, contacts: tuple[str, ...] = ()) -> int:
    """Requests nobody has settled; with `contacts`, only those of people who have one of them."""
    query = (
        select(func.count(func.distinct(DropOffRequest.ticket_id)))
        .select_from(DropOffRequest)
        .where(DropOffRequest.shop_id == shop_id, DropOffRequest.settled_at.is_(None))
    )
    if contacts:
        query = (
            query.join(Ticket, Ticket.id == DropOffRequest.ticket_id)
            .join(Visit, Visit.id == Ticket.visit_id)
            .join(ContactPoint, ContactPoint.customer_id == Visit.customer_id)
            .where(ContactPoint.value.in_(contacts))
        )
    return db.session.scalar(query) or 0


def list_waiting(shop_id: ShopId, *, ticket_id: int | None = None) -> list[RequestRow]:
    """Those that come first, first; or the one of a ticket."""
    query = (
        select(DropOffRequest, Booking.comes_on, Visit.customer_id)
        .join(Booking, Booking.ticket_id == DropOffRequest.ticket_id)
        .join(Ticket, Ticket.id == DropOffRequest.ticket_id)
        .join(Visit, Visit.id == Ticket.visit_id)
        .where(DropOffRequest.shop_id == shop_id, DropOffRequest.settled_at.is_(None))
        .order_by(Booking.comes_on, DropOffRequest.ticket_id)
        .limit(_LIST_MAX)
    )
    if ticket_id is not None:
        query = query.where(DropOffRequest.ticket_id == ticket_id)
    asked = db.session.execute(query).all()
    ids = [request.ticket_id for request, _, _ in asked]
    heads = {row.id: as_head(row) for row in db.session.execute(head_select().where(Ticket.id.in_(ids)))}
    contacts: dict[int, list[str]] = {}
    for customer_id, shown in db.session.execute(
        select(ContactPoint.customer_id, ContactPoint.shown)
        .where(
            ContactPoint.customer_id.in_([customer_id for _, _, customer_id in asked]),
            ContactPoint.removed_at.is_(None),
        )
        .order_by(ContactPoint.position, ContactPoint.id)
    ):
        contacts.setdefault(customer_id, []).append(shown)
    return [
        RequestRow(
            head=heads[request.ticket_id],
            comes_on=comes_on,
            asked_at=request.asked_at,
            backup=request.backup,
            contacts=tuple(contacts.get(customer_id, ())),
        )
        for request, comes_on, customer_id in asked
    ]


def is_settled(ticket_id: int) -> bool:
    """Whether there is a request that was confirmed, brought or cancelled."""
    request = db.session.get(DropOffRequest, ticket_id)
    return request is not None and request.settled_at is not None


def get_waiting(ticket_id: int, *, shop_id: ShopId) -> RequestRow:
    """The request of this ticket; NotFound where there is none or it is settled."""
    found = list_waiting(shop_id, ticket_id=ticket_id)
    if not found:
        raise NotFound
    return found[0]


def find_sent(code: str, *, shop_id: int) -> SentRequest | None:
    """The request behind a ticket's code, while it is a booking."""
    row = db.session.execute(
        select(Ticket.number, Ticket.code, Ticket.device_label, Booking.comes_on, DropOffRequest.settled_at)
        .join(Booking, Booking.ticket_id == Ticket.id)
        .join(DropOffRequest, DropOffRequest.ticket_id == Ticket.id)
        .where(Ticket.code == code, Ticket.shop_id == shop_id)
    ).one_or_none()
    if row is None:
        return None
    return SentRequest(
        number=row.number,
        code=row.code,
        device=row.device_label,
        comes_on=row.comes_on,
        is_confirmed=row.settled_at is not None,
    )
