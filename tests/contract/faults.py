"""What the stand-in can be told to do wrong."""

import random
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What happens to one POST of a message; "after" means that the message was accepted all the same."""

    RATE_LIMITED = "429"
    REFUSED = "400"
    ERROR_BEFORE = "500 before accept"
    ERROR_AFTER = "500 after accept"
    LATE_ANSWER = "accepted, answered after the client gave up"
    LATE_ACCEPT = "accepted after the client gave up"
    HANG = "nothing is answered"
    RESET_BEFORE = "connection reset before accept"
    RESET_AFTER = "connection reset after accept"
    GARBLED_AFTER = "accepted, half an answer"


# The mix that a drill's share of faults is drawn from, with weights.
DRILL_MIX = {
    Fault.ERROR_BEFORE: 7,
    Fault.ERROR_AFTER: 4,
    Fault.RATE_LIMITED: 4,
    Fault.LATE_ANSWER: 3,
    Fault.LATE_ACCEPT: 2,
}


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One fault; `code` is Twilio's error code of a refusal."""

    fault: Fault
    code: int = 0
    status: int = 400


@dataclass
class FaultPlan:
    """Faults one after the other as planned, then by chance at `share`."""

    share: float = 0.0
    callbacks_lost: float = 0.0
    callbacks_doubled: float = 0.0
    late_seconds: float = 0.5
    list_lag_seconds: float = 0.0
    list_is_empty: bool = False
    final_status: str = "delivered"
    final_code: int | None = None
    seed: int = 7
    planned: deque[Planned] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.reseed(self.seed)

    def reseed(self, seed: int) -> None:
        """Begin the same chain of chances anew, so that a drill can be made again."""
        self.seed = seed
        self._random = random.Random(seed)
        self.lost_callbacks = 0

    def next(self, fault: Fault, *, code: int = 0, status: int = 400, times: int = 1) -> None:
        """Plan a fault for the next `times` messages."""
        self.planned.extend([Planned(fault=fault, code=code, status=status)] * times)

    def heal(self) -> None:
        """No faults from now on."""
        self.share = self.callbacks_lost = self.callbacks_doubled = self.list_lag_seconds = 0.0
        self.list_is_empty = False
        self.planned.clear()

    def take(self) -> Planned | None:
        """The fault of the message that just came in, if it has one."""
        if self.planned:
            return self.planned.popleft()
        if self._random.random() >= self.share:
            return None
        kinds = list(DRILL_MIX)
        return Planned(fault=self._random.choices(kinds, weights=[DRILL_MIX[kind] for kind in kinds])[0])

    def copies_of_callback(self) -> int:
        draw = self._random.random()
        if draw < self.callbacks_lost:
            self.lost_callbacks += 1
            return 0
        return 2 if draw < self.callbacks_lost + self.callbacks_doubled else 1
