"""Where a part of the shop's stock may be, and what may be done with it. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from repairshop.errors import Refused
from repairshop.tickets.stages import Stage


class PieceState(StrEnum):
    """Where a part with a serial number of its own is. It is in one place."""

    ON_HAND = "on_hand"
    FAULTY = "faulty"  # here, waiting to go back
    RETURNED = "returned"  # with the supplier
    FITTED = "fitted"
    TAKEN_OUT = "taken_out"  # was fitted, and is never on hand again
    GONE = "gone"  # counted away


class ReservationEnd(StrEnum):
    FITTED = "fitted"
    RELEASED = "released"


class MovementKind(StrEnum):
    """Why the figures of a part changed."""

    RECEIVED = "received"
    FAULTY_ON_ARRIVAL = "faulty_on_arrival"
    FOUND_FAULTY = "found_faulty"
    RESERVED = "reserved"
    RELEASED = "released"
    FITTED = "fitted"
    TAKEN_OUT_FAULTY = "taken_out_faulty"
    RETURNED = "returned"
    CORRECTED = "corrected"
    ARRIVAL_UNDONE = "arrival_undone"


# A serial in one of these states may be received (again).
RECEIVABLE = frozenset({PieceState.RETURNED, PieceState.GONE})

# Stages in which a part may be set aside for a repair.
RESERVE_STAGES = frozenset(
    {
        Stage.RECEIVED,
        Stage.DIAGNOSING,
        Stage.AWAITING_APPROVAL,
        Stage.APPROVED,
        Stage.AWAITING_PARTS,
        Stage.IN_REPAIR,
        Stage.FINAL_CHECKS,
    }
)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What one movement does to a part's figures."""

    on_hand: int = 0
    reserved: int = 0
    faulty: int = 0


class SerialFittedBefore(Refused):
    """A part with this serial was fitted already: a fitted serial is never on hand again."""


class NotEnoughFree(Refused):
    """All that are here are reserved for other repairs, or none is here."""


class NotEnoughFaulty(Refused):
    """Fewer faulty ones are waiting to go back."""


class SerialMissing(Refused):
    """Each of these parts has its own serial number: scan it."""


class SerialNotHere(Refused):
    """No good part with this serial number is in the shop."""


class SerialHere(Refused):
    """A part with this serial number is in the shop already."""


class SerialsNotKept(Refused):
    """These parts are counted; a serial number would be lost."""


class CountChanged(Refused):
    """One came or went since the page was opened: count again."""


class FewerThanReserved(Refused):
    """Repairs wait for more of them than were counted: release those first."""


class CountUnchanged(Refused):
    """What was counted is what the books say."""


class PartStillHere(Refused):
    """How a part is counted changes only while none of it is here."""


class NotReserved(Refused):
    """The reservation has ended."""


class NothingToReserveFor(Refused):
    """The repair is over, or the work on it is done."""


def require_receivable(state: PieceState | None, *, serial: str) -> None:
    """None: a serial that was never seen."""
    if state in {PieceState.FITTED, PieceState.TAKEN_OUT}:
        raise SerialFittedBefore(field="serials", serial=serial)
    if state is not None and state not in RECEIVABLE:
        raise SerialHere(field="serials", serial=serial)


def require_reservable(stage: Stage) -> None:
    if stage not in RESERVE_STAGES:
        raise NothingToReserveFor


def count_change(*, counted: int, on_hand: int, reserved: int) -> int:
    """How many more, or fewer, there are than the books say."""
    if counted == on_hand:
        raise CountUnchanged(field="counted")
    if counted < reserved:
        raise FewerThanReserved(field="counted", number=reserved)
    return counted - on_hand
