"""Periods and refusals. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from repairshop.errors import Refused
from repairshop.personal import Kind
from repairshop.tickets.rules import Holder
from repairshop.tickets.stages import OPEN_STAGES, Stage

# Days after the job is over: the ticket is closed and no warranty runs on it any more. No law names figures;
# a shop has to justify its own (GDPR Art. 5(1)(e)). What a dispute may need stays until claims expire.
DEFAULT_DAYS: Mapping[Kind, int] = {
    Kind.PHOTOS: 90,
    Kind.MESSAGES: 365,
    Kind.NOTES: 730,
    Kind.SIGNATURES: 1095,
    Kind.CONTACT: 1095,
    Kind.TICKET: 2190,
}
MOST_DAYS = 3650
# Who the work was for, what they signed and what was done has to be shown when a claim or an office asks.
# Prices, taxes and dates are the shop's books: no period touches them.
FLOOR_DAYS: Mapping[Kind, int] = {Kind.SIGNATURES: 365, Kind.CONTACT: 365, Kind.TICKET: 730}


class Cause(StrEnum):
    """Why something was removed."""

    PERIOD = "period"
    REQUEST = "request"


class Because(StrEnum):
    """Why a person is erased. No free words: they would be about the person again."""

    ASKED = "asked"
    GUARDIAN_ASKED = "guardian_asked"
    NEVER_OURS = "never_ours"


class PeriodTooShort(Refused):
    """Something has to be shown longer than that; `least` days."""


class CustomerHasOpenTicket(Refused):
    """Their repair is still under way: its words, photos and number are needed."""


class DeviceStillHere(Refused):
    """The job is over, and the device has not left the shop."""


class CustomerErasedAlready(Refused):
    """There is nothing left to remove."""


def require_nothing_open(*, number: str, stage: Stage, holder: Holder) -> None:
    if stage in OPEN_STAGES:
        raise CustomerHasOpenTicket(number=number)
    # A surrendered device belongs to the shop.
    if stage is not Stage.SURRENDERED and holder in {Holder.STAFF, Holder.PLACE, Holder.SPECIALIST}:
        raise DeviceStillHere(number=number)


def require_allowed(periods: Mapping[Kind, int]) -> None:
    for kind, days in periods.items():
        least = FLOOR_DAYS.get(kind, 0)
        if days < least:
            raise PeriodTooShort(field=kind.value, least=least)


def over_before(days: int, *, at: datetime) -> datetime:
    """What was over before this moment is past its period."""
    return at - timedelta(days=days)
