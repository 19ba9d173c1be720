"""One text with everything around it: the conversation, whose it may be, which ways an answer can go."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, and_, cast, func, literal, or_, select, union_all

from repairshop import codes
from repairshop.customers.models import ContactPoint, Customer
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.inbox.models import InboundMessage
from repairshop.inbox.reply import OpenWay, list_ways
from repairshop.inbox.rules import Handled, Hint, InboundKind, hints
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Channel, Notice, State, masked_link
from repairshop.staff.models import Shop, Staff
from repairshop.tickets.models import Ticket, Visit
from repairshop.tickets.stages import OPEN_STAGES, Stage

_MOST_BUBBLES = 40
_SHOWN_BEFORE = 2


@dataclass(frozen=True, kw_only=True)
class Bubble:
    """One message of the conversation, theirs or ours."""

    id: int
    is_theirs: bool
    at: datetime
    words: str
    channel: Channel
    notice: Notice | None
    state: State | None
    error_code: str
    who: str | None  # who answered
    number: str | None  # of the repair
    reference: str | None
    pictures: int
    waits: bool


@dataclass(frozen=True, kw_only=True)
class Sharer:
    """Somebody with the number, and one of their repairs."""

    customer_id: int
    name: str
    reference: str | None
    number: str | None
    device_label: str
    is_open: bool


@dataclass(frozen=True, kw_only=True)
class TextPage:
    """A text and what waits with it."""

    id: int
    newest_id: int
    sender: str
    handled_at: datetime | None
    handled_how: Handled | None
    handled_by: str | None
    kind: InboundKind
    hints: tuple[Hint, ...]
    customer_id: int | None
    customer_name: str | None
    language: str
    reference: str | None
    number: str | None
    stage: Stage | None
    device_label: str
    fault_label: str
    bubbles: tuple[Bubble, ...]
    sharers: tuple[Sharer, ...]
    ways: tuple[OpenWay, ...]

    @property
    def _first_shown(self) -> int:
        """Where the latest begin: what waits, with a few messages before it."""
        waiting = [place for place, bubble in enumerate(self.bubbles) if bubble.waits]
        return max(0, min([*waiting, len(self.bubbles) - 1]) - _SHOWN_BEFORE)

    @property
    def earlier(self) -> tuple[Bubble, ...]:
        return self.bubbles[: self._first_shown]

    @property
    def latest(self) -> tuple[Bubble, ...]:
        return self.bubbles[self._first_shown :]

    @property
    def others(self) -> tuple[Sharer, ...]:
        """Who else it may be from."""
        return tuple(sharer for sharer in self.sharers if sharer.customer_id != self.customer_id)

    @property
    def code_shown(self) -> str:
        return codes.shown(self.reference) if self.reference else ""


def get_text_page(text_id: int, *, shop_id: int, languages: list[str]) -> TextPage:
    """NotFound for another shop's text."""
    row = db.session.execute(
        select(InboundMessage, Ticket, Customer, Staff.first_name, Shop.number_prefix)
        .outerjoin(Ticket, Ticket.id == InboundMessage.ticket_id)
        .outerjoin(Shop, Shop.id == Ticket.shop_id)
        .outerjoin(Visit, Visit.id == Ticket.visit_id)
        .outerjoin(Customer, Customer.id == func.coalesce(InboundMessage.customer_id, Visit.customer_id))
        .outerjoin(Staff, Staff.id == InboundMessage.handled_by_id)
        .where(InboundMessage.id == text_id)
    ).one_or_none()
    if row is None or row[0].shop_id not in {None, shop_id}:
        raise NotFound
    text, ticket, customer, handler, prefix = row
    bubbles = _list_bubbles(text, shop_id=shop_id)
    waiting = [bubble for bubble in bubbles if bubble.waits and _is_together(bubble, ticket)]
    language = customer.language if customer else languages[0] if languages else "en"
    return TextPage(
        id=text.id,
        newest_id=max((bubble.id for bubble in waiting), default=text.id),
        sender=text.sender,
        handled_at=text.handled_at,
        handled_how=text.handled_how,
        handled_by=handler,
        kind=text.kind,
        hints=_hints(text, ticket, waiting),
        customer_id=customer.id if customer else None,
        customer_name=customer.name if customer else None,
        language=language,
        reference=ticket.code if ticket else None,
        number=f"{prefix}{ticket.number}" if ticket else None,
        stage=ticket.stage if ticket else None,
        device_label=ticket.device_label if ticket else "",
        fault_label=ticket.fault_label if ticket else "",
        bubbles=tuple(bubbles),
        sharers=tuple(list_sharers(text.sender, shop_id=shop_id)),
        ways=tuple(list_ways(text.sender, customer, shop_id=shop_id, language=language)),
    )


def _is_together(bubble: Bubble, ticket: Ticket | None) -> bool:
    return bubble.reference == (ticket.code if ticket else None)


def _hints(text: InboundMessage, ticket: Ticket | None, waiting: list[Bubble]) -> tuple[Hint, ...]:
    """Of the text itself and of what came after it, each once."""
    stage, is_open = (ticket.stage, ticket.stage in OPEN_STAGES) if ticket else (None, False)
    words = [(text.body, text.pictures)] + [(bubble.words, bubble.pictures) for bubble in waiting]
    found = [
        hint
        for body, pictures in words
        for hint in hints(
            body, text.kind, pictures=pictures, stage=stage, is_open=is_open, sender=text.sender
        )
    ]
    return tuple(dict.fromkeys(found))


def _list_bubbles(text: InboundMessage, *, shop_id: int) -> list[Bubble]:
    """The latest of what went between this number and the shop, oldest first, in one statement."""
    theirs = _theirs(text.sender, shop_id)
    ours = _ours(text, shop_id)
    rows = union_all(theirs, ours).subquery("bubbles")
    found = db.session.execute(
        select(rows, Ticket.code, Ticket.number, Shop.number_prefix, Staff.first_name)
        .outerjoin(Ticket, Ticket.id == rows.c.ticket_id)
        .outerjoin(Shop, Shop.id == Ticket.shop_id)
        .outerjoin(Staff, Staff.id == rows.c.staff_id)
        .order_by(rows.c.at.desc(), rows.c.id.desc())
        .limit(_MOST_BUBBLES)
    ).all()
    return [_bubble(row) for row in reversed(found)]


def _theirs(number: str, shop_id: int) -> Any:
    nothing = literal("", String)
    return select(
        InboundMessage.id.label("id"),
        literal(True).label("is_theirs"),
        InboundMessage.received_at.label("at"),
        InboundMessage.body.label("words"),
        literal(Channel.SMS.value, String).label("channel"),
        nothing.label("notice"),
        nothing.label("state"),
        nothing.label("error_code"),
        InboundMessage.pictures.label("pictures"),
        InboundMessage.handled_at.is_(None).label("waits"),
        InboundMessage.ticket_id.label("ticket_id"),
        InboundMessage.handled_by_id.label("staff_id"),
    ).where(
        InboundMessage.sender == number,
        or_(InboundMessage.shop_id == shop_id, InboundMessage.shop_id.is_(None)),
    )


def _ours(text: InboundMessage, shop_id: int) -> Any:
    """What was written to the number, and answers to this person on other channels."""
    author = (
        select(func.max(InboundMessage.handled_by_id))
        .where(InboundMessage.answer_id == OutgoingMessage.id)
        .correlate(OutgoingMessage)
        .scalar_subquery()
    )
    to_them = OutgoingMessage.recipient == text.sender
    if text.customer_id is not None:
        to_them = or_(
            to_them,
            and_(OutgoingMessage.notice == Notice.REPLY, OutgoingMessage.customer_id == text.customer_id),
        )
    return select(
        OutgoingMessage.id.label("id"),
        literal(False).label("is_theirs"),
        OutgoingMessage.created_at.label("at"),
        OutgoingMessage.text.label("words"),
        cast(OutgoingMessage.channel, String).label("channel"),
        cast(OutgoingMessage.notice, String).label("notice"),
        cast(OutgoingMessage.state, String).label("state"),
        OutgoingMessage.error_code.label("error_code"),
        literal(0).label("pictures"),
        literal(False).label("waits"),
        OutgoingMessage.ticket_id.label("ticket_id"),
        author.label("staff_id"),
    ).where(
        OutgoingMessage.shop_id == shop_id,
        OutgoingMessage.notice != Notice.CODE,
        OutgoingMessage.state.not_in({State.SUPERSEDED, State.WITHDRAWN}),
        to_them,
    )


def _bubble(row: Any) -> Bubble:
    return Bubble(
        id=row.id,
        is_theirs=bool(row.is_theirs),
        at=row.at,
        words=masked_link(row.words).strip(),
        channel=Channel(row.channel),
        notice=Notice(row.notice) if row.notice else None,
        state=State(row.state) if row.state else None,
        error_code=row.error_code,
        who=row.first_name,
        number=f"{row.number_prefix}{row.number}" if row.number is not None else None,
        reference=row.code,
        pictures=row.pictures,
        waits=bool(row.waits),
    )


def list_sharers(number: str, *, shop_id: int) -> list[Sharer]:
    """Everybody of the shop who has this number, with their repairs, open ones first, newest first."""
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
        .join(ContactPoint, ContactPoint.customer_id == Customer.id)
        .join(Shop, Shop.id == Customer.shop_id)
        .outerjoin(Visit, Visit.customer_id == Customer.id)
        .outerjoin(Ticket, Ticket.visit_id == Visit.id)
        .where(
            ContactPoint.value == number,
            ContactPoint.removed_at.is_(None),
            Customer.shop_id == shop_id,
            Customer.merged_into_id.is_(None),
            Customer.erased_at.is_(None),
        )
        .order_by(Ticket.id.desc())
        .limit(40)
    )
    found = [
        Sharer(
            customer_id=row.id,
            name=row.name,
            reference=row.code,
            number=f"{row.number_prefix}{row.number}" if row.number is not None else None,
            device_label=row.device_label or "",
            is_open=row.stage in OPEN_STAGES if row.stage else False,
        )
        for row in rows
    ]
    return sorted(found, key=lambda sharer: not sharer.is_open)
