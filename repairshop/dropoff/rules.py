"""Who may ask to drop a device off, for which day, and how often. Pure."""

from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum

from repairshop.errors import Refused
from repairshop.privacy.rules import Choice

# Anybody can fill the form in: so many requests may wait for somebody of the shop at the same time.
MOST_WAITING = 40
# Of one number or address.
MOST_WAITING_FOR_ONE = 3
LATEST_DAY = timedelta(days=60)


class Backup(StrEnum):
    """What the customer says about a backup before coming; wording in templates/dropoff/_words.html."""

    UNKNOWN = ""
    YES = "yes"
    NO = "no"

    @property
    def choice(self) -> Choice | None:
        """The answer of the privacy task, None where it is still to be asked."""
        return {Backup.YES: Choice.YES, Backup.NO: Choice.NO}.get(self)


class NotOpenToRequests(Refused):
    """The shop takes no requests, or as many wait as it can look after."""


class TooManyRequests(Refused):
    """This number or address, or this connection, has asked too often."""


class DayTooFar(Refused):
    """The day is more than LATEST_DAY away."""


class DayClosed(Refused):
    """The shop is closed on that day."""


class ModelNotTold(Refused):
    """Neither brand nor model was typed."""


class FaultNotTold(Refused):
    """No fault was chosen and nothing was typed about it."""


def require_device(brand: str | None, model: str | None) -> None:
    if not (brand or model):
        raise ModelNotTold(field="model")


def require_fault(chosen: str | None, words: str | None) -> None:
    if not (chosen or words):
        raise FaultNotTold(field="reported_fault")


def require_day(day: date, *, today: date, is_open: Callable[[date], bool]) -> None:
    """An open day, at most LATEST_DAY from today; that it is not over is the booking's own rule."""
    if day > today + LATEST_DAY:
        raise DayTooFar(field="comes_on")
    if day >= today and not is_open(day):
        raise DayClosed(field="comes_on")


def require_room(*, waiting: int, waiting_for_one: int) -> None:
    """Room for one more request: among all that wait for the shop, and among those of this person."""
    if waiting_for_one >= MOST_WAITING_FOR_ONE:
        raise TooManyRequests
    if waiting >= MOST_WAITING:
        raise NotOpenToRequests


class PriceChangedMeanwhile(Refused):
    """Somebody else changed the price while this page was open."""
