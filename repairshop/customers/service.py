"""Verbs about customers and their devices."""

from collections.abc import Sequence
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import insert, select

from repairshop import clock
from repairshop.catalogue.rules import DeviceType
from repairshop.customers.models import ContactPoint, Customer, Device, Touchpoint
from repairshop.customers.rules import (
    ContactInUse,
    ContactKind,
    ContactKnownAlready,
    MailAddressWrong,
    TouchpointKind,
    folded,
    name_key,
    normalised_imei,
    normalised_serial,
)
from repairshop.database import db
from repairshop.errors import Conflict, NotFound
from repairshop.phone import PhoneNotUnderstood, to_e164
from repairshop.staff.rules import Actor, ShopId


@dataclass(frozen=True, kw_only=True)
class NewDevice:
    """What the counter typed about a device."""

    device_type: DeviceType
    brand: str = ""
    model: str = ""
    colour: str = ""
    imei: str = ""
    serial: str = ""
    unreadable_because: str = ""
    made_in_year: int | None = None


def get_customer(customer_id: int, *, shop_id: ShopId) -> Customer:
    """The customer, following merges; NotFound for another shop's.

    The lock lets others read and write the person, and holds back a merge only: what the caller adds would
    otherwise be left with somebody who has just been merged away.
    """
    customer = db.session.get(
        Customer, customer_id, with_for_update={"read": True, "key_share": True}, populate_existing=True
    )
    if customer is None or customer.shop_id != shop_id:
        raise NotFound
    if customer.merged_into_id is not None:
        return get_customer(customer.merged_into_id, shop_id=shop_id)
    return customer


def get_device(device_id: int, *, shop_id: ShopId) -> Device:
    device = db.session.get(Device, device_id)
    if device is None or device.shop_id != shop_id:
        raise NotFound
    return device


def add_customer(name: str, *, language: str, by: Actor) -> Customer:
    customer = Customer(
        shop_id=by.shop_id,
        name=name,
        folded_name=folded(name),
        name_key=name_key(name),
        language=language,
        created_at=clock.now(),
    )
    db.session.add(customer)
    db.session.flush()  # the id is needed by contact points and devices of the same form
    return customer


def change_customer(
    customer_id: int,
    *,
    name: str,
    language: str,
    by: Actor,
    quiet: tuple[str, str] | None = None,
    expected_version: int | None = None,
) -> None:
    """`quiet`: no texts between these local times of the shop, besides its own quiet hours.

    Conflict when somebody else changed the person since the form was made."""
    customer = get_customer(customer_id, shop_id=by.shop_id)
    if expected_version is not None and customer.version != expected_version:
        raise Conflict("customer", str(customer_id))
    rename(customer, name)
    customer.language = language
    customer.quiet_from, customer.quiet_to = quiet or (None, None)


def rename(customer: Customer, name: str) -> None:
    """The name with the two forms of it that are searched."""
    customer.name, customer.folded_name = name, folded(name)
    customer.name_key = name_key(name)


def add_phone(customer: Customer, text: str, *, country: str, may_notify: bool = True) -> ContactPoint:
    """PhoneNotUnderstood when the text is no number."""
    number = to_e164(text, country=country)
    return _add_contact_point(
        customer, ContactKind.PHONE, value=number, shown=text.strip(), may_notify=may_notify
    )


def add_mail_address(customer: Customer, text: str, *, may_notify: bool = True) -> ContactPoint:
    """MailAddressWrong when the text is no address."""
    address = _mail_address(text)
    return _add_contact_point(
        customer, ContactKind.EMAIL, value=address.lower(), shown=address, may_notify=may_notify
    )


def _mail_address(text: str, *, field: str | None = "email") -> str:
    try:
        return validate_email(text.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise MailAddressWrong(field=field, text=text) from error


def _add_contact_point(
    customer: Customer, kind: ContactKind, *, value: str, shown: str, may_notify: bool
) -> ContactPoint:
    point = ContactPoint(
        customer_id=customer.id,
        kind=kind,
        value=value,
        shown=shown,
        tail=value[-4:] if kind is ContactKind.PHONE else "",
        position=len(customer.contact_points),
        may_notify=may_notify,
    )
    customer.contact_points.append(point)
    db.session.flush()  # callers point devices at the number
    return point


def add_contact(
    customer: Customer, kind: ContactKind, text: str, *, country: str, may_notify: bool, language: str | None
) -> ContactPoint:
    """A further way to reach the person; ContactKnownAlready for one they have."""
    value = normalised_contact(kind, text, country=country)
    if any(point.value == value for point in customer.contact_points):
        raise ContactKnownAlready(field="value")
    point = _add_contact_point(customer, kind, value=value, shown=text.strip(), may_notify=may_notify)
    point.language = language
    return point


def change_contact(
    customer: Customer,
    contact_id: int,
    *,
    text: str,
    country: str,
    may_notify: bool,
    language: str | None,
    first: bool,
) -> None:
    """Correct a number or address, its consent and language; `first` makes it the one that is tried first."""
    point = _get_contact(customer, contact_id)
    value = normalised_contact(point.kind, text, country=country)
    if any(other.value == value and other is not point for other in customer.contact_points):
        raise ContactKnownAlready(field="value")
    if value != point.value and point.sim_in_device_id is not None:
        raise ContactInUse(field="value")
    point.value, point.shown = value, text.strip()
    point.tail = value[-4:] if point.kind is ContactKind.PHONE else ""
    point.may_notify, point.language = may_notify, language
    if first:
        others = [other for other in customer.contact_points if other is not point]
        for position, each in enumerate([point, *others]):
            each.position = position


def remove_contact(customer: Customer, contact_id: int, *, because: str) -> None:
    """Never used again from now on; the row stays, because messages that were sent point at it."""
    point = _get_contact(customer, contact_id)
    if point.sim_in_device_id is not None:
        raise ContactInUse(field="because")
    point.removed_at, point.removed_because = clock.now(), because


def _get_contact(customer: Customer, contact_id: int) -> ContactPoint:
    found = next((point for point in customer.contact_points if point.id == contact_id), None)
    if found is None:
        raise NotFound
    return found


def normalised_contact(kind: ContactKind, text: str, *, country: str, field: str | None = "value") -> str:
    """The number or address as it is stored and compared; a refusal belongs to the form's `field`."""
    if kind is ContactKind.EMAIL:
        return _mail_address(text, field=field).lower()
    try:
        return to_e164(text, country=country)
    except PhoneNotUnderstood as refusal:
        refusal.field = field
        raise


def change_device(device: Device, facts: NewDevice) -> None:
    """What was read off the device later on; texts left empty stay as they were."""
    device.brand = facts.brand or device.brand
    device.model = facts.model or device.model
    device.colour = facts.colour or device.colour
    device.imei = normalised_imei(facts.imei) if facts.imei else device.imei
    device.serial = normalised_serial(facts.serial) if facts.serial else device.serial
    device.unreadable_because = facts.unreadable_because or device.unreadable_because


def add_device(customer: Customer | None, device: NewDevice, *, by: Actor) -> Device:
    """ImeiWrong when an IMEI is given and does not check."""
    row = Device(
        shop_id=by.shop_id,
        customer_id=customer.id if customer else None,
        device_type=device.device_type,
        brand=device.brand,
        model=device.model,
        colour=device.colour,
        imei=normalised_imei(device.imei) if device.imei else None,
        serial=normalised_serial(device.serial) if device.serial else None,
        unreadable_because=device.unreadable_because,
        made_in_year=device.made_in_year,
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()  # the ticket of the same form needs the id
    return row


def pause_number_of(device: Device, point: ContactPoint) -> None:
    """The number's SIM is in the device: nothing goes there until the device is handed over."""
    point.sim_in_device_id = device.id


def resume_numbers_of(device_id: int) -> list[int]:
    """The device leaves: its SIM's numbers get texts again. Their contact points' ids, for undoing it."""
    points = list(db.session.scalars(select(ContactPoint).filter_by(sim_in_device_id=device_id)))
    for point in points:
        point.sim_in_device_id = None
    return [point.id for point in points]


def pause_again(contact_point_ids: list[int], *, device_id: int) -> None:
    """Undo of resume_numbers_of."""
    for point in db.session.scalars(select(ContactPoint).where(ContactPoint.id.in_(contact_point_ids))):
        point.sim_in_device_id = device_id


def record_touchpoint(
    shop_id: int,
    kind: TouchpointKind,
    *,
    customer_id: int | None,
    ticket_id: int | None = None,
    channel: str = "",
) -> None:
    db.session.add(
        Touchpoint(
            shop_id=shop_id,
            customer_id=customer_id,
            ticket_id=ticket_id,
            kind=kind,
            channel=channel,
            at=clock.now(),
            details={},
        )
    )


def record_notice_contacts(about: Sequence[tuple[int, int | None, int | None]], *, channel: str) -> None:
    """Notices that got out, as (shop, customer, ticket); any number of them in one statement."""
    at = clock.now()
    db.session.execute(
        insert(Touchpoint),
        [
            {
                "shop_id": shop_id,
                "customer_id": customer_id,
                "ticket_id": ticket_id,
                "kind": TouchpointKind.NOTICE,
                "channel": channel,
                "at": at,
                "details": {},
            }
            for shop_id, customer_id, ticket_id in about
        ],
    )
