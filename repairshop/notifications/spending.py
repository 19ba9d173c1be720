"""What a shop's messages cost it, counted in the database: all workers share the counts and the pace."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite

from repairshop import clock
from repairshop.database import db
from repairshop.notifications.limits import OVER_CODES, Limits, Over, next_free
from repairshop.notifications.models import NoticePolicy, OutgoingMessage, SenderPace, SpendCount
from repairshop.notifications.planning import NIGHT
from repairshop.notifications.rules import Channel, State
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Limits, and the quiet hours as local times."""

    limits: Limits = field(default_factory=Limits)
    quiet: tuple[str, str] = NIGHT


def get_policy(shop_id: int) -> Policy:
    """As the shop's manager set it, or the usual one; one query."""
    row = db.session.get(NoticePolicy, shop_id)
    if row is None:
        return Policy()
    return Policy(limits=_limits(row), quiet=(row.quiet_from, row.quiet_to))


def get_limits(shop_id: int) -> Limits:
    return get_policy(shop_id).limits


def _limits(policy: NoticePolicy) -> Limits:
    return Limits(
        to_one_number_a_day=policy.to_one_number_a_day,
        a_day=policy.a_day,
        a_month=policy.a_month,
        countries=frozenset(policy.countries),
    )


def get_quiet(shop_id: int) -> tuple[str, str]:
    """The shop's quiet hours, local times."""
    return get_policy(shop_id).quiet


def count_in(message: OutgoingMessage, shop: Shop, *, at: datetime) -> Over | None:
    """Count the message as going now, or say which limit forbids it. Holds the day's row until the commit."""
    limits, day = get_limits(shop.id), _day(shop, at)
    key = {"shop_id": shop.id, "channel": message.channel, "day": day}
    insert = insert_on_postgresql if db.engine.dialect.name == "postgresql" else insert_on_sqlite
    db.session.execute(insert(SpendCount).values(**key, sent=0).on_conflict_do_nothing())
    today = db.session.scalars(select(SpendCount.sent).filter_by(**key).with_for_update()).one()
    over = limits.over(
        to_number_today=_count_to(message, at=at), today=today, this_month=_count_month(message, day)
    )
    if over is None:
        db.session.execute(update(SpendCount).filter_by(**key).values(sent=SpendCount.sent + 1))
    return over


def count_out(message: OutgoingMessage, *, at: datetime) -> None:
    """It was not accepted after all."""
    day = _day(db.session.get_one(Shop, message.shop_id), at)
    db.session.execute(
        update(SpendCount)
        .filter_by(shop_id=message.shop_id, channel=message.channel, day=day)
        .where(SpendCount.sent > 0)
        .values(sent=SpendCount.sent - 1)
    )


def _day(shop: Shop, at: datetime) -> str:
    return at.astimezone(ZoneInfo(shop.time_zone)).date().isoformat()


def _count_to(message: OutgoingMessage, *, at: datetime) -> int:
    query = select(func.count()).where(
        OutgoingMessage.recipient == message.recipient,
        OutgoingMessage.claimed_at > at - timedelta(days=1),
        OutgoingMessage.channel == message.channel,
        OutgoingMessage.shop_id == message.shop_id,
        OutgoingMessage.state != State.HELD,
        OutgoingMessage.id != message.id,
    )
    return db.session.scalars(query).one()


def _count_month(message: OutgoingMessage, day: str) -> int:
    query = select(func.coalesce(func.sum(SpendCount.sent), 0)).where(
        SpendCount.shop_id == message.shop_id,
        SpendCount.channel == message.channel,
        SpendCount.day.between(day[:8] + "01", day[:8] + "31"),
    )
    return int(db.session.scalars(query).one())


def take_turn(sender: str, *, per_second: int, at: datetime) -> bool:
    """Whether this sender may send one more now; `per_second` 0: always. Holds the sender's row."""
    if not per_second:
        return True
    insert = insert_on_postgresql if db.engine.dialect.name == "postgresql" else insert_on_sqlite
    db.session.execute(insert(SenderPace).values(sender=sender, free_at=at).on_conflict_do_nothing())
    row = db.session.get_one(SenderPace, sender, populate_existing=True, with_for_update=True)
    following = next_free(row.free_at, at=at, per_second=per_second)
    if following is not None:
        row.free_at = following
    return following is not None


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


def release_held_back(*, by: Actor) -> int:
    """A manager lets everything go that a limit holds; these messages are over it knowingly."""
    at = clock.now()
    result = db.session.execute(
        update(OutgoingMessage)
        .where(
            OutgoingMessage.shop_id == by.shop_id,
            OutgoingMessage.state == State.HELD,
            OutgoingMessage.error_code.in_(OVER_CODES),
        )
        .values(state=State.QUEUED, due_at=at, over_limits=True, error_code="", edited_by_id=by.staff_id)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
