"""Verbs of the counter: book, take in, check in, cancel."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from repairshop import clock
from repairshop.customers import queries as customer_queries
from repairshop.customers import service as customers
from repairshop.customers.models import ContactPoint, Customer, Device
from repairshop.customers.rules import ContactKind, normalised_imei, normalised_serial
from repairshop.customers.service import NewDevice
from repairshop.database import db
from repairshop.diagnostics.rules import RunKind
from repairshop.diagnostics.service import open_test_run
from repairshop.errors import NotFound
from repairshop.intake.models import Booking
from repairshop.intake.people import Person, customer_for
from repairshop.intake.rules import (
    MOST_PHOTOS,
    CancelReason,
    DatesIncomplete,
    DeviceBelongsToOther,
    DeviceMissing,
    FaultMissing,
    TooManyPhotos,
    require_not_before,
    require_other_reach,
)
from repairshop.loaners.rules import Lending
from repairshop.loaners.service import lend_for, require_loaner_back
from repairshop.media.rules import ReceivedPicture
from repairshop.media.service import store_picture
from repairshop.privacy.rules import Answer, TaskKind
from repairshop.privacy.service import answer_task_of, open_task_list
from repairshop.promises.queries import get_calendar
from repairshop.promises.rules import PromiseReason
from repairshop.promises.service import make_promise, owe_date
from repairshop.quotes.fees import tell_fee
from repairshop.staff.rules import Actor
from repairshop.tickets.attachments import add_photo
from repairshop.tickets.custody import pass_on
from repairshop.tickets.models import Ticket, Visit
from repairshop.tickets.rules import Holder, MoveFacts, PhotoStep, SymptomCondition
from repairshop.tickets.service import NewTicket, get_ticket_for_change, move_ticket, open_ticket, open_visit
from repairshop.tickets.stages import Stage, Verb

NEW_NUMBER = "new"  # the number typed for a new customer, where known ones are named by their id


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is to be done; amounts in minor units of the shop's currency."""

    fault_key: str = ""
    fault_label: str = ""
    reported_fault: str = ""
    symptom_condition: SymptomCondition | None = None
    condition_note: str = ""
    accessories: tuple[str, ...] = ()
    spend_limit_minor: int | None = None
    fixed_price_minor: int | None = None
    needed_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Thing:
    """What is brought: a device we know, perhaps with new facts, or a new one."""

    device_id: int | None = None
    facts: NewDevice | None = None
    # The device was here with somebody else, and has changed hands.
    has_new_owner: bool = False


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """What is settled when the device changes hands."""

    reach_note: str = ""
    sim_number: str = ""  # "", NEW_NUMBER or the id of a contact point
    credential: Answer | None = None
    earliest: date | None = None
    latest: date | None = None
    place: str = ""
    photos: Sequence[ReceivedPicture] = field(default=())
    lending: Lending | None = None  # a loaner goes out at once
    diagnosis_fee_minor: int | None = None  # what a no costs, as the customer hears it now


def take_in(
    person: Person, thing: Thing, job: Job, arrival: Arrival, *, by: Actor, visit_id: int | None = None
) -> str:
    """The device changes hands: saved at once, the check-in stays open. Returns the ticket's reference.

    With `visit_id` it is one more device of a visit that was opened before.
    """
    _require_job(job)
    visit = _visit_for(person, arrival, by=by, visit_id=visit_id)
    device = _device_for(visit.customer, thing, by=by)
    ticket = open_ticket(
        visit,
        _new_ticket(device, job),
        verb=Verb.TAKE_IN,
        stage=Stage.RECEIVED,
        by=by,
        facts=_facts(arrival),
    )
    _receive(ticket, visit, device, arrival, by=by)
    return ticket.code


def book(person: Person, thing: Thing, job: Job, *, comes_on: date, time_note: str = "", by: Actor) -> str:
    """The customer will bring it; nothing changes hands yet. Returns the ticket's reference."""
    _require_job(job)
    require_not_before(comes_on, today=get_calendar(by.shop_id).local_day(clock.now()), field="comes_on")
    visit = _visit_for(person, Arrival(), by=by, visit_id=None)
    device = _device_for(visit.customer, thing, by=by)
    ticket = open_ticket(visit, _new_ticket(device, job), verb=Verb.BOOK, stage=Stage.BOOKED, by=by)
    db.session.add(Booking(ticket_id=ticket.id, comes_on=comes_on, time_note=time_note))
    return ticket.code


def check_in(
    reference: str,
    thing: Thing,
    job: Job,
    arrival: Arrival,
    *,
    by: Actor,
    expected_version: int | None = None,
) -> None:
    """The booked device is here: what was booked is corrected, what is new is added, nothing asked twice."""
    _require_job(job)
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    if ticket.visit is None:
        raise NotFound
    device = ticket.device
    if thing.facts is not None:
        _require_own(ticket.visit.customer, thing, by=by, besides=device.id)
        customers.change_device(device, thing.facts)
        ticket.device_label = device.label
    for name in (
        "fault_key", "fault_label", "reported_fault", "symptom_condition", "condition_note",
        "spend_limit_minor", "fixed_price_minor", "needed_by",
    ):  # fmt: skip
        setattr(ticket, name, getattr(job, name))
    ticket.accessories = list(job.accessories)
    if arrival.reach_note:
        ticket.visit.reach_note = arrival.reach_note
    move = move_ticket(ticket, Verb.CHECK_IN, by=by, facts=_facts(arrival))
    pass_on(ticket, Holder.PLACE, to_label=arrival.place, by=by, move_id=move.id)
    _receive(ticket, ticket.visit, device, arrival, by=by, is_placed=True)


def cancel(reference: str, *, reason: CancelReason, by: Actor, expected_version: int | None = None) -> None:
    """The booked repair does not come. Refused while the shop's loaner is out: it would be forgotten."""
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    require_loaner_back(ticket.id)
    move_ticket(ticket, Verb.CANCEL, by=by, outcome_reason=reason.value, facts=MoveFacts(reason=reason.value))


def _require_job(job: Job) -> None:
    if not job.fault_key and not job.reported_fault:
        raise FaultMissing(field="reported_fault")


def _new_ticket(device: Device, job: Job) -> NewTicket:
    return NewTicket(
        device=device,
        fault_key=job.fault_key,
        fault_label=job.fault_label,
        reported_fault=job.reported_fault,
        symptom_condition=job.symptom_condition,
        condition_note=job.condition_note,
        accessories=job.accessories,
        spend_limit_minor=job.spend_limit_minor,
        fixed_price_minor=job.fixed_price_minor,
        needed_by=job.needed_by,
    )


def _facts(arrival: Arrival) -> MoveFacts:
    return MoveFacts(promised_from=arrival.earliest, promised_to=arrival.latest)


def _visit_for(person: Person, arrival: Arrival, *, by: Actor, visit_id: int | None) -> Visit:
    if visit_id is not None:
        visit = db.session.scalars(
            select(Visit).where(Visit.id == visit_id, Visit.shop_id == by.shop_id)
        ).one_or_none()
        if visit is None:
            raise NotFound
        if arrival.reach_note:
            visit.reach_note = arrival.reach_note
        return visit
    return open_visit(customer_for(person, by=by), by=by, reach_note=arrival.reach_note)


def _device_for(customer: Customer, thing: Thing, *, by: Actor) -> Device:
    if thing.device_id is not None:
        device = customers.get_device(thing.device_id, shop_id=by.shop_id)
        if device.customer_id != customer.id:
            raise NotFound
        if thing.facts is not None:
            customers.change_device(device, thing.facts)
        return device
    if thing.facts is None:
        raise DeviceMissing(field="device_type")
    known_as_own = _require_own(customer, thing, by=by)
    if known_as_own is not None:
        device = customers.get_device(known_as_own, shop_id=by.shop_id)
        customers.change_device(device, thing.facts)
        return device
    return customers.add_device(customer, thing.facts, by=by)


def _require_own(customer: Customer, thing: Thing, *, by: Actor, besides: int | None = None) -> int | None:
    """The customer's device with this IMEI or serial; refuses one that was here with somebody else."""
    facts = thing.facts
    if facts is None:
        return None
    seen = customer_queries.list_devices_seen(
        imei=normalised_imei(facts.imei) if facts.imei else "",
        serial=normalised_serial(facts.serial) if facts.serial else "",
        shop_id=by.shop_id,
    )
    own = next((device.device_id for device in seen if device.customer_id == customer.id), None)
    others = [
        device
        for device in seen
        if device.customer_id not in {customer.id, None} and device.device_id != besides
    ]
    if own is None and others and not thing.has_new_owner:
        raise DeviceBelongsToOther(
            field="has_new_owner", name=others[0].customer_name, device=others[0].label
        )
    return own


def _receive(
    ticket: Ticket, visit: Visit, device: Device, arrival: Arrival, *, by: Actor, is_placed: bool = False
) -> None:
    """What follows once the device is ours: place, photos, paused number, promise, lists."""
    if arrival.place and not is_placed:
        pass_on(ticket, Holder.PLACE, to_label=arrival.place, by=by)
    _pause_number(visit, device, arrival)
    if len(arrival.photos) > MOST_PHOTOS:
        raise TooManyPhotos(field="photos", most=MOST_PHOTOS)
    for photo in arrival.photos:
        add_photo(ticket, store_picture(photo), step=PhotoStep.INTAKE, by=by)
    if (arrival.earliest is None) != (arrival.latest is None):
        raise DatesIncomplete(field="latest" if arrival.latest is None else "earliest")
    if arrival.earliest is not None and arrival.latest is not None:
        make_promise(
            ticket,
            earliest=arrival.earliest,
            latest=arrival.latest,
            by=by,
            reason=PromiseReason.INTAKE,
        )
    else:
        owe_date(ticket)
    tell_fee(ticket, arrival.diagnosis_fee_minor, by=by)
    open_task_list(ticket, by=by)
    if arrival.credential is not None:
        answer_task_of(ticket, TaskKind.CREDENTIAL, arrival.credential, by=by)
    open_test_run(ticket, kind=RunKind.BEFORE, by=by)
    if arrival.lending is not None:
        lend_for(ticket, arrival.lending, by=by)


def _pause_number(visit: Visit, device: Device, arrival: Arrival) -> None:
    if not arrival.sim_number:
        return
    point = _number_named(visit.customer, arrival.sim_number)
    customers.pause_number_of(device, point)
    require_other_reach(visit.reach_note, paused=[point.shown, point.value])


def _number_named(customer: Customer, name: str) -> ContactPoint:
    phones = [point for point in customer.contact_points if point.kind is ContactKind.PHONE]
    if name == NEW_NUMBER and phones:
        return phones[0]
    found = next((point for point in phones if str(point.id) == name), None)
    if found is None:
        raise NotFound
    return found
