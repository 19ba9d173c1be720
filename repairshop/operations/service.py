"""Publishing the head of each day that is over."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from repairshop import clock
from repairshop.database import db
from repairshop.staff.models import Shop
from repairshop.tickets.chain import day_head
from repairshop.tickets.models import DayHead, HistoryEntry, Ticket

_DAY = timedelta(days=1)


def publish_heads(shop_id: int) -> int:
    """Write the heads of all days that are over and have none; how many those were.

    Every day since the first published one gets its head, also those without a change, so that no day
    lies outside the chain.
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
        previous = day_head(previous, _changes_on(shop_id, day, zone))
        db.session.add(DayHead(shop_id=shop_id, day=day.isoformat(), head=previous, at=at))
        day, count = day + _DAY, count + 1
    return count


def _changes_on(shop_id: int, day: date, zone: ZoneInfo) -> list[tuple[int, int, str]]:
    """The last entry of each ticket that changed on a local day."""
    begins, ends = (
        datetime.combine(day + step, time(), tzinfo=zone).astimezone(UTC) for step in (0 * _DAY, _DAY)
    )
    rows = db.session.execute(
        select(HistoryEntry.ticket_id, HistoryEntry.seq, HistoryEntry.hash)
        .join(Ticket, Ticket.id == HistoryEntry.ticket_id)
        .where(Ticket.shop_id == shop_id, Ticket.changed_at >= begins)
        .where(HistoryEntry.at >= begins, HistoryEntry.at < ends)
        .order_by(HistoryEntry.ticket_id, HistoryEntry.seq)
    )
    return [(ticket, seq, head) for ticket, seq, head in {row[0]: row for row in rows}.values()]
