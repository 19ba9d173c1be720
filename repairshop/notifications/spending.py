"""What a shop's messages cost it, counted in the database: all workers share the counts and the pace."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, Row, String, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningInsert

from repairshop.database import db
from repairshop.notifications.limits import OVER_CODES, Limits, Over, next_free
from repairshop.notifications.models import NoticePolicy, OutgoingMessage, SenderPace, SpendCount
from repairshop.notifications.planning import NIGHT
from repairshop.notifications.rules import Channel, State
from repairshop.phone import country_of
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor

# Begins the event key of what the shop's people send to themselves to try their words.
TEST_KEY = "test:"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Limits, and the quiet hours as local times."""

    limits: Limits = field(default_factory=Limits)
    quiet: tuple[str, str] = NIGHT


def get_policy(shop_id: int) -> Policy:
    """As the shop's manager set it, or the usual one; one query."""
    return read_policy(db.session.get(NoticePolicy, shop_id))


def read_policy(row: NoticePolicy | Row[Any] | None) -> Policy:
    """From a row that has its columns; all of them None, or no row: the usual one."""
    if row is None or row.quiet_from is None:
        return Policy()
    return Policy(limits=_limits(row), quiet=(row.quiet_from, row.quiet_to))


def get_limits(shop_id: int) -> Limits:
    return get_policy(shop_id).limits


def _limits(policy: NoticePolicy | Row[Any]) -> Limits:
    return Limits(
        to_one_number_a_day=policy.to_one_number_a_day,
        a_day=policy.a_day,
        a_month=policy.a_month,
        countries=frozenset(policy.countries),
    )


def get_quiet(shop_id: int) -> tuple[str, str]:
    """The shop's quiet hours, local times."""
    return get_policy(shop_id).quiet


def may_text(number: str, countries: frozenset[str] | None) -> bool:
    """Whether the number belongs to one of these countries; None: all of them."""
    return countries is None or country_of(number) in countries


@dataclass(frozen=True, kw_only=True)
class Going:
    """A message that is about to go; `claimed_at` is of an earlier attempt."""

    message_id: int
    shop_id: int
    time_zone: str
    recipient: str
    claimed_at: datetime | None
    limits: Limits  # of the shop

    def went_after(self, moment: datetime) -> bool:
        return self.claimed_at is not None and self.claimed_at > moment


def count_in(channel: Channel, going: Sequence[Going], *, at: datetime) -> dict[int, Over]:
    """Count these as going now, but for those that a limit forbids, which are given back by their ids.

    Holds the day's row of each shop until the commit; always in the order of the shops.
    """
    over: dict[int, Over] = {}
    for shop_id in sorted({one.shop_id for one in going}):
        over |= _count_in(channel, [one for one in going if one.shop_id == shop_id], at=at)
    return over


def _count_in(channel: Channel, going: Sequence[Going], *, at: datetime) -> dict[int, Over]:
    """Of one shop."""
    shop_id, day = going[0].shop_id, _day(going[0].time_zone, at)
    limits = going[0].limits
    # All are counted at once, which locks the row; what may not go is taken off again below.
    today, this_month = _add(shop_id, channel, day, len(going))
    to_number = _count_to(channel, shop_id, going, at=at)
    over: dict[int, Over] = {}
    # Beside each: those of the others that went within the day and are tried again, and those taken just now.
    since, taken = at - timedelta(days=1), 0
    again = Counter(one.recipient for one in going if one.went_after(since))
    first: Counter[str] = Counter()
    for one in going:
        limit = limits.over(
            to_number_today=to_number.get(one.recipient, 0)
            + again[one.recipient]
            + first[one.recipient]
            - one.went_after(since),
            today=today - len(going) + taken,
            this_month=this_month - len(going) + taken,
        )
        if limit is not None:
            over[one.message_id] = limit
            continue
        taken += 1
        first[one.recipient] += not one.went_after(since)
    if over:
        _add(shop_id, channel, day, -len(over))
    return over


def _add(shop_id: int, channel: Channel, day: str, number: int) -> tuple[int, int]:
    """Add to what the shop sent on its day, whose row is ours until the commit; day and month now."""
    values = {"shop": shop_id, "by": channel, "on": day, "number": number}
    values |= {"first": day[:8] + "01", "last": day[:8] + "31"}
    row = db.session.connection().execute(_add_statement(db.engine.dialect.name), values).one()
    return row.sent, row.sent + int(row.others)


@lru_cache(maxsize=2)
def _add_statement(engine: str) -> ReturningInsert[Any]:
    insert = insert_on_postgresql if engine == "postgresql" else insert_on_sqlite
    other, shop_id = aliased(SpendCount), bindparam("shop", type_=Integer())
    channel, day = bindparam("by", type_=SpendCount.channel.type), bindparam("on", type_=String())
    others = select(func.coalesce(func.sum(other.sent), 0)).where(
        other.shop_id == shop_id,
        other.channel == channel,
        other.day.between(bindparam("first"), bindparam("last")),
        other.day != day,
    )
    new = insert(SpendCount).values(
        shop_id=shop_id, channel=channel, day=day, sent=bindparam("number", type_=Integer())
    )
    return new.on_conflict_do_update(
        index_elements=[SpendCount.shop_id, SpendCount.channel, SpendCount.day],
        set_={"sent": SpendCount.sent + new.excluded.sent},
    ).returning(SpendCount.sent, others.scalar_subquery().label("others"))


def count_out(message_id: int, *, at: datetime) -> None:
    """It was not accepted after all."""
    shop_id, channel, zone = db.session.execute(
        select(OutgoingMessage.shop_id, OutgoingMessage.channel, Shop.time_zone)
        .join(Shop, Shop.id == OutgoingMessage.shop_id)
        .where(OutgoingMessage.id == message_id)
    ).one()
    db.session.execute(
        update(SpendCount)
        .filter_by(shop_id=shop_id, channel=channel, day=_day(zone, at))
        .where(SpendCount.sent > 0)
        .values(sent=SpendCount.sent - 1)
        .execution_options(synchronize_session=False)
    )


def _day(zone: str, at: datetime) -> str:
    return at.astimezone(ZoneInfo(zone)).date().isoformat()


def _count_to(channel: Channel, shop_id: int, going: Sequence[Going], *, at: datetime) -> dict[str, int]:
    """What went to each of their numbers within a day, without themselves."""
    values = {
        "recipients": list({one.recipient for one in going}),
        "themselves": [one.message_id for one in going],
        "since": at - timedelta(days=1),
        "by": channel,
        "shop": shop_id,
    }
    return {recipient: count for recipient, count in db.session.connection().execute(_COUNT_TO, values)}


_COUNT_TO = (
    select(OutgoingMessage.recipient, func.count())
    .where(
        OutgoingMessage.recipient.in_(bindparam("recipients", expanding=True)),
        OutgoingMessage.claimed_at > bindparam("since"),
        OutgoingMessage.channel == bindparam("by"),
        OutgoingMessage.shop_id == bindparam("shop"),
        OutgoingMessage.state != State.HELD,
        OutgoingMessage.id.not_in(bindparam("themselves", expanding=True)),
    )
    .group_by(OutgoingMessage.recipient)
)


def take_turns(sender: str, most: int, *, per_second: int, at: datetime) -> int:
    """How many of `most` this sender may send now; `per_second` 0: all. Holds the sender's row."""
    if not per_second:
        return most
    insert = insert_on_postgresql if db.engine.dialect.name == "postgresql" else insert_on_sqlite
    db.session.execute(insert(SenderPace).values(sender=sender, free_at=at).on_conflict_do_nothing())
    row = db.session.get_one(SenderPace, sender, populate_existing=True, with_for_update=True)
    taken, free_at = 0, row.free_at
    while taken < most and (following := next_free(free_at, at=at, per_second=per_second)) is not None:
        taken, free_at = taken + 1, following
    row.free_at = free_at
    return taken


def count_held_back(shop_id: int) -> int:
    """Messages that wait because a limit was reached."""
    query = select(func.count()).where(
        OutgoingMessage.shop_id == shop_id,
        OutgoingMessage.state == State.HELD,
        OutgoingMessage.error_code.in_(OVER_CODES),
    )
    return db.session.scalars(query).one()


def sent_by_day(shop_id: int, channel: Channel, *, days: int = 31) -> list[tuple[date, int]]:
    """The latest days with what was sent on each, newest first."""
    query = (
        select(SpendCount.day, SpendCount.sent)
        .where(SpendCount.shop_id == shop_id, SpendCount.channel == channel)
        .order_by(SpendCount.day.desc())
        .limit(days)
    )
    return [(date.fromisoformat(row.day), row.sent) for row in db.session.execute(query)]


def set_limits(limits: Limits, *, quiet_from: str, quiet_to: str, by: Actor) -> None:
    """`quiet_from` and `quiet_to` are local times, "21:00"; equal: no quiet hours."""
    policy = db.session.get(NoticePolicy, by.shop_id, with_for_update=True)
    if policy is None:
        policy = NoticePolicy(shop_id=by.shop_id)
        db.session.add(policy)
    policy.quiet_from, policy.quiet_to = quiet_from, quiet_to
    policy.to_one_number_a_day, policy.a_day = limits.to_one_number_a_day, limits.a_day
    policy.a_month, policy.countries = limits.a_month, sorted(limits.countries)
