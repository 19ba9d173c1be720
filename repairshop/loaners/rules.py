"""When a loaner may go out, and when a repair's device may."""

from datetime import datetime
from enum import StrEnum

from repairshop.errors import Refused

LONGEST_NAME = 60
LONGEST_WORDS = 200


class LoanEnd(StrEnum):
    """How a loan ended."""

    BACK = "back"
    LOST = "lost"  # it will not come back; the note says why


class LoanerOut(Refused):
    """Somebody has it."""


class LoanerNotWiped(Refused):
    """What the last borrower left on it has not been erased."""


class LoanerRetired(Refused):
    """It is lent no more."""


class LoanOpen(Refused):
    """The job has a loaner already."""


class NoLoanOpen(Refused):
    """Nothing of ours is out for this job."""


class LoanerStillOut(Refused):
    """The device is not handed over while the shop's loaner is with the customer."""


def require_lendable(*, name: str, is_out: bool, needs_wipe: bool, retired_at: datetime | None) -> None:
    """Raise the first reason why it may not go out."""
    if retired_at is not None:
        raise LoanerRetired(name=name)
    if is_out:
        raise LoanerOut(name=name)
    if needs_wipe:
        raise LoanerNotWiped(name=name)
