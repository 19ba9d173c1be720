"""Reads about places and about devices that nobody has."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from repairshop.codes import ScanKind, scan_text
from repairshop.custody.models import CustodyAlert, Place
from repairshop.custody.rules import NOBODY_HAS_IT_AFTER, UNDO_WITHIN, Command, PlaceKind, Thing
from repairshop.database import db
from repairshop.staff.models import Shop
from repairshop.staff.queries import list_staff
from repairshop.staff.rules import Actor, ShopId
from repairshop.tickets.models import Custody, Ticket
from repairshop.tickets.queries import TicketHead, as_head, head_select
from repairshop.tickets.rules import DEVICE, LOANER, Holder
from repairshop.tickets.stages import IN_SHOP_STAGES

MOST_LOST_SHOWN = 50


@dataclass(frozen=True, kw_only=True)
class PlaceRow:
    id: int
    name: str
    key: str
    kind: PlaceKind


def list_places(shop_id: int) -> list[PlaceRow]:
    """Those in use: the shop's own by name, then carriers, then specialists."""
    rows = db.session.scalars(
        select(Place)
        .where(Place.shop_id == shop_id, Place.retired_at.is_(None))
        .order_by(Place.name, Place.id)
    )
    order = list(PlaceKind)
    return sorted(map(_place_row, rows), key=lambda row: order.index(row.kind))


def find_place(key: str, *, shop_id: int) -> PlaceRow | None:
    row = db.session.scalar(
        select(Place).where(Place.shop_id == shop_id, Place.key == key, Place.retired_at.is_(None))
    )
    return _place_row(row) if row else None


def _place_row(row: Place) -> PlaceRow:
    return PlaceRow(id=row.id, name=row.name, key=row.key, kind=row.kind)


@dataclass(frozen=True, kw_only=True)
class CodeRow:
    """A code of the shop's sheet, a button of the hand-to-hand page: what scanning it says."""

    kind: ScanKind
    text: str
    name: str  # a place's or a person's; commands have their words in the template

    @property
    def code(self) -> str:
        return scan_text(self.kind, self.text)


def list_codes(shop_id: ShopId) -> list[CodeRow]:
    """Commands first, then places, carriers and specialists, then people."""
    commands = [CodeRow(kind=ScanKind.COMMAND, text=one.value, name="") for one in Command]
    places = [CodeRow(kind=ScanKind.PLACE, text=row.key, name=row.name) for row in list_places(shop_id)]
    people = [
        CodeRow(kind=ScanKind.PERSON, text=str(person.staff_id), name=person.first_name)
        for person in list_staff(shop_id)
        if person.disabled_at is None
    ]
    return [*commands, *places, *people]


@dataclass(frozen=True, kw_only=True)
class LastStep:
    """The newest hand-to-hand step of a job, and who had the thing before."""

    id: int
    item: str
    holder: Holder
    label: str
    at: datetime
    staff_id: int | None

    def may_be_taken_back(self, *, by: Actor, at: datetime) -> bool:
        return self.staff_id == by.staff_id and at - self.at <= UNDO_WITHIN


def find_last_step(ticket_id: int) -> LastStep | None:
    """None before anything was passed on: an arrival is taken back by cancelling, a loan by its return."""
    rows = db.session.scalars(
        select(Custody).where(Custody.ticket_id == ticket_id).order_by(Custody.id.desc()).limit(2)
    ).all()
    if len(rows) < 2:
        return None
    step, holder = rows[0], rows[0].from_holder
    if holder is None or step.item.startswith(LOANER):
        return None
    return LastStep(
        id=step.id, item=step.item, holder=holder, label=step.from_label, at=step.at, staff_id=step.staff_id
    )


def list_things(ticket_id: int) -> list[Thing]:
    """What came with a device, was passed on by itself and is not with the customer, by where it is now."""
    steps = db.session.scalars(
        select(Custody)
        .where(
            Custody.ticket_id == ticket_id,
            Custody.item != DEVICE,
            Custody.item.not_like(f"{LOANER}%"),
        )
        .order_by(Custody.id)
    )
    newest = {step.item: step for step in steps}
    return [
        Thing(item=step.item, holder=step.to_holder, label=step.to_label)
        for step in newest.values()
        if step.to_holder is not Holder.CUSTOMER
    ]


def list_things_apart(head: TicketHead) -> list[Thing]:
    """Those that lie elsewhere than the device itself."""
    return [thing for thing in list_things(head.id) if thing.lies_apart_from(head.holder, head.holder_label)]


@dataclass(frozen=True, kw_only=True)
class LostDevice:
    """A device in the shop that nobody has; `told_at` is when the alert was raised."""

    head: TicketHead
    told_at: datetime | None


def list_lost(shop_id: int, *, at: datetime) -> list[LostDevice]:
    """The longest first."""
    rows = db.session.execute(
        head_select()
        .add_columns(CustodyAlert.raised_at)
        .outerjoin(CustodyAlert, _IS_ALERT_OF_TICKET)
        .where(*_lost(shop_id, at=at))
        .order_by(Ticket.holder_since, Ticket.id)
        .limit(MOST_LOST_SHOWN)
    )
    return [LostDevice(head=as_head(row), told_at=row.raised_at) for row in rows]


@dataclass(frozen=True, kw_only=True)
class Lost:
    """How many devices nobody has, and since when the first of them."""

    count: int
    since: datetime | None


def count_lost(shop_id: int, *, at: datetime) -> Lost:
    row = db.session.execute(
        select(func.count(Ticket.id), func.min(Ticket.holder_since)).where(*_lost(shop_id, at=at))
    ).one()
    return Lost(count=row[0], since=row[1])


def list_shops_to_alert(*, at: datetime) -> list[ShopId]:
    """Those with a device that nobody has and that no alert stands for."""
    found = select(Ticket.id).where(*_lost(Shop.id, at=at), _HAS_NO_ALERT).correlate(Shop)
    return [ShopId(shop_id) for shop_id in db.session.scalars(select(Shop.id).where(found.exists()))]


def list_to_alert(shop_id: ShopId, *, at: datetime) -> list[TicketHead]:
    rows = db.session.execute(
        head_select().where(*_lost(shop_id, at=at), _HAS_NO_ALERT).order_by(Ticket.id).limit(MOST_LOST_SHOWN)
    )
    return [as_head(row) for row in rows]


_IS_ALERT_OF_TICKET = (CustodyAlert.ticket_id == Ticket.id) & (CustodyAlert.since == Ticket.holder_since)
_HAS_NO_ALERT = ~select(CustodyAlert.id).where(_IS_ALERT_OF_TICKET).correlate(Ticket).exists()


def _lost(shop_id: int | InstrumentedAttribute[int], *, at: datetime) -> tuple[ColumnElement[bool], ...]:
    """In the shop, in nobody's hands and at no named place, for too long."""
    return (
        Ticket.shop_id == shop_id,
        Ticket.stage.in_(IN_SHOP_STAGES),
        Ticket.holder == Holder.PLACE,
        Ticket.holder_label == "",
        Ticket.holder_since < at - NOBODY_HAS_IT_AFTER,
    )
