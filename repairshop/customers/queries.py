"""Reads about customers: finding them as people ask for them, and what a page shows of them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import aliased

from repairshop.catalogue.rules import DeviceType
from repairshop.customers.models import ContactPoint, Customer, Device
from repairshop.customers.rules import ContactKind, folded, normalised_serial, searched_digits
from repairshop.database import db
from repairshop.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class ContactRow:
    id: int
    kind: ContactKind
    value: str
    shown: str
    may_notify: bool
    language: str | None
    sim_in_device_id: int | None


@dataclass(frozen=True, kw_only=True)
class DeviceRow:
    id: int
    customer_id: int | None
    device_type: DeviceType
    label: str
    brand: str
    model: str
    colour: str
    imei: str | None
    serial: str | None
    unreadable_because: str


@dataclass(frozen=True, kw_only=True)
class CustomerRow:
    """A person with the ways to reach them and their devices, newest device first."""

    id: int
    name: str
    language: str
    created_at: datetime
    version: int
    quiet_from: str = ""
    quiet_to: str = ""
    contacts: tuple[ContactRow, ...] = field(default=())
    devices: tuple[DeviceRow, ...] = field(default=())

    @property
    def phones(self) -> tuple[ContactRow, ...]:
        return tuple(point for point in self.contacts if point.kind is ContactKind.PHONE)


def search_customers(text: str, *, shop_id: int, limit: int = 20) -> list[CustomerRow]:
    """By the end of a phone number, a part of the name, a mail address, an IMEI or a serial; newest first."""
    # PostgreSQL refuses the zero character, which no name holds.
    conditions = _search_conditions(text.replace("\x00", ""), shop_id=shop_id)
    if not conditions:
        return []
    query = known_people(shop_id).where(or_(*conditions)).order_by(Customer.id.desc()).limit(limit)
    return _with_parts(db.session.scalars(query).all())


def _search_conditions(text: str, *, shop_id: int) -> list[ColumnElement[bool]]:
    conditions = []
    digits = searched_digits(text)
    if digits:
        conditions.append(_has_contact(ContactKind.PHONE, _ends_with(digits)))
    if "@" in text:
        address = text.strip().lower()
        conditions.append(
            _has_contact(ContactKind.EMAIL, ContactPoint.value.startswith(address, autoescape=True))
        )
    words = folded(text).split()
    if words and not digits:
        merged = aliased(Customer)
        conditions.append(_name_has(words, Customer))
        conditions.append(exists().where(merged.merged_into_id == Customer.id, _name_has(words, merged)))
    serial = normalised_serial(text)
    if len(serial) >= 6:
        conditions.append(
            exists().where(
                Device.customer_id == Customer.id,
                Device.shop_id == shop_id,
                or_(Device.imei == serial, Device.serial == serial),
            )
        )
    return conditions


def _ends_with(digits: str) -> ColumnElement[bool]:
    if len(digits) == 4:
        return ContactPoint.tail == digits
    return ContactPoint.value.endswith(digits, autoescape=True)


def _has_contact(kind: ContactKind, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        ContactPoint.customer_id == Customer.id,
        ContactPoint.kind == kind,
        ContactPoint.removed_at.is_(None),
        condition,
    )


def _name_has(words: list[str], person: type[Customer]) -> ColumnElement[bool]:
    """Each word begins a word of the name."""
    return and_(
        *(
            or_(
                person.folded_name.startswith(word, autoescape=True),
                person.folded_name.contains(f" {word}", autoescape=True),
                person.folded_name.contains(f"-{word}", autoescape=True),
            )
            for word in words[:5]
        )
    )


def known_people(shop_id: int) -> Select[Customer]:
    """The shop's people who are neither merged away nor erased; features add their own WHERE."""
    return select(Customer).where(
        Customer.shop_id == shop_id, Customer.merged_into_id.is_(None), Customer.erased_at.is_(None)
    )


def get_customer_row(customer_id: int, *, shop_id: int) -> CustomerRow:
    """The person, or the one they were merged into; NotFound for unknown, erased and other shops' people."""
    customer = db.session.scalars(
        select(Customer).where(
            Customer.shop_id == shop_id, Customer.id == customer_id, Customer.erased_at.is_(None)
        )
    ).one_or_none()
    if customer is None:
        raise NotFound
    if customer.merged_into_id is not None:
        return get_customer_row(customer.merged_into_id, shop_id=shop_id)
    return _with_parts([customer])[0]


def list_merged_ids(customer_id: int) -> list[int]:
    """Everybody who was merged into this person. What is erased for one is erased for all of them."""
    return list(db.session.scalars(select(Customer.id).where(Customer.merged_into_id == customer_id)))


def get_contact_row(contact_id: int, *, customer_id: int, shop_id: int) -> ContactRow:
    customer = get_customer_row(customer_id, shop_id=shop_id)
    found = next((point for point in customer.contacts if point.id == contact_id), None)
    if found is None:
        raise NotFound
    return found


def list_rows(ids: Collection[int], *, shop_id: int) -> list[CustomerRow]:
    """These people, as far as they are the shop's; three queries however many they are."""
    if not ids:
        return []
    people = known_people(shop_id).where(Customer.id.in_(ids)).order_by(Customer.id)
    return _with_parts(db.session.scalars(people).all())


def list_same_contacts(values: Iterable[str], *, shop_id: int) -> list[CustomerRow]:
    """People who are reached by one of these numbers or addresses (as stored); families share them."""
    wanted = [value for value in values if value]
    if not wanted:
        return []
    shares = exists().where(
        ContactPoint.customer_id == Customer.id,
        ContactPoint.value.in_(wanted),
        ContactPoint.removed_at.is_(None),
    )
    return _with_parts(db.session.scalars(known_people(shop_id).where(shares).order_by(Customer.id)).all())


@dataclass(frozen=True, kw_only=True)
class DeviceSeen:
    """A device that was here before, with the person it belonged to."""

    device_id: int
    label: str
    customer_id: int | None
    customer_name: str | None


def list_devices_seen(*, imei: str, serial: str, shop_id: int) -> list[DeviceSeen]:
    """Devices with this IMEI or serial (as stored), whoever brought them; newest first."""
    same = [column == value for column, value in ((Device.imei, imei), (Device.serial, serial)) if value]
    if not same:
        return []
    rows = db.session.execute(
        select(Device, Customer.name)
        .outerjoin(Customer, Customer.id == Device.customer_id)
        .where(Device.shop_id == shop_id, or_(*same))
        .order_by(Device.id.desc())
    )
    return [
        DeviceSeen(
            device_id=device.id, label=device.label, customer_id=device.customer_id, customer_name=name
        )
        for device, name in rows
    ]


def list_contacts(customer_id: int) -> list[ContactRow]:
    """The ways to reach a person, the preferred first."""
    query = select(ContactPoint).where(
        ContactPoint.customer_id == customer_id, ContactPoint.removed_at.is_(None)
    )
    return [
        _contact_row(point)
        for point in db.session.scalars(query.order_by(ContactPoint.position, ContactPoint.id))
    ]


def _with_parts(customers: Iterable[Customer]) -> list[CustomerRow]:
    """The people with contacts and devices, two queries however many they are."""
    people = list(customers)
    ids = [person.id for person in people]
    contacts: dict[int, list[ContactRow]] = {id_: [] for id_ in ids}
    devices: dict[int, list[DeviceRow]] = {id_: [] for id_ in ids}
    if ids:
        points = select(ContactPoint).where(
            ContactPoint.customer_id.in_(ids), ContactPoint.removed_at.is_(None)
        )
        for point in db.session.scalars(points.order_by(ContactPoint.position, ContactPoint.id)):
            contacts[point.customer_id].append(_contact_row(point))
        owned = select(Device).where(Device.customer_id.in_(ids)).order_by(Device.id.desc())
        for device in db.session.scalars(owned):
            devices[device.customer_id or 0].append(_device_row(device))
    return [
        CustomerRow(
            id=person.id,
            name=person.name,
            language=person.language,
            created_at=person.created_at,
            version=person.version,
            quiet_from=person.quiet_from or "",
            quiet_to=person.quiet_to or "",
            contacts=tuple(contacts[person.id]),
            devices=tuple(devices[person.id]),
        )
        for person in people
    ]


def _contact_row(point: ContactPoint) -> ContactRow:
    return ContactRow(
        id=point.id,
        kind=point.kind,
        value=point.value,
        shown=point.shown,
        may_notify=point.may_notify,
        language=point.language,
        sim_in_device_id=point.sim_in_device_id,
    )


def _device_row(device: Device) -> DeviceRow:
    return DeviceRow(
        id=device.id,
        customer_id=device.customer_id,
        device_type=device.device_type,
        label=device.label,
        brand=device.brand,
        model=device.model,
        colour=device.colour,
        imei=device.imei,
        serial=device.serial,
        unreadable_because=device.unreadable_because,
    )
