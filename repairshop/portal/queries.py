"""What a customer may see, read for their pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from sqlalchemy import bindparam, select

from repairshop.customers.models import ContactPoint, Customer
from repairshop.database import db, read
from repairshop.errors import NotFound
from repairshop.promises.rules import Calendar, calendar_of
from repairshop.staff.models import Shop
from repairshop.tickets.models import PortalLink, Ticket, TicketPhoto, Visit
from repairshop.tickets.rules import LinkOrigin
from repairshop.tickets.stages import Stage


@dataclass(frozen=True, kw_only=True)
class GuestShop:
    """What a customer's page says about the shop."""

    id: int
    name: str
    country: str
    currency: str
    time_zone: str
    opening_hours: Mapping[str, Sequence[str]]
    street: str
    city: str
    phone: str
    email: str
    portal_days_after_handover: int
    comeback_days: int
    openings_by_name: bool
    version: int

    @property
    def calendar(self) -> Calendar:
        return calendar_of(time_zone=self.time_zone, opening_hours=self.opening_hours)


@dataclass(frozen=True, kw_only=True)
class Guest:
    """The person behind a link."""

    link_id: int
    link_version: int
    origin: LinkOrigin
    visit_id: int
    customer_id: int
    customer_name: str
    language: str
    shop: GuestShop

    def came_by(self, origin: LinkOrigin) -> Self:
        return replace(self, origin=origin)


_GUEST = (
    select(
        PortalLink.id,
        PortalLink.version,
        PortalLink.origin,
        PortalLink.visit_id,
        PortalLink.customer_id,
        Customer.name,
        Customer.language,
        Shop.id.label("shop_id"),
        Shop.name.label("shop_name"),
        Shop.country,
        Shop.currency,
        Shop.time_zone,
        Shop.opening_hours,
        Shop.street,
        Shop.city,
        Shop.phone,
        Shop.email,
        Shop.portal_days_after_handover,
        Shop.comeback_days,
        Shop.openings_by_name,
        Shop.version.label("shop_version"),
    )
    .join(Visit, Visit.id == PortalLink.visit_id)
    .join(Shop, Shop.id == Visit.shop_id)
    .join(Customer, Customer.id == PortalLink.customer_id)
    .where(PortalLink.id == bindparam("link_id"), Customer.erased_at.is_(None))
)


def find_guest(link_id: int) -> Guest | None:
    """Whom a link leads to; one query. None for a link of no visit or of a customer who was erased."""
    row = read(_GUEST, link_id=link_id).one_or_none()
    if row is None:
        return None
    return Guest(
        link_id=row.id,
        link_version=row.version,
        origin=row.origin,
        visit_id=row.visit_id,
        customer_id=row.customer_id,
        customer_name=row.name,
        language=row.language,
        shop=GuestShop(
            id=row.shop_id,
            name=row.shop_name,
            country=row.country,
            currency=row.currency,
            time_zone=row.time_zone,
            opening_hours=row.opening_hours,
            street=row.street,
            city=row.city,
            phone=row.phone,
            email=row.email,
            portal_days_after_handover=row.portal_days_after_handover,
            comeback_days=row.comeback_days,
            openings_by_name=row.openings_by_name,
            version=row.shop_version,
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Turned:
    """The repair a screen was turned round for."""

    ticket_id: int
    reference: str
    stage: Stage
    number: str
    device_label: str
    customer_id: int
    language: str
    shop: Shop


def get_turned(reference: str) -> Turned:
    row = db.session.execute(
        select(Ticket, Customer, Shop)
        .join(Visit, Visit.id == Ticket.visit_id)
        .join(Customer, Customer.id == Visit.customer_id)
        .join(Shop, Shop.id == Ticket.shop_id)
        .where(Ticket.code == reference, Customer.erased_at.is_(None))
    ).one_or_none()
    if row is None:
        raise NotFound
    ticket, customer, shop = row
    return Turned(
        ticket_id=ticket.id,
        reference=ticket.code,
        stage=ticket.stage,
        number=f"{shop.number_prefix}{ticket.number}",
        device_label=ticket.device_label,
        customer_id=customer.id,
        language=customer.language,
        shop=shop,
    )


@dataclass(frozen=True, kw_only=True)
class FoundRepair:
    """What the code and the end of a phone number lead to."""

    visit_id: int
    customer_id: int


def find_repair(code: str, *, phone_tail: str) -> FoundRepair | None:
    """The repair with this code, if its customer has a number that ends so; one query either way."""
    row = db.session.execute(
        select(Visit.id, Visit.customer_id)
        .join(Ticket, Ticket.visit_id == Visit.id)
        .join(ContactPoint, ContactPoint.customer_id == Visit.customer_id)
        .where(Ticket.code == code, ContactPoint.tail == phone_tail)
        .limit(1)
    ).first()
    return FoundRepair(visit_id=row[0], customer_id=row[1]) if row else None


@dataclass(frozen=True, kw_only=True)
class OwnPhoto:
    reference: str
    media_id: int


def get_own_photo(photo_id: int, *, visit_id: int) -> OwnPhoto:
    """NotFound for photos of other visits, removed ones, and those kept among staff."""
    row = db.session.execute(
        select(Ticket.code, TicketPhoto.media_id)
        .join(Ticket, Ticket.id == TicketPhoto.ticket_id)
        .where(
            TicketPhoto.id == photo_id,
            Ticket.visit_id == visit_id,
            TicketPhoto.removed_at.is_(None),
            TicketPhoto.staff_only.is_(False),
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return OwnPhoto(reference=row[0], media_id=row[1])
