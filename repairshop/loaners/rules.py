"""When a loaner may go out, and when a repair's device may."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from repairshop.errors import Refused
from repairshop.money import Money

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


class DueInThePast(Refused):
    """It was to be back before it goes out."""


class DepositUnsettled(Refused):
    """A deposit was taken: how much of it goes back?"""


class DepositTooMuch(Refused):
    """More would go back than was taken."""


class DepositKept(Refused):
    """Less goes back than was taken: the note says why."""


@dataclass(frozen=True, kw_only=True)
class Lending:
    """Which loaner goes out and what was settled; the deposit in minor units of the shop's currency."""

    loaner_id: int
    condition: str = ""
    due_on: date | None = None
    deposit_minor: int | None = None


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a loan ended, as the counter says it."""

    end: LoanEnd
    note: str = ""
    wiped: bool = False
    deposit_back_minor: int | None = None


def require_not_due_before(due_on: date | None, *, today: date) -> None:
    if due_on is not None and due_on < today:
        raise DueInThePast(field="due_on")


def require_deposit_settled(taken: Money | None, ending: Ending) -> None:
    """All of it goes back, or a note says why not."""
    if taken is None:
        return
    if ending.deposit_back_minor is None:
        raise DepositUnsettled(field="deposit_back", taken=taken)
    if ending.deposit_back_minor > taken.minor:
        raise DepositTooMuch(field="deposit_back", taken=taken)
    if ending.deposit_back_minor < taken.minor and not ending.note:
        raise DepositKept(field="note")


def require_lendable(*, name: str, is_out: bool, needs_wipe: bool, retired_at: datetime | None) -> None:
    """Raise the first reason why it may not go out."""
    if retired_at is not None:
        raise LoanerRetired(field="loaner", name=name)
    if is_out:
        raise LoanerOut(field="loaner", name=name)
    if needs_wipe:
        raise LoanerNotWiped(field="loaner", name=name)
