"""Publishing the head of each day that is over."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from repairshop import clock
from repairshop.database import db
from repairshop.notifications.heads import mail_day_head
from repairshop.staff.models import Shop
from repairshop.tickets.chain import day_head
from repairshop.tickets.models import DayHead, HistoryEntry, Ticket

_DAY = timedelta(days=1)


def publish_heads(shop_id: int) -> int:
    """Write the heads of all days that are over and have none, and mail the newest; how many those were.

    Every day since the first published one gets its head, also those without a change, so that no day
    lies outside the chain; the first head speaks for everything that was before it too.
    """
    # The shop's row is locked: two workers would each write a head for the same day.
    shop = db.session.scalars(select(Shop).where(Shop.id == shop_id).with_for_update()).one()
    at, zone = clock.now(), ZoneInfo(shop.time_zone)
    yesterday = at.astimezone(zone).date() - _DAY
    newest = db.session.scalars(
        select(DayHead).where(DayHead.shop_id == shop_id).order_by(DayHead.day.desc()).limit(1)
    ).one_or_none()
    day = date.fromisoformat(newest.day) + _DAY if newest else yesterday
    previous, count = newest.head if newest else "", 0
    while day <= yesterday:
        since = day if previous else None
        previous = day_head(previous, _changes_on(shop_id, since, day, zone))
        db.session.add(DayHead(shop_id=shop_id, day=day.isoformat(), head=previous, at=at))
        day, count = day + _DAY, count + 1
    if count:  # it speaks for the days before it too
        mail_day_head(shop_id, yesterday, previous)
    return count


def _changes_on(shop_id: int, since: date | None, day: date, zone: ZoneInfo) -> list[tuple[int, int, str]]:
    """The last entry up to the end of a local day of each ticket that changed since the begin of another."""
    query = (
        select(HistoryEntry.ticket_id, HistoryEntry.seq, HistoryEntry.hash)
        .join(Ticket, Ticket.id == HistoryEntry.ticket_id)
        .where(Ticket.shop_id == shop_id, HistoryEntry.at < _begin(day + _DAY, zone))
        .order_by(HistoryEntry.ticket_id, HistoryEntry.seq)
    )
    if since is not None:
        begins = _begin(since, zone)
        query = query.where(Ticket.changed_at >= begins, HistoryEntry.at >= begins)
    rows = db.session.execute(query)
    return [(ticket, seq, head) for ticket, seq, head in {row[0]: row for row in rows}.values()]


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
