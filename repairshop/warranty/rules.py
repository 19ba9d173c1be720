"""Warranty: dates that never move, and what counts as a comeback."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from repairshop.errors import Refused
from repairshop.tickets.stages import WORK_DONE_OUTCOMES, Outcome, Stage


class WarrantyOver(Refused):
    """The warranty of the first repair has ended."""


class NoWarranty(Refused):
    """The job was closed without work, so there is nothing to claim."""


class NotHandedOver(Refused):
    """A claim starts from a job that was handed over."""


class ClaimOpen(Refused):
    """There is a claim on this repair already that is not over."""


class ClaimNotInDiagnosis(Refused):
    """Whether it is covered is decided in diagnosis."""


class ClaimUndecided(Refused):
    """Nobody is asked for money for what the warranty may cover."""


class CoverNotOfClaim(Refused):
    """The cover belongs to another repair."""


class CoverOver(Refused):
    """A cover that ended before the claim covers nothing any more."""


class NotAClaim(Refused):
    """This ticket was not opened as a warranty claim."""


@dataclass(frozen=True, kw_only=True)
class Warranty:
    """What the customer was promised: both days included."""

    starts_on: date
    ends_on: date


@dataclass(frozen=True, kw_only=True)
class Guaranteed:
    """A part that was fitted, and how many days its warranty is."""

    part_fitted_id: int
    name: str
    days: int


@dataclass(frozen=True, kw_only=True)
class Cover:
    """Until when one part is covered, the last day included; without a part it is the work."""

    ends_on: date
    part_fitted_id: int | None = None
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class ClaimCover:
    """One cover of the warranty that is claimed on; without a name it is the work.

    Whether it ran is measured on the day of the claim: how long the shop takes costs nobody their cover.
    """

    id: int
    name: str
    ends_on: date
    ran: bool


def require_cover_of_claim(covers: Sequence[ClaimCover], cover_id: int | None, *, covered: bool) -> None:
    """`cover_id` None: none of them applies, and covered all the same is goodwill."""
    if cover_id is None:
        return
    cover = next((one for one in covers if one.id == cover_id), None)
    if cover is None:
        raise CoverNotOfClaim(field="about")
    if covered and not cover.ran:
        raise CoverOver(field="about", name=cover.name, ends_on=cover.ends_on)


def covers_for(
    outcome: Outcome | None, *, on: date, work_days: int, parts: Sequence[Guaranteed]
) -> tuple[Cover, ...]:
    """What a hand-over on this day covers: the work first, then each part; empty where no work was done."""
    if outcome not in WORK_DONE_OUTCOMES:
        return ()
    work = (Cover(ends_on=on + timedelta(days=work_days)),) if work_days else ()
    return work + tuple(
        Cover(ends_on=on + timedelta(days=part.days), part_fitted_id=part.part_fitted_id, name=part.name)
        for part in parts
        if part.days
    )


def warranty_of(covers: Sequence[Cover], *, on: date) -> Warranty | None:
    """From the hand-over to the last day of the longest cover; None where nothing is covered."""
    if not covers:
        return None
    return Warranty(starts_on=on, ends_on=max(cover.ends_on for cover in covers))


def require_no_open_claim(number: str | None) -> None:
    """One claim after the other: the next can be made once the one before is over."""
    if number is not None:
        raise ClaimOpen(number=number)


def require_undecided_or_diagnosing(stage: Stage, *, is_claim: bool) -> None:
    """Whether a fault is covered is said while it is looked at; the customer decides what comes then."""
    if not is_claim:
        raise NotAClaim
    if stage is not Stage.DIAGNOSING:
        raise ClaimNotInDiagnosis


def require_decided(covered: bool | None) -> None:
    """Before a price for a claim goes to its customer."""
    if covered is None:
        raise ClaimUndecided


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


# How far back a manager looks, in days.
PERIODS = (30, 90, 365)


@dataclass(frozen=True, kw_only=True)
class Window:
    """Which repairs count: those whose window ended before `at`, and no longer ago than the period.

    A young repair had less time to come back, so counting it would flatter everybody (Aquant: a first-time
    fix is measured over at least 30 days).
    """

    at: datetime
    window_days: int
    period_days: int

    @property
    def left_before(self) -> datetime:
        """A repair handed over at this moment or earlier has its whole window behind it."""
        return self.at - timedelta(days=self.window_days + 1)

    @property
    def left_after(self) -> datetime:
        return self.left_before - timedelta(days=self.period_days)


def share_of(fixed: int, repairs: int) -> int | None:
    """In whole per cent, rounded down so that nobody is called perfect who is not; None without repairs."""
    return None if not repairs else 100 * fixed // repairs
