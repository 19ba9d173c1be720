"""Warranty: dates that never move, and what counts as a comeback."""

from dataclasses import dataclass
from datetime import date, timedelta

from repairshop.errors import Refused
from repairshop.tickets.stages import WORK_DONE_OUTCOMES, Outcome, Stage


class WarrantyOver(Refused):
    """The warranty of the first repair has ended."""


class NoWarranty(Refused):
    """The job was closed without work, so there is nothing to claim."""


class NotHandedOver(Refused):
    """A claim starts from a job that was handed over."""


class NotAClaim(Refused):
    """This ticket was not opened as a warranty claim."""


@dataclass(frozen=True, kw_only=True)
class Warranty:
    """What the customer was promised: both days included."""

    starts_on: date
    ends_on: date


def warranty_for(outcome: Outcome | None, *, on: date, days: int) -> Warranty | None:
    """The warranty a hand-over starts; None where no work was done or the shop gives none."""
    if outcome not in WORK_DONE_OUTCOMES or days == 0:
        return None
    return Warranty(starts_on=on, ends_on=on + timedelta(days=days))


def require_claimable(stage: Stage, warranty: Warranty | None, *, on: date) -> None:
    """A second and third claim measure against the same dates as the first."""
    if stage is not Stage.HANDED_OVER:
        raise NotHandedOver
    if warranty is None:
        raise NoWarranty
    if on > warranty.ends_on:
        raise WarrantyOver(ends_on=warranty.ends_on)


def is_comeback(
    *, handed_over_on: date, claimed_on: date, fault_before: str, fault_now: str, window_days: int
) -> bool:
    """Same device, same fault family, within the shop's window."""
    in_window = (claimed_on - handed_over_on).days <= window_days
    return in_window and bool(fault_before) and fault_before == fault_now
