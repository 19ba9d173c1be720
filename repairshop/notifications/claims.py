"""Messages become one attempt's own each, by one committed change, before any call."""

import math
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.orm import aliased

from repairshop import clock, fault_points
from repairshop.customers.models import Customer
from repairshop.database import UtcDateTime, db, read_alone
from repairshop.notifications.channels.listed import carrier_of
from repairshop.notifications.kept_back import quiet_of, those_that_may_go
from repairshop.notifications.marks import the_watch
from repairshop.notifications.models import (
    ContactConsent,
    DeliveryAttempt,
    DeliveryMark,
    NoticePolicy,
    OutgoingMessage,
)
from repairshop.notifications.moments import begin_short_work, database_now
from repairshop.notifications.planning import QuietTimes
from repairshop.notifications.rules import IN_THE_WAY_STATES, Channel, Purpose, State
from repairshop.notifications.spending import take_turns
from repairshop.staff.models import Shop
from repairshop.tickets.models import PortalLink
from repairshop.transaction import transaction


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One message that is ours to send, with everything the call needs."""

    message_id: int
    attempt: str
    attempts: int
    channel: Channel
    purpose: Purpose
    recipient: str
    subject: str
    text: str
    html: str
    uid: str
    first_uid: str  # of the visit's first message to this address by this channel; empty for that one
    created_at: datetime
    send_after: datetime
    link_id: int | None
    link_version: int
    shop_name: str
    shop_email: str
    quiet: QuietTimes
    is_demo: bool
    hand_over_until: float  # monotonic seconds; later than this the claim may be somebody else's
    counted: bool  # among what the shop's limits allow it


def look_for_due(channels: Sequence[Channel]) -> tuple[frozenset[str], float]:
    """The channels that have something to send, and the seconds until the next message is due.

    One statement that takes no lock. Seconds are infinite when nothing waits for its moment.
    """
    statement = _look_statement(tuple(channels), frozenset(IN_THE_WAY_STATES), db.engine.dialect.name)
    now, following, *answers = tuple(read_alone(statement, at=clock.now())[0])
    found = frozenset(channel for channel, is_due in zip(channels, answers, strict=True) if is_due)
    return found, math.inf if following is None else (following - now).total_seconds()


@lru_cache(maxsize=8)
def _look_statement(channels: tuple[Channel, ...], _in_the_way: frozenset[State], engine: str) -> Select[Any]:
    """Its own clock on PostgreSQL; on SQLite ours, as `at`."""
    at: ColumnElement[datetime] = bindparam("at", type_=UtcDateTime())
    if engine == "postgresql":
        at = func.now()
    following = select(func.min(OutgoingMessage.due_at)).where(
        OutgoingMessage.state == State.QUEUED,
        OutgoingMessage.channel.in_(channels),
        OutgoingMessage.due_at > at,
    )
    due = [exists().where(*_claimable(channel, at)) for channel in channels]
    return cast("Select[Any]", select(at.label("at"), following.scalar_subquery(), *due))


def _is_anything_due(channel: Channel) -> bool:
    found = db.session.scalars(
        select(OutgoingMessage.id).where(*_claimable(channel, database_now())).limit(1)
    ).first()
    db.session.rollback()
    return found is not None


def _claimable(
    channel: Channel | ColumnElement[Channel], at: datetime | ColumnElement[datetime]
) -> tuple[ColumnElement[bool], ...]:
    """Due, and nothing earlier for the same visit and channel still on its way."""
    earlier = aliased(OutgoingMessage)
    return (
        OutgoingMessage.state == State.QUEUED,
        OutgoingMessage.channel == channel,
        OutgoingMessage.due_at <= at,
        ~exists().where(
            earlier.visit_id == OutgoingMessage.visit_id,
            earlier.channel == OutgoingMessage.channel,
            earlier.id < OutgoingMessage.id,
            earlier.state.in_(IN_THE_WAY_STATES),
        ),
    )


def claim_batch(
    channel: Channel, *, most: int, lease: timedelta, sender: str = "", per_second: int = 0
) -> list[Claim]:
    """Make the next due messages ours, at most so many: one transaction, committed before any call.

    Never two of one visit: the later one waits until the earlier is settled. Empty when nothing is due, and
    when this sender has sent as many as it may a second.
    """
    started = time.monotonic()
    while True:
        # On SQLite a claim stops every other writer for a moment, so there is a look before it.
        if db.engine.dialect.name == "sqlite" and not _is_anything_due(channel):
            return []
        with transaction():
            at = begin_short_work()
            rows = _lock_due(channel, at, most=most)
            turns = take_turns(sender, len(rows), per_second=per_second, at=at) if rows else 0
            rows = rows[:turns]
            if not rows:
                return []
            claims = _claim_all(those_that_may_go(rows, channel, at=at), channel, at, lease, started)
            if claims:
                fault_points.reach("claim.written")
        if claims:
            return claims


def _lock_due(channel: Channel, at: datetime, *, most: int) -> Sequence[Row[Any]]:
    watch = the_watch()
    threads = carrier_of(channel).threads
    statement = _due_statement(threads, frozenset(IN_THE_WAY_STATES), is_watched=watch is not None)
    values = {"channel": channel, "at": at, "most": most, "mark": watch.known if watch else ""}
    return db.session.execute(statement, values).all()


@lru_cache(maxsize=8)
def _due_statement(threads: bool, _in_the_way: frozenset[State], *, is_watched: bool) -> Select[Any]:
    """All that the rules ask and a call needs, in one reading; only the messages' rows are locked.

    `is_watched`: nothing where this database has not the `mark` that the worker knows.
    """
    message = OutgoingMessage
    channel, at = bindparam("channel", type_=message.channel.type), bindparam("at", type_=UtcDateTime())
    statement = (
        select(
            message.id,
            *(message.shop_id, message.ticket_id, message.customer_id, message.purpose, message.recipient),
            *(message.subject, message.text, message.html, message.uid, message.link_id, message.attempts),
            *(message.created_at, message.send_after, message.claimed_at, message.over_limits),
            message.notice,
            (_first_uid() if threads else literal("")).label("first_uid"),
            *(Shop.name, Shop.email, Shop.is_demo, Shop.time_zone),
            *(Customer.quiet_from.label("own_from"), Customer.quiet_to.label("own_to")),
            *(NoticePolicy.quiet_from, NoticePolicy.quiet_to, NoticePolicy.to_one_number_a_day),
            *(NoticePolicy.a_day, NoticePolicy.a_month, NoticePolicy.countries),
            PortalLink.version.label("link_version"),
            ContactConsent.opted_out,
        )
        .join(Shop, Shop.id == message.shop_id)
        .outerjoin(Customer, Customer.id == message.customer_id)
        .outerjoin(NoticePolicy, NoticePolicy.shop_id == message.shop_id)
        .outerjoin(PortalLink, PortalLink.id == message.link_id)
        .outerjoin(
            ContactConsent,
            and_(
                ContactConsent.channel == message.channel,
                ContactConsent.recipient == message.recipient,
                ContactConsent.purpose == message.purpose,
            ),
        )
        .where(*_claimable(channel, at))
        .order_by(message.due_at, message.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True, of=message)
    )
    if is_watched:
        statement = statement.where(exists().where(DeliveryMark.token == bindparam("mark")))
    return cast("Select[Any]", statement)


def _first_uid() -> ColumnElement[str]:
    """Whether that one ever went does not matter: what names it is shown together."""
    first = aliased(OutgoingMessage)
    return (
        select(first.uid)
        .where(
            first.visit_id == OutgoingMessage.visit_id,
            first.channel == OutgoingMessage.channel,
            first.recipient == OutgoingMessage.recipient,
            first.id < OutgoingMessage.id,
        )
        .order_by(first.id)
        .limit(1)
        .scalar_subquery()
    )


_MESSAGE = cast(Table, OutgoingMessage.__table__)
_CLAIM = (
    update(_MESSAGE)
    .where(_MESSAGE.c.id == bindparam("message"), _MESSAGE.c.state == State.QUEUED)
    .values(
        state=State.SENDING,
        attempt=bindparam("own"),
        attempts=_MESSAGE.c.attempts + 1,
        claimed_at=bindparam("at"),
    )
)
_ATTEMPT = insert(cast(Table, DeliveryAttempt.__table__))


def _claim_all(
    going: Sequence[tuple[Row[Any], bool]], channel: Channel, at: datetime, lease: timedelta, started: float
) -> list[Claim]:
    if not going:
        return []
    until = started + lease.total_seconds() / 2
    claims = [_claim(row, channel, counted=counted, hand_over_until=until) for row, counted in going]
    db.session.flush()
    connection = db.session.connection()
    changed = connection.execute(
        _CLAIM, [{"message": claim.message_id, "own": claim.attempt, "at": at} for claim in claims]
    ).rowcount
    if changed != len(claims):  # the rows are locked: whoever changes them all the same must be found
        raise RuntimeError(f"{changed} of {len(claims)} messages were claimed")
    connection.execute(
        _ATTEMPT,
        [{"id": claim.attempt, "message_id": claim.message_id, "started_at": at} for claim in claims],
    )
    return claims


def _claim(row: Row[Any], channel: Channel, *, counted: bool, hand_over_until: float) -> Claim:
    return Claim(
        message_id=row.id,
        attempt=uuid.uuid4().hex,
        attempts=row.attempts + 1,
        channel=channel,
        purpose=row.purpose,
        recipient=row.recipient,
        subject=row.subject,
        text=row.text,
        html=row.html,
        uid=row.uid,
        first_uid=row.first_uid or "",
        created_at=row.created_at,
        send_after=row.send_after,
        link_id=row.link_id,
        link_version=row.link_version or 0,
        shop_name=row.name,
        shop_email=row.email,
        quiet=quiet_of(row),
        is_demo=row.is_demo,
        hand_over_until=hand_over_until,
        counted=counted,
    )
