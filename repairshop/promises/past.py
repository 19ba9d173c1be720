"""What the finished repairs of a shop went through, stage by stage."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Row, select

from repairshop.catalogue.rules import DeviceType
from repairshop.database import db
from repairshop.promises.estimates import Kind, Spell, Step, spells_of
from repairshop.promises.queries import get_calendar
from repairshop.staff.models import Shop
from repairshop.tickets.models import Ticket, TicketMove
from repairshop.tickets.stages import Stage

# Imported tickets are left out: their moves were not made here.
_WAS_READY = (Stage.READY, Stage.UNCLAIMED, Stage.HANDED_OVER, Stage.SURRENDERED)


def list_spells(shop_id: int, *, limit: int, before: datetime) -> list[Spell]:
    """The stages of the shop's newest repairs that were ready before a moment."""
    newest = (
        select(Ticket.id)
        .where(Ticket.shop_id == shop_id, Ticket.stage.in_(_WAS_READY), Ticket.source.is_(None))
        .order_by(Ticket.changed_at.desc())
        .limit(limit)
        .subquery()
    )
    rows = db.session.execute(
        select(Ticket.id, Ticket.device_type, Ticket.fault_key, TicketMove.target, TicketMove.at)
        .join(newest, newest.c.id == Ticket.id)
        .join(TicketMove, TicketMove.ticket_id == Ticket.id)
        .where(TicketMove.undone_at.is_(None), TicketMove.at < before)
        .order_by(TicketMove.ticket_id, TicketMove.id)
    )
    return list(_spells(rows, shop_id=shop_id))


def _spells(rows: Iterable[Row[int, DeviceType, str, Stage, datetime]], *, shop_id: int) -> Iterator[Spell]:
    calendar = get_calendar(shop_id)
    for _, moves in groupby(rows, key=attrgetter("id")):
        first, *others = moves
        steps = [Step(stage=move.target, at=move.at) for move in (first, *others)]
        kind = Kind(device_type=first.device_type, fault_key=first.fault_key)
        yield from spells_of(kind, steps, calendar=calendar)


def list_shops() -> list[tuple[int, str]]:
    """Every shop's id and name."""
    return [(row.id, row.name) for row in db.session.execute(select(Shop.id, Shop.name).order_by(Shop.id))]
