"""When a shop is open, as a customer reads it: days with the same hours in one line. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from repairshop.staff.rules import WEEKDAYS

# Any Monday: its week lends the days their names.
_MONDAY = date(2024, 1, 1)


@dataclass(frozen=True, kw_only=True)
class OpenDays:
    """Days that follow each other and are open alike; `first` and `last` are days of one week in 2024."""

    first: date
    last: date
    opens: datetime
    closes: datetime


def open_days(opening_hours: Mapping[str, Sequence[str]], *, time_zone: str) -> tuple[OpenDays, ...]:
    """From {"mon": ["09:00", "18:00"], ...}, local times; a missing day is closed and ends a line."""
    lines: list[OpenDays] = []
    zone = ZoneInfo(time_zone)
    for number, name in enumerate(WEEKDAYS):
        day, span = _MONDAY + timedelta(days=number), opening_hours.get(name)
        if not span:
            continue
        opens, closes = (
            datetime.combine(_MONDAY, time.fromisoformat(text), tzinfo=zone) for text in (span[0], span[1])
        )
        before = lines[-1] if lines else None
        if (
            before
            and before.last == day - timedelta(days=1)
            and (before.opens, before.closes) == (opens, closes)
        ):
            lines[-1] = OpenDays(first=before.first, last=day, opens=opens, closes=closes)
        else:
            lines.append(OpenDays(first=day, last=day, opens=opens, closes=closes))
    return tuple(lines)
