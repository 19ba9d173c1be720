"""Who brings a device: found among those we know, or written down anew."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from repairshop.customers import service as customers
from repairshop.customers.alike_queries import list_alike
from repairshop.customers.likeness import Traits, holds_back
from repairshop.customers.models import Customer
from repairshop.customers.queries import CustomerRow
from repairshop.customers.rules import ContactKind
from repairshop.database import db
from repairshop.intake.rules import CustomerMayExist, CustomerMissing, ReachMissing
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor, ShopId


@dataclass(frozen=True, kw_only=True)
class NewCustomer:
    """What the counter typed about a person."""

    name: str
    phones: tuple[str, ...] = ()
    email: str = ""
    language: str = "en"


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who brings it: somebody we know, perhaps with new ways to reach them, or somebody new."""

    customer_id: int | None = None
    new: NewCustomer | None = None
    # Somebody alike is known, and this is another person all the same.
    is_another: bool = False


def customer_for(person: Person, *, by: Actor) -> Customer:
    """The record of who brings it. Somebody alike is CustomerMayExist until it is said who it is."""
    country = db.session.scalars(select(Shop.country).where(Shop.id == by.shop_id)).one()
    if person.customer_id is not None:
        customer = customers.get_customer(person.customer_id, shop_id=by.shop_id)
        if person.new is not None:
            _add_ways(customer, person.new, country=country)
        return customer
    new = require_new_customer(person.new)
    values = _contact_values(new, country=country)
    known = [] if person.is_another else _list_known(new.name, values, shop_id=by.shop_id)
    if known:
        raise CustomerMayExist(field="is_another", people=[(row.id, row.name) for row in known])
    customer = customers.add_customer(new.name, language=new.language, by=by)
    _add_ways(customer, new, country=country)
    return customer


def _add_ways(customer: Customer, new: NewCustomer, *, country: str) -> None:
    """Numbers and the address that the customer does not have yet."""
    known = {point.value for point in customer.contact_points}
    for value, typed in zip(_contact_values(new, country=country), [*new.phones, new.email], strict=False):
        if value in known:
            continue
        known.add(value)
        if "@" in value:
            customers.add_mail_address(customer, typed)
        else:
            customers.add_phone(customer, typed, country=country)


def _list_known(name: str, values: Sequence[str], *, shop_id: ShopId) -> list[CustomerRow]:
    """People of a like name who share a number, its end or an address; either alone holds nobody back."""
    typed = Traits(
        name=name,
        phones=frozenset(value for value in values if "@" not in value),
        mails=frozenset(value for value in values if "@" in value),
    )
    return [row.person for row in list_alike(typed, shop_id=shop_id) if holds_back(row.reasons)]


def require_new_customer(new: NewCustomer | None) -> NewCustomer:
    """A name, and a number or an address."""
    if new is None or not new.name:
        raise CustomerMissing(field="name")
    if not new.phones and not new.email:
        raise ReachMissing(field="phone")
    return new


def _contact_values(new: NewCustomer, *, country: str) -> list[str]:
    """The numbers and the address as they are stored; what cannot be read is refused at its field."""
    values = [
        customers.normalised_contact(ContactKind.PHONE, phone, country=country, field=field)
        for phone, field in zip(new.phones, ("phone", "phone2"), strict=False)
    ]
    if new.email:
        values.append(
            customers.normalised_contact(ContactKind.EMAIL, new.email, country=country, field="email")
        )
    return values
