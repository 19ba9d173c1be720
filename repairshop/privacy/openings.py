"""Opening a customer's data or passcode: for how long, and why it is refused. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from repairshop.errors import Refused

AccessId = NewType("AccessId", int)

# An opening that nobody closes ends by itself: a timer that runs all night tells nothing.
ACCESS_LIMIT = timedelta(minutes=30)
# How long a revealed passcode stays on the screen.
REVEAL_LIMIT = timedelta(seconds=60)


class Opened(StrEnum):
    """What an opening opened."""

    DATA = "data"
    PASSCODE = "passcode"


class PurgeReason(StrEnum):
    """Why a passcode was destroyed."""

    BY_HAND = "by_hand"
    REPLACED = "replaced"
    RELEASED = "released"
    HANDED_OVER = "handed_over"
    CANCELLED = "cancelled"
    SURRENDERED = "surrendered"
    AGED = "aged"
    KEY_DESTROYED = "key_destroyed"  # an older database came back; the key store knows better


class PasscodeNotNeeded(Refused):
    """Nobody said that the repair needs the passcode."""


class PasscodeTooLate(Refused):
    """The device is not here for work: a passcode has no use."""


class RevealNotAllowed(Refused):
    """This role may not see a passcode."""


class DataAccessNotAllowed(Refused):
    """The customer said that nobody opens their data."""


class DataAccessAlreadyOpen(Refused):
    """Somebody has the data open at this moment."""


class DataAccessClosed(Refused):
    """The opening was closed already."""


def access_ends_at(opened_at: datetime) -> datetime:
    """When an opening closes by itself."""
    return opened_at + ACCESS_LIMIT


def access_minutes(opened_at: datetime, closed_at: datetime) -> int:
    """How long the data was open, in minutes begun; the customer reads this."""
    seconds = (closed_at - opened_at).total_seconds()
    return max(1, -int(-seconds // 60))
