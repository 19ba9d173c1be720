"""Finding tickets: each reading of the text is a look-up of its own by an index, and the ids are joined."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union

from repairshop.board.finding import Wanted
from repairshop.codes import ScanKind
from repairshop.custody.models import Place
from repairshop.customers.models import ContactPoint, Customer, Device
from repairshop.customers.rules import ContactKind
from repairshop.database import db
from repairshop.tickets.models import Ticket, Visit
from repairshop.tickets.queries import TicketHead, as_head, head_select
from repairshop.tickets.rules import Holder
from repairshop.tickets.stages import OPEN_STAGES

PAGE = 50
_MOST_PEOPLE = 2000
_IMEI_WITHOUT_CHECK = 14
_LAST_SIGN = "\U0010ffff"


def list_found(wanted: Wanted, *, shop_id: int, before: int | None = None) -> list[TicketHead]:
    """Newest first, one more than a page when there is another; only this shop's tickets."""
    branches = list(_branches(wanted, shop_id))
    if not branches:
        return []
    found = _heads(union(*branches), before)
    # Surnames: no index knows where a word begins inside a name, so only when nothing else was found.
    if not found and wanted.name and before is None:
        return _heads(_of_people(_word_begins(wanted.name), shop_id), None)
    return found


def _heads(ids: Any, before: int | None) -> list[TicketHead]:
    """Each branch keeps to the shop; said once more here it would make SQLite walk through the whole shop."""
    matching = ids.subquery("matching")
    query = (
        head_select().where(Ticket.id.in_(select(matching.c.id))).order_by(Ticket.id.desc()).limit(PAGE + 1)
    )
    if before is not None:
        query = query.where(Ticket.id < before)
    return [as_head(row) for row in db.session.execute(query)]


def _branches(wanted: Wanted, shop_id: int) -> list[Select[Any]]:
    tickets: list[ColumnElement[bool]] = []
    if wanted.scan and wanted.scan.kind is ScanKind.TICKET:
        tickets.append(Ticket.code == wanted.scan.text)
    if wanted.scan and wanted.scan.kind is ScanKind.PLACE:
        tickets.append(_lies_at(wanted.scan.text, shop_id))
    if wanted.code:
        tickets.append(Ticket.code == wanted.code)
    if wanted.number:
        tickets.append(and_(Ticket.shop_id == shop_id, Ticket.number == wanted.number))
    branches = [select(Ticket.id).where(Ticket.shop_id == shop_id, condition) for condition in tickets]
    if wanted.imei:
        exact = Device.imei == wanted.imei
        is_short = len(wanted.imei) == _IMEI_WITHOUT_CHECK
        branches.append(_of_devices(_begins(Device.imei, wanted.imei) if is_short else exact, shop_id))
    if wanted.serial:
        branches.append(_of_devices(Device.serial == wanted.serial, shop_id))
    if wanted.phone_end:
        branches.append(_of_contacts(ContactKind.PHONE, _ends_with(wanted.phone_end), shop_id))
    if wanted.mail:
        branches.append(_of_contacts(ContactKind.EMAIL, _begins(ContactPoint.value, wanted.mail), shop_id))
    if wanted.name and not wanted.mail:
        branches.append(_of_people(_begins(Customer.folded_name, wanted.name), shop_id))
    return branches


def _lies_at(place: str, shop_id: int) -> ColumnElement[bool]:
    return and_(
        Ticket.stage.in_(OPEN_STAGES),
        Ticket.holder == Holder.PLACE,
        or_(
            Ticket.holder_label.ilike(_literal(place)),
            Ticket.holder_label.in_(select(Place.name).where(Place.shop_id == shop_id, Place.key == place)),
        ),
    )


def _literal(text: str) -> str:
    """A pattern that means exactly this text; PostgreSQL and SQLite read ILIKE's signs alike."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _of_devices(condition: ColumnElement[bool], shop_id: int) -> Select[Any]:
    devices = select(Device.id).where(Device.shop_id == shop_id, condition)
    return select(Ticket.id).where(Ticket.device_id.in_(devices))


def _of_contacts(kind: ContactKind, condition: ColumnElement[bool], shop_id: int) -> Select[Any]:
    people = (
        select(ContactPoint.customer_id)
        .join(Customer, Customer.id == ContactPoint.customer_id)
        .where(ContactPoint.kind == kind, ContactPoint.removed_at.is_(None), condition)
        .where(Customer.shop_id + 0 == shop_id)  # + 0: not by the shop's index, the contact's is far better
        .limit(_MOST_PEOPLE)
    )
    return _of_customers(people)


def _of_people(condition: ColumnElement[bool], shop_id: int) -> Select[Any]:
    # Somebody who was merged away is still found by the name they had here.
    person = func.coalesce(Customer.merged_into_id, Customer.id).label("id")
    people = select(person).where(Customer.shop_id == shop_id, condition).limit(_MOST_PEOPLE)
    return _of_customers(people)


def _of_customers(people: Select[Any]) -> Select[Any]:
    # A LIMIT inside IN needs a derived table of its own on some engines; both of ours accept it this way.
    known = people.subquery()
    return (
        select(Ticket.id)
        .join(Visit, Visit.id == Ticket.visit_id)
        .where(Visit.customer_id.in_(select(known.c[0])))
    )


def _ends_with(digits: str) -> ColumnElement[bool]:
    """The tail's index finds the few numbers worth comparing in full."""
    tail = ContactPoint.tail == digits[-4:]
    return tail if len(digits) == 4 else and_(tail, ContactPoint.value.endswith(digits, autoescape=True))


def _begins(column: Any, text: str) -> ColumnElement[bool]:
    """By the index on both engines: PostgreSQL's knows patterns, SQLite's the range they stand for."""
    begins: ColumnElement[bool] = column.startswith(text, autoescape=True)
    if db.engine.dialect.name == "sqlite":
        return and_(begins, column >= text, column < text + _LAST_SIGN)
    return begins


def _word_begins(name: str) -> ColumnElement[bool]:
    return and_(
        *(
            or_(
                Customer.folded_name.startswith(word, autoescape=True),
                Customer.folded_name.contains(f" {word}", autoescape=True),
            )
            for word in name.split()[:4]
        )
    )
