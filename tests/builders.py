"""Shops, people and tickets for tests, made through the same services that pages use.

Each builder opens its own transaction unless it is given rows to hang on. `make_ticket(stage=…)` walks the
shortest way through the stage machine with the kernel's verb, so features add their own rows where a test
needs them.
"""

from collections import deque
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from repairshop.catalogue.rules import DeviceType
from repairshop.customers import service as customers
from repairshop.customers.models import Customer, Device
from repairshop.database import db
from repairshop.staff.models import Membership, Shop, Staff
from repairshop.staff.rules import Actor, ActorKind, Role, ShopId
from repairshop.tickets import service as tickets
from repairshop.tickets.models import Ticket
from repairshop.tickets.stages import ARROWS, Stage, Verb
from repairshop.transaction import transaction

WEEK = {day: ["09:00", "18:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}


def open_day(days_ahead: int) -> date:
    """The first day from then on that every test shop is open, whatever day the tests run on."""
    day = datetime.now(UTC).date() + timedelta(days=days_ahead)
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def zone_where_it_is(hour: int) -> str:
    """A time zone without summer time whose clock shows this hour now; "Etc/GMT-5" is five hours ahead."""
    ahead = (hour - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{'-' if ahead >= 0 else '+'}{abs(ahead)}"


def make_shop(name: str = "Fixwell", *, slug: str | None = None, undo_window_seconds: int = 30) -> ShopId:
    """A shop in Manchester; call inside an app context."""
    with transaction():
        shop = Shop(
            name=name,
            slug=slug or name.lower(),
            country="GB",
            currency="GBP",
            time_zone="Europe/London",
            languages=["en", "es"],
            opening_hours=WEEK,
            street="12 High Street",
            city="Manchester",
            phone="0161 496 0000",
            email="hello@example.com",
            tax_rate_basis_points=2000,
            undo_window_seconds=undo_window_seconds,
        )
        db.session.add(shop)
        db.session.flush()
        return ShopId(shop.id)


def make_staff(shop_id: ShopId, role: Role = Role.TECHNICIAN, *, first_name: str = "Tess") -> Actor:
    """A person of the shop, as the actor of verbs; without a password."""
    email = f"{first_name.lower()}-{shop_id}-{role.value}@example.com"
    with transaction():
        person = db.session.scalars(select(Staff).where(Staff.email == email)).one_or_none()
        if person is None:
            person = Staff(
                email=email,
                first_name=first_name,
                fs_uniquifier=f"unique-{email}"[:64],
                created_at=datetime.now(UTC),
            )
            db.session.add(person)
            db.session.flush()
            db.session.add(Membership(shop_id=shop_id, staff_id=person.id, role=role))
        return Actor(kind=ActorKind.STAFF, shop_id=shop_id, id=person.id, role=role)


def make_customer(
    by: Actor, name: str = "Carl Cooper", *, phone: str | None = "07700 900123", email: str | None = None
) -> Customer:
    """A customer with their ways to be reached; needs an open transaction."""
    customer = customers.add_customer(name, language="en", by=by)
    if phone:
        customers.add_phone(customer, phone, country="GB")
    if email:
        customers.add_mail_address(customer, email)
    return customer


def make_device(
    by: Actor, customer: Customer, *, model: str = "iPhone 13", type_: DeviceType = DeviceType.PHONE
) -> Device:
    new = customers.NewDevice(device_type=type_, brand="Apple", model=model, colour="blue")
    return customers.add_device(customer, new, by=by)


def make_ticket(
    by: Actor,
    *,
    stage: Stage = Stage.RECEIVED,
    checked_in: bool = True,
    phone: str | None = "07700 900123",
    email: str | None = None,
    name: str = "Carl Cooper",
    **new: object,
) -> str:
    """A ticket in `stage`; returns its reference."""
    with transaction():
        customer = make_customer(by, name, phone=phone, email=email)
        visit = tickets.open_visit(customer, by=by)
        facts = {"fault_key": "screen", "fault_label": "Screen", "reported_fault": "It fell", **new}
        verb, first = (
            (Verb.BOOK, Stage.BOOKED)
            if stage in {Stage.BOOKED, Stage.CANCELLED}
            else (Verb.TAKE_IN, Stage.RECEIVED)
        )
        new_ticket = tickets.NewTicket(device=make_device(by, customer), **facts)  # type: ignore[arg-type]
        ticket = tickets.open_ticket(visit, new_ticket, verb=verb, stage=first, by=by)
        if checked_in and first is Stage.RECEIVED:
            tickets.complete_check_in(ticket, by=by)
        for step in way_to(first, stage):
            tickets.move_ticket(ticket, step, by=by)
        return ticket.code


def way_to(origin: Stage, target: Stage) -> list[Verb]:
    """The shortest list of verbs from one stage to another."""
    ways: deque[tuple[Stage, list[Verb]]] = deque([(origin, [])])
    seen = {origin}
    while ways:
        stage, way = ways.popleft()
        if stage is target:
            return way
        for verb, reached in ARROWS[stage].items():
            if reached not in seen:
                seen.add(reached)
                ways.append((reached, [*way, verb]))
    raise AssertionError(f"no way from {origin} to {target}")


def get_ticket(reference: str) -> Ticket:
    """The row as it is in the database now."""
    query = select(Ticket).where(Ticket.code == reference).execution_options(populate_existing=True)
    return db.session.scalars(query).one()
