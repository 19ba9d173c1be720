"""Repairs and people that a text may belong to."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select

from repairshop.codes import find_code
from repairshop.customers.models import Customer
from repairshop.customers.queries import search_customers
from repairshop.database import db
from repairshop.inbox.text_queries import list_sharers
from repairshop.staff.models import Shop
from repairshop.tickets.models import Ticket, Visit
from repairshop.tickets.stages import OPEN_STAGES

_MOST = 30


@dataclass(frozen=True, kw_only=True)
class Target:
    """One repair, or a person without one. `value` names it in a form."""

    value: str
    name: str
    number: str | None
    device_label: str
    is_open: bool
    has_number: bool  # the text came from a number of theirs


def list_targets(sender: str, asked: str, *, shop_id: int, number_prefix: str) -> list[Target]:
    """Who has the number; with words also the repairs and people they find, best first."""
    sharers = list_sharers(sender, shop_id=shop_id)
    known = {sharer.customer_id for sharer in sharers}
    found = [
        _target(
            sharer.customer_id,
            sharer.name,
            sharer.reference,
            sharer.number,
            sharer.device_label,
            is_open=sharer.is_open,
            has_number=True,
        )
        for sharer in sharers
    ]
    if asked:
        found += _of_ticket(asked, shop_id=shop_id, prefix=number_prefix, known=known)
        found += _of_people(asked, shop_id=shop_id, known=known)
    targets: dict[str, Target] = {}
    for _, target in [*found, *_people_of(found)]:
        targets.setdefault(target.value, target)
    return list(targets.values())[:_MOST]


def _target(
    customer_id: int,
    name: str,
    reference: str | None,
    number: str | None,
    device_label: str,
    *,
    is_open: bool,
    has_number: bool,
) -> tuple[int, Target]:
    value = f"ticket:{reference}" if reference else f"person:{customer_id}"
    return customer_id, Target(
        value=value,
        name=name,
        number=number,
        device_label=device_label or "",
        is_open=is_open,
        has_number=has_number,
    )


def _of_ticket(asked: str, *, shop_id: int, prefix: str, known: set[int]) -> list[tuple[int, Target]]:
    """The repair of this number or code."""
    plain = asked.upper().removeprefix(prefix.upper()).strip()
    by = []
    if plain.isascii() and plain.isdigit() and len(plain) < 10:
        by.append(Ticket.number == int(plain))
    if code := find_code(asked):
        by.append(Ticket.code == code)
    if not by:
        return []
    return _list(or_(*by), shop_id=shop_id, known=known)


def _of_people(asked: str, *, shop_id: int, known: set[int]) -> list[tuple[int, Target]]:
    """The repairs of people found by name, number or address, and they themselves."""
    people = search_customers(asked, shop_id=shop_id, limit=10)
    ids = [person.id for person in people]
    repairs = _list(Visit.customer_id.in_(ids), shop_id=shop_id, known=known) if ids else []
    persons = [
        _target(person.id, person.name, None, None, "", is_open=False, has_number=person.id in known)
        for person in people
    ]
    return [*repairs, *persons]


def _list(condition: ColumnElement[bool], *, shop_id: int, known: set[int]) -> list[tuple[int, Target]]:
    rows = db.session.execute(
        select(
            Customer.id,
            Customer.name,
            Ticket.code,
            Ticket.number,
            Ticket.stage,
            Ticket.device_label,
            Shop.number_prefix,
        )
        .join(Visit, Visit.id == Ticket.visit_id)
        .join(Customer, Customer.id == Visit.customer_id)
        .join(Shop, Shop.id == Ticket.shop_id)
        .where(Ticket.shop_id == shop_id, condition)
        .order_by(Ticket.id.desc())
        .limit(_MOST)
    )
    found = [
        _target(
            row.id,
            row.name,
            row.code,
            f"{row.number_prefix}{row.number}",
            row.device_label,
            is_open=row.stage in OPEN_STAGES,
            has_number=row.id in known,
        )
        for row in rows
    ]
    return sorted(found, key=lambda pair: not pair[1].is_open)


def _people_of(found: list[tuple[int, Target]]) -> list[tuple[int, Target]]:
    """Each of them without a repair: a text may be about none."""
    return [
        _target(customer_id, target.name, None, None, "", is_open=False, has_number=target.has_number)
        for customer_id, target in found
    ]
