"""Verbs before the visit: ask to drop a device off, confirm it, switch the public pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from repairshop import clock
from repairshop.customers.rules import ContactKind
from repairshop.customers.service import normalised_contact
from repairshop.database import db
from repairshop.dropoff import queries
from repairshop.dropoff.models import DropOffRequest, ShopFront
from repairshop.dropoff.rules import Backup, NotOpenToRequests, TooManyRequests, require_day, require_room
from repairshop.errors import NotFound
from repairshop.intake.people import NewCustomer, Person, customer_for
from repairshop.intake.rules import ReachMissing
from repairshop.intake.service import Job, Thing, book
from repairshop.notifications.rules import Notice
from repairshop.notifications.service import queue_notice
from repairshop.privacy.rules import Answer, TaskKind
from repairshop.privacy.service import answer_task_of, open_task_list
from repairshop.promises.queries import get_calendar
from repairshop.staff.queries import ShopFacts
from repairshop.staff.rules import Actor, ActorKind, ShopId, Throttle, system_actor
from repairshop.staff.throttle import Subject, begin_attempt, digest
from repairshop.tickets.events import TicketMoved
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Ticket
from repairshop.tickets.service import get_ticket_for_change, mark_changed
from repairshop.tickets.stages import Stage, Verb

# A household asks for several devices at once; a script asks for more.
_PER_ADDRESS = Throttle(free=6, longest=timedelta(hours=1))
_ALL_TOGETHER = Throttle(free=200, longest=timedelta(minutes=10))


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a person asks for on the public page."""

    person: NewCustomer
    thing: Thing
    job: Job
    comes_on: date
    backup: Backup = Backup.UNKNOWN


def begin_request(*, address: str) -> None:
    """Count one more try from this address; TooManyRequests where it has to wait."""
    subjects: Sequence[Subject] = (
        Subject(key=f"drop-off-address:{digest(address)}", throttle=_PER_ADDRESS),
        Subject(key="drop-off", throttle=_ALL_TOGETHER),
    )
    if not begin_attempt(subjects, now=clock.now()):
        raise TooManyRequests


def request_drop_off(wish: Wish, *, shop: ShopFacts) -> str:
    """Book what a stranger asks for. Returns the ticket's code.

    The person is always written down anew, whoever the typed number belongs to, and nothing is sent to it
    until somebody of the shop has confirmed the request or has the device in hand.
    """
    shop_id = ShopId(shop.id)
    if not queries.get_switches(shop_id)[1]:
        raise NotOpenToRequests
    calendar = get_calendar(shop_id)
    require_day(wish.comes_on, today=calendar.local_day(clock.now()), is_open=calendar.is_open_on)
    require_room(
        waiting=queries.count_waiting(shop_id),
        waiting_for_one=queries.count_waiting(
            shop_id, contacts=require_reach(wish.person, country=shop.country)
        ),
    )
    customer = customer_for(Person(new=wish.person, is_another=True), by=system_actor(shop_id))
    customer.is_unconfirmed = True
    by = Actor(kind=ActorKind.CUSTOMER, shop_id=shop_id, id=customer.id)
    code = book(Person(customer_id=customer.id), wish.thing, wish.job, comes_on=wish.comes_on, by=by)
    ticket = get_ticket_for_change(code, by=by)
    db.session.add(
        DropOffRequest(ticket_id=ticket.id, shop_id=shop_id, backup=wish.backup, asked_at=clock.now())
    )
    return code


def require_reach(person: NewCustomer, *, country: str) -> tuple[str, ...]:
    """The number and the address as they are stored; ReachMissing where there is neither."""
    if not person.phones and not person.email:
        raise ReachMissing(field="phone")
    typed = [(ContactKind.PHONE, phone, "phone") for phone in person.phones]
    if person.email:
        typed.append((ContactKind.EMAIL, person.email, "email"))
    return tuple(normalised_contact(kind, text, country=country, field=field) for kind, text, field in typed)


def confirm(reference: str, *, by: Actor, expected_version: int | None = None) -> None:
    """The shop expects the device on that day: the customer is told, and may be written to from now on."""
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    request = db.session.get(DropOffRequest, ticket.id, with_for_update=True)
    if request is None or request.settled_at is not None or ticket.stage is not Stage.BOOKED:
        raise NotFound
    _settle(request, ticket, by=by)
    record_history(ticket, "drop_off_confirmed", by=by)
    queue_notice(Notice.BOOKED, ticket, event_key=f"drop_off:{ticket.id}")
    mark_changed(ticket)


def settle_moved(event: TicketMoved) -> None:
    """A requested device was brought, or its booking cancelled: the request is settled by that."""
    request = db.session.get(DropOffRequest, event.ticket_id)
    if request is None:
        return
    ticket = db.session.get_one(Ticket, event.ticket_id)
    if event.verb is Verb.CHECK_IN:
        # Whoever brings it stands at the counter, and the counter has read the number back.
        _settle(request, ticket, by=event.by)
        _answer_backup(request, ticket, by=event.by)
    elif event.verb is Verb.CANCEL and request.settled_at is None:
        request.settled_at, request.settled_by_id = event.at, event.by.staff_id


def _settle(request: DropOffRequest, ticket: Ticket, *, by: Actor) -> None:
    if request.settled_at is None:
        request.settled_at, request.settled_by_id = clock.now(), by.staff_id
    if ticket.visit is not None:
        ticket.visit.customer.is_unconfirmed = False


def _answer_backup(request: DropOffRequest, ticket: Ticket, *, by: Actor) -> None:
    """What the customer said of the backup fills the check-in's task in; it can be answered again there."""
    if request.backup.choice is not None:
        open_task_list(ticket, by=by)
        answer_task_of(ticket, TaskKind.BACKUP, Answer(choice=request.backup.choice), by=by)


def switch(*, shows_prices: bool, takes_requests: bool, by: Actor) -> None:
    """Which public pages this shop has."""
    front = db.session.get(ShopFront, by.shop_id, with_for_update=True)
    if front is None:
        front = ShopFront(shop_id=by.shop_id)
        db.session.add(front)
    front.shows_prices, front.takes_requests = shows_prices, takes_requests
