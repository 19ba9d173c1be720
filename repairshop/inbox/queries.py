"""What waits in the inbox: one list of texts, questions and messages, in one statement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from repairshop.customers.models import Customer
from repairshop.database import UtcDateTime, db, read
from repairshop.inbox.models import InboundMessage, InboxAssignment
from repairshop.inbox.rules import InboundKind, ItemKind
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Channel, Notice, State, text_shown
from repairshop.staff.models import Membership, Shop, Staff
from repairshop.tickets.models import Question, Ticket, Visit

_MOST = 400
# Of one's own answers that have not gone: after this they wait for the morning and stand elsewhere.
_JUST_NOW = timedelta(minutes=15)
_OWN = "own"

_SHOP: ColumnElement[int] = bindparam("shop_id", type_=Integer)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that waits. A text stands for all that wait from its number about its repair.

    `at` is since when, `words` the latest ones, `newest_id` the newest of the texts.
    """

    kind: ItemKind
    id: int
    newest_id: int
    count: int
    at: datetime
    words: str
    address: str
    channel: Channel | None
    notice: Notice | None
    state: State | None
    error_code: str
    pictures: int
    text_kind: InboundKind | None
    shop_id: int | None
    ticket_id: int | None
    reference: str | None
    number: str | None
    device_label: str
    customer_id: int | None
    customer_name: str | None
    assignee_id: int | None
    assignee_name: str | None

    @property
    def is_held(self) -> bool:
        return self.state is State.HELD

    @property
    def is_unknown(self) -> bool:
        """A text that nobody was found for, or that several people may have sent."""
        return self.kind is ItemKind.TEXT and self.customer_id is None


@dataclass(frozen=True, kw_only=True)
class OwnAnswer:
    """An answer of the reader's that has not gone yet."""

    id: int
    send_after: datetime
    customer_name: str | None
    address: str


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """What waits, by what is to be done about it; each oldest first."""

    troubles: tuple[Item, ...]
    waiting: tuple[Item, ...]
    unknown: tuple[Item, ...]
    held: tuple[Item, ...]
    own_answers: tuple[OwnAnswer, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """In the order of the page."""
        return (*self.troubles, *self.waiting, *self.unknown, *self.held)

    def only(self, keep: Iterable[Item]) -> "Inbox":
        kept = {(item.kind, item.id) for item in keep}
        return replace(
            self,
            **{
                name: tuple(item for item in getattr(self, name) if (item.kind, item.id) in kept)
                for name in ("troubles", "waiting", "unknown", "held")
            },
        )


def get_inbox(shop_id: int, *, reader_id: int | None, at: datetime) -> Inbox:
    """Everything that waits for somebody of the shop."""
    rows = list(read(_statement(), shop_id=shop_id, reader_id=reader_id, since=at - _JUST_NOW))
    own = tuple(
        OwnAnswer(id=row.id, send_after=row.at, customer_name=row.customer_name, address=row.address)
        for row in rows
        if row.kind == _OWN
    )
    items = _grouped([_item(row) for row in rows if row.kind != _OWN])
    return Inbox(
        troubles=tuple(item for item in items if item.kind is ItemKind.MESSAGE and not item.is_held),
        waiting=tuple(item for item in items if item.kind is not ItemKind.MESSAGE and not item.is_unknown),
        unknown=tuple(item for item in items if item.is_unknown),
        held=tuple(item for item in items if item.is_held),
        own_answers=own,
    )


def _grouped(items: Sequence[Item]) -> list[Item]:
    """The texts of one number about one repair are one item, as old as the first of them."""
    found: dict[tuple[Any, ...], Item] = {}
    for item in items:
        if item.kind is ItemKind.TEXT:
            key: tuple[Any, ...] = (item.address, item.shop_id, item.ticket_id, item.customer_id)
        else:
            key = (item.kind, item.id)
        first = found.get(key)
        found[key] = item if first is None else _joined(first, item)
    return list(found.values())


def _joined(first: Item, later: Item) -> Item:
    return replace(
        first,
        newest_id=later.id,
        count=first.count + 1,
        words=later.words or first.words,
        pictures=first.pictures + later.pictures,
        assignee_id=later.assignee_id or first.assignee_id,
        assignee_name=later.assignee_name or first.assignee_name,
    )


def _item(row: Any) -> Item:
    return Item(
        kind=ItemKind(row.kind),
        id=row.id,
        newest_id=row.id,
        count=1,
        at=row.at,
        words=text_shown(row.words, Notice(row.notice) if row.notice else None).strip(),
        address=row.address,
        channel=Channel(row.channel) if row.channel else None,
        notice=Notice(row.notice) if row.notice else None,
        state=State(row.state) if row.state else None,
        error_code=row.error_code,
        pictures=row.pictures,
        text_kind=InboundKind(row.text_kind) if row.text_kind else None,
        shop_id=row.shop_id,
        ticket_id=row.ticket_id,
        reference=row.code,
        number=f"{row.number_prefix}{row.number}" if row.number is not None else None,
        device_label=row.device_label or "",
        customer_id=row.customer_id,
        customer_name=row.customer_name,
        assignee_id=row.assignee_id,
        assignee_name=row.assignee_name,
    )


@cache
def _statement() -> Select[*tuple[Any, ...]]:
    rows = union_all(_texts(), _questions(), _messages(), _own_answers()).subquery("waiting")
    owner = func.coalesce(rows.c.customer_id, Visit.customer_id)
    return (
        select(
            rows.c.kind,
            rows.c.id,
            rows.c.at,
            rows.c.words,
            rows.c.address,
            rows.c.channel,
            rows.c.notice,
            rows.c.state,
            rows.c.error_code,
            rows.c.pictures,
            rows.c.text_kind,
            rows.c.shop_id,
            rows.c.ticket_id,
            owner.label("customer_id"),
            Ticket.code,
            Ticket.number,
            Ticket.device_label,
            Shop.number_prefix,
            Customer.name.label("customer_name"),
            Staff.id.label("assignee_id"),
            Staff.first_name.label("assignee_name"),
        )
        .select_from(rows)
        .outerjoin(Ticket, Ticket.id == rows.c.ticket_id)
        .outerjoin(Shop, Shop.id == Ticket.shop_id)
        .outerjoin(Visit, Visit.id == Ticket.visit_id)
        .outerjoin(Customer, Customer.id == owner)
        .outerjoin(
            InboxAssignment,
            and_(InboxAssignment.kind == rows.c.kind, InboxAssignment.source_id == rows.c.id),
        )
        .outerjoin(Staff, Staff.id == InboxAssignment.staff_id)
        .order_by(rows.c.at, rows.c.id)
        .limit(_MOST)
    )


def _branch(kind: str, table: Any, **columns: Any) -> Select[*tuple[Any, ...]]:
    """One branch of the union: every branch has the same columns in the same order."""
    empty = literal("", String)
    return select(
        literal(kind, String).label("kind"),
        table.id.label("id"),
        columns["at"].label("at"),
        columns["words"].label("words"),
        columns.get("address", empty).label("address"),
        cast(columns.get("channel", empty), String).label("channel"),
        cast(columns.get("notice", empty), String).label("notice"),
        cast(columns.get("state", empty), String).label("state"),
        columns.get("error_code", empty).label("error_code"),
        columns.get("pictures", literal(0)).label("pictures"),
        cast(columns.get("text_kind", empty), String).label("text_kind"),
        columns.get("shop_id", _SHOP).label("shop_id"),
        columns["ticket_id"].label("ticket_id"),
        columns.get("customer_id", cast(null(), Integer)).label("customer_id"),
    )


def _is_ours() -> ColumnElement[bool]:
    """The shop's own texts, and those that are nobody's yet."""
    return or_(InboundMessage.shop_id == _SHOP, InboundMessage.shop_id.is_(None))


def _texts() -> Select[*tuple[Any, ...]]:
    return _branch(
        ItemKind.TEXT.value,
        InboundMessage,
        at=InboundMessage.received_at,
        words=InboundMessage.body,
        address=InboundMessage.sender,
        pictures=InboundMessage.pictures,
        text_kind=InboundMessage.kind,
        shop_id=InboundMessage.shop_id,
        ticket_id=InboundMessage.ticket_id,
        customer_id=InboundMessage.customer_id,
    ).where(_is_ours(), InboundMessage.handled_at.is_(None))


def _questions() -> Select[*tuple[Any, ...]]:
    return (
        _branch(
            ItemKind.QUESTION.value,
            Question,
            at=Question.asked_at,
            words=cast(Question.text, String),
            ticket_id=Question.ticket_id,
        )
        .join(Ticket, Ticket.id == Question.ticket_id)
        .where(Ticket.shop_id == _SHOP, Question.answered_at.is_(None))
    )


def _messages() -> Select[*tuple[Any, ...]]:
    return _branch(
        ItemKind.MESSAGE.value,
        OutgoingMessage,
        at=OutgoingMessage.created_at,
        words=OutgoingMessage.text,
        address=OutgoingMessage.recipient,
        channel=OutgoingMessage.channel,
        notice=OutgoingMessage.notice,
        state=OutgoingMessage.state,
        error_code=OutgoingMessage.error_code,
        ticket_id=OutgoingMessage.ticket_id,
        customer_id=OutgoingMessage.customer_id,
    ).where(OutgoingMessage.shop_id == _SHOP, _needs_somebody())


def _needs_somebody() -> ColumnElement[bool]:
    return or_(
        OutgoingMessage.state == State.NEEDS_HUMAN,
        and_(OutgoingMessage.state == State.HELD, OutgoingMessage.due_at.is_(None)),
    )


def _own_answers() -> Select[*tuple[Any, ...]]:
    answered = (
        select(InboundMessage.answer_id)
        .where(
            InboundMessage.shop_id == _SHOP,
            InboundMessage.handled_at > bindparam("since", type_=UtcDateTime),
            InboundMessage.handled_by_id == bindparam("reader_id", type_=Integer),
        )
        .scalar_subquery()
    )
    return _branch(
        _OWN,
        OutgoingMessage,
        at=OutgoingMessage.send_after,
        words=literal("", String),
        address=OutgoingMessage.recipient,
        ticket_id=OutgoingMessage.ticket_id,
        customer_id=OutgoingMessage.customer_id,
    ).where(OutgoingMessage.id.in_(answered), OutgoingMessage.state == State.QUEUED)


@dataclass(frozen=True, kw_only=True)
class Count:
    """How much waits for somebody, and since when."""

    items: int
    oldest: datetime | None


def count_waiting(shop_id: int) -> Count:
    """The figure of the header and the counter's home, in one statement."""
    row = read(_count_statement(), shop_id=shop_id).one()
    return Count(items=row.items, oldest=row.oldest)


@cache
def _count_statement() -> Select[*tuple[Any, ...]]:
    texts = (
        select(func.min(InboundMessage.received_at).label("at"))
        .where(_is_ours(), InboundMessage.handled_at.is_(None))
        .group_by(InboundMessage.sender, InboundMessage.ticket_id, InboundMessage.customer_id)
    )
    questions = (
        select(Question.asked_at.label("at"))
        .join(Ticket, Ticket.id == Question.ticket_id)
        .where(Ticket.shop_id == _SHOP, Question.answered_at.is_(None))
    )
    messages = select(OutgoingMessage.created_at.label("at")).where(
        OutgoingMessage.shop_id == _SHOP, _needs_somebody()
    )
    waiting = union_all(texts, questions, messages).subquery("waiting")
    return select(func.count().label("items"), func.min(waiting.c.at).label("oldest")).select_from(waiting)


def list_colleagues(shop_id: int) -> list[tuple[int, str]]:
    """Who may be given an item: number and first name."""
    rows = db.session.execute(
        select(Staff.id, Staff.first_name)
        .join(Membership, Membership.staff_id == Staff.id)
        .where(Membership.shop_id == shop_id, Membership.disabled_at.is_(None), Staff.disabled_at.is_(None))
        .order_by(Staff.first_name, Staff.id)
        .limit(200)
    )
    return [(row.id, row.first_name) for row in rows]
