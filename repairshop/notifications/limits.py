"""How many texts a shop sends at most, to which countries, and how fast. Pure.

A stranger can make a public page text any number, and some numbers cost whoever writes to them a lot: the
limits end that before the bill comes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from repairshop.errors import Refused
from repairshop.notifications.rules import PUBLIC_NOTICES, Notice
from repairshop.phone import country_codes

COUNTRIES = frozenset(country_codes())


class CountryUnknown(Refused):
    """No country that can be called has this code."""


class Over(StrEnum):
    """Which limit a message is over; stands as its error code, sentences in templates/notifications."""

    NUMBER = "limit_number"
    DAY = "limit_day"
    MONTH = "limit_month"


OVER_CODES = frozenset(over.value for over in Over)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Of one shop. `countries` are ISO 3166 alpha-2.

    None of them: all, but what strangers ask for on a public page goes to the shop's own only.
    """

    to_one_number_a_day: int = 12
    a_day: int = 500
    a_month: int = 6_000
    countries: frozenset[str] = frozenset()

    @staticmethod
    def read_countries(text: str) -> frozenset[str]:
        """From codes between spaces or commas; raises CountryUnknown for the first that is none."""
        codes = text.upper().replace(",", " ").split()
        for code in codes:
            if code not in COUNTRIES:
                raise CountryUnknown(field="countries", country=code[:10])
        return frozenset(codes)

    def over(self, *, to_number_today: int, today: int, this_month: int) -> Over | None:
        """The limit that one more message would break, given what has gone; None when it may go."""
        if to_number_today >= self.to_one_number_a_day:
            return Over.NUMBER
        if today >= self.a_day:
            return Over.DAY
        return Over.MONTH if this_month >= self.a_month else None

    def countries_for(self, notice: Notice, *, own: str) -> frozenset[str] | None:
        """Where a notice may go; None: anywhere."""
        if self.countries:
            return self.countries
        return frozenset({own}) if notice in PUBLIC_NOTICES else None


# After a pause this much may go at once.
_BURST = timedelta(seconds=0.5)


def next_free(free_at: datetime, *, at: datetime, per_second: int) -> datetime | None:
    """When the sender is free again if it sends now; None when it is not free yet."""
    if free_at > at:
        return None
    return max(free_at, at - _BURST) + timedelta(seconds=1 / per_second)
