"""Verbs about places and about who holds a device. Everything here runs inside the caller's transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from repairshop import clock
from repairshop.codes import Scan, ScanKind
from repairshop.custody.events import DeviceLost
from repairshop.custody.models import CustodyAlert, Place
from repairshop.custody.queries import find_last_step, find_place, list_things, list_to_alert
from repairshop.custody.rules import (
    UNDO_WITHIN,
    Command,
    Leaving,
    NeverAway,
    NotOurs,
    PlaceKind,
    PlaceTaken,
    Target,
    Thing,
    key_of_place,
    require_things_settled,
)
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.events import publish
from repairshop.staff.queries import list_staff
from repairshop.staff.rules import Actor, ShopId
from repairshop.tickets.attachments import record_note
from repairshop.tickets.custody import pass_on, require_ours, require_seen, where_is
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Ticket
from repairshop.tickets.rules import (
    DEVICE,
    IN_SHOP_HOLDERS,
    SIM_TRAY,
    Holder,
    NothingToUndo,
    TicketId,
    UndoNotYours,
    UndoTooLate,
    require_held,
)
from repairshop.tickets.service import get_ticket_for_change

_HOLDER_OF_COMMAND: Mapping[str, Holder] = {
    Command.CUSTOMER: Holder.CUSTOMER,
    Command.SHIP: Holder.CARRIER,
    Command.ARRIVED: Holder.PLACE,
}


def record_scan(reference: str, scan: Scan, *, item: str = DEVICE, by: Actor, seen: str = "") -> bool:
    """Pass the device, or what came with it, to what was scanned; False when it was there already.

    Raises NotOurs for a place, person, command or item this shop or job does not have, NothingToPassOn for
    a device that is not in the shop's care. `seen` is the newest step the page knew of: PassedOnMeanwhile
    when a colleague was faster.
    """
    ticket = get_ticket_for_change(reference, by=by)
    require_seen(ticket.id, seen)
    require_ours(ticket, item)
    if item not in {DEVICE, SIM_TRAY, *ticket.accessories}:
        raise NotOurs(field="item")
    target, now = _target_of(scan, by=by), where_is(ticket, item)
    if now == (target.holder, target.label):
        return False
    if scan.kind is ScanKind.COMMAND and scan.text == Command.ARRIVED and now[0] in IN_SHOP_HOLDERS:
        raise NeverAway(field="q")
    pass_on(ticket, target.holder, to_label=target.label, by=by, item=item, mark=target.mark)
    return True


def take_back(reference: str, step: str, *, by: Actor) -> None:
    """What the actor passed on last is where it was before; the chain keeps both steps.

    `step` is the one the actor saw: a step that came since, an undo too, is not what they meant.
    """
    ticket = get_ticket_for_change(reference, by=by)
    last = find_last_step(ticket.id)
    if last is None or str(last.id) != step:
        raise NothingToUndo
    if last.item == DEVICE:
        require_held(ticket.stage)
    if last.staff_id != by.staff_id:
        raise UndoNotYours
    if clock.now() - last.at > UNDO_WITHIN:
        raise UndoTooLate
    pass_on(ticket, last.holder, to_label=last.label, by=by, item=last.item)


def pass_things_on(
    ticket: Ticket, to: Holder, *, to_label: str, leaving: Leaving, by: Actor
) -> list[dict[str, str]]:
    """With the device, before it is passed on itself, goes what came with it; returns what undo puts back.

    What lies where the device lies goes with it. Of the rest each is said to have left too, or a note says
    why it stays; raises ThingsElsewhere. What stays can still be given back when the job is over.
    """
    staying = _settle_apart(ticket, leaving, by=by)
    going = [thing for thing in list_things(ticket.id) if thing not in staying]
    return _pass_each_on(ticket, going, to, to_label=to_label, by=by)


def give_back_apart(ticket: Ticket, *, leaving: Leaving, by: Actor) -> list[dict[str, str]]:
    """The device stays for good, with what lies by it: only what lies elsewhere is asked about."""
    staying = _settle_apart(ticket, leaving, by=by)
    going = [thing for thing in _list_apart(ticket) if thing not in staying]
    return _pass_each_on(ticket, going, Holder.CUSTOMER, to_label="", by=by)


def _list_apart(ticket: Ticket) -> list[Thing]:
    things = list_things(ticket.id)
    return [thing for thing in things if thing.lies_apart_from(ticket.holder, ticket.holder_label)]


def _settle_apart(ticket: Ticket, leaving: Leaving, *, by: Actor) -> list[Thing]:
    """Those that stay, each with a line in the history and all with one note."""
    apart = _list_apart(ticket)
    require_things_settled(apart, leaving)
    staying = [thing for thing in apart if thing.item not in leaving.gone_too]
    for thing in staying:
        record_history(ticket, "left_behind", by=by, after={"item": thing.item})
    if staying:
        record_note(ticket, leaving.kept_because, by=by)
    return staying


def _pass_each_on(
    ticket: Ticket, things: Sequence[Thing], to: Holder, *, to_label: str, by: Actor
) -> list[dict[str, str]]:
    for thing in things:
        pass_on(ticket, to, to_label=to_label, by=by, item=thing.item)
    return [{"item": thing.item, "holder": thing.holder.value, "label": thing.label} for thing in things]


def take_things_back(ticket: Ticket, moved: Sequence[Mapping[str, str]], *, by: Actor, move_id: int) -> None:
    """Where they were before a hand-over that was undone."""
    for row in moved:
        pass_on(
            ticket, Holder(row["holder"]), to_label=row["label"], by=by, item=row["item"], move_id=move_id
        )


def _target_of(scan: Scan, *, by: Actor) -> Target:
    if scan.kind is ScanKind.PLACE:
        place = find_place(scan.text, shop_id=by.shop_id)
        if place is not None:
            return Target(holder=place.kind.holder, label=place.name, mark=place.key)
    elif scan.kind is ScanKind.PERSON:
        return _in_hands_of(scan.text, by=by)
    elif scan.text == Command.TAKE:
        return _in_hands_of(str(by.staff_id), by=by)
    elif scan.text in _HOLDER_OF_COMMAND:
        return Target(holder=_HOLDER_OF_COMMAND[scan.text])
    raise NotOurs(field="q")


def _in_hands_of(staff_id: str, *, by: Actor) -> Target:
    for person in list_staff(by.shop_id):
        if str(person.staff_id) == staff_id and person.disabled_at is None:
            return Target(holder=Holder.STAFF, label=person.first_name, mark=f"staff:{person.staff_id}")
    raise NotOurs(field="q")


def add_place(name: str, *, kind: PlaceKind = PlaceKind.PLACE, by: Actor) -> None:
    """A new place, or a retired one that reads the same, under its new name. PlaceTaken for one in use."""
    key = key_of_place(name)
    known = db.session.scalar(select(Place).where(Place.shop_id == by.shop_id, Place.key == key))
    if known is not None:
        if known.retired_at is None:
            raise PlaceTaken(field="name", name=known.name)
        known.name, known.kind, known.retired_at = name, kind, None
        return
    try:
        with db.session.begin_nested():
            db.session.add(Place(shop_id=by.shop_id, name=name, key=key, kind=kind))
    except IntegrityError as error:  # two people at once
        raise PlaceTaken(field="name", name=name) from error


def retire_place(place_id: int, *, by: Actor) -> None:
    """It is offered no more; what lies there stays there until it is passed on."""
    place = db.session.get(Place, place_id)
    if place is None or place.shop_id != by.shop_id:
        raise NotFound
    place.retired_at = place.retired_at or clock.now()


def raise_alerts(shop_id: ShopId, *, at: datetime) -> int:
    """One alert for each time that nobody has a device; how many were new. Two workers raise it once."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    raised = 0
    for head in list_to_alert(shop_id, at=at):
        new = db.session.scalar(
            insert(CustodyAlert)
            .values(ticket_id=head.id, since=head.holder_since, raised_at=at)
            .on_conflict_do_nothing()
            .returning(CustodyAlert.id)
        )
        if new is not None:
            publish(DeviceLost(ticket_id=TicketId(head.id), shop_id=shop_id, since=head.holder_since))
            raised += 1
    return raised
