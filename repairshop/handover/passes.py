"""Pickup passes: whom a code or a collector's own address stands for, while there is something to collect.

A pass that is forged, ended, too old or of a visit that has left is no pass, and nobody learns which.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from repairshop import clock
from repairshop.customers.models import Customer
from repairshop.database import db
from repairshop.errors import NotFound, Refused
from repairshop.handover.collectors import CollectorRow
from repairshop.handover.models import Collector
from repairshop.handover.pass_codes import (
    PassCode,
    PassHolder,
    parse_pass_code,
    pass_code_is_true,
    pass_is_over,
)
from repairshop.tickets.links import COLLECT, parse_token, token_is_true
from repairshop.tickets.models import PortalLink, Visit
from repairshop.tickets.queries import TicketHead, list_heads_of_visit
from repairshop.tickets.stages import IN_SHOP_STAGES, Stage, Verb, verbs_from

# Whom the customer named has a pass this long; naming them again gives another.
COLLECTORS_PASS_LENGTH = timedelta(days=90)


class PassNotTrue(Refused):
    """The pass opens nothing now: drawn long ago, taken back, or everything has left."""


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What a pass is for."""

    holder: PassHolder
    visit_id: int
    shop_id: int
    customer_name: str
    collector: CollectorRow | None  # None on the customer's own


def find_pass(text: str, *, shop_id: int, key: str, today: date) -> Pass | None:
    """Whom a scanned code stands for; None for every code that is not true now, or of another shop."""
    parsed = parse_pass_code(text)
    if parsed is None or pass_is_over(parsed.drawn_on, today=today):
        return None
    found = _read(parsed, key=key)
    if found is None or found.shop_id != shop_id or not list_collectable(found.visit_id):
        return None
    return found


def get_collectors_pass(token: str, *, key: str) -> tuple[Pass, CollectorRow]:
    """Whom a named collector's own address stands for; NotFound for every address that opens nothing now."""
    parsed = parse_token(token)
    if parsed is None or parsed.link_id >= 2**31:
        raise NotFound
    found = _collector(parsed.link_id)
    if found is None or found.collector is None:
        raise NotFound
    if not token_is_true(parsed, version=found.collector.version, key=key, purpose=COLLECT):
        raise NotFound
    if not list_collectable(found.visit_id):
        raise NotFound
    return found, found.collector


def list_collectable(visit_id: int) -> list[TicketHead]:
    """What of the visit is still in the shop's care, in the order it was taken in."""
    return [head for head in list_heads_of_visit(visit_id) if head.stage in IN_SHOP_STAGES]


def may_leave(stage: Stage) -> bool:
    return Verb.HAND_OVER in verbs_from(stage)


def _read(parsed: PassCode, *, key: str) -> Pass | None:
    if parsed.holder is PassHolder.CUSTOMER:
        found, version = _customer(parsed.id)
    else:
        found = _collector(parsed.id)
        version = _version(found) if found else 0
    return found if found and pass_code_is_true(parsed, version=version, key=key) else None


def _customer(link_id: int) -> tuple[Pass | None, int]:
    row = db.session.execute(
        select(PortalLink.version, PortalLink.visit_id, Visit.shop_id, Customer.name)
        .join(Visit, Visit.id == PortalLink.visit_id)
        .join(Customer, Customer.id == PortalLink.customer_id)
        .where(PortalLink.id == link_id, Customer.erased_at.is_(None))
    ).one_or_none()
    if row is None:
        return None, 0
    found = Pass(
        holder=PassHolder.CUSTOMER,
        visit_id=row.visit_id,
        shop_id=row.shop_id,
        customer_name=row.name,
        collector=None,
    )
    return found, row.version


def _collector(collector_id: int) -> Pass | None:
    row = db.session.execute(
        select(Collector, Visit.shop_id, Customer.name)
        .join(Visit, Visit.id == Collector.visit_id)
        .join(Customer, Customer.id == Visit.customer_id)
        .where(
            Collector.id == collector_id,
            Collector.ended_at.is_(None),
            Collector.named_at > clock.now() - COLLECTORS_PASS_LENGTH,
            Customer.erased_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    named, shop_id, customer_name = row
    return Pass(
        holder=PassHolder.COLLECTOR,
        visit_id=named.visit_id,
        shop_id=shop_id,
        customer_name=customer_name,
        collector=CollectorRow(id=named.id, name=named.name, version=named.version, named_at=named.named_at),
    )


def _version(found: Pass) -> int:
    return found.collector.version if found.collector else 0
