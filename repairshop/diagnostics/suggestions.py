"""From what failed to where the fault may be, what mends it and how long that takes. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from repairshop.catalogue.rules import FaultFamily

MOST_PLACES = 4


class Failing(Protocol):
    """A check that failed and where its list says the fault may be."""

    @property
    def points_to(self) -> Sequence[FaultFamily]: ...


class Mending(Protocol):
    """A fault the shop mends."""

    @property
    def family(self) -> FaultFamily: ...


Check = TypeVar("Check", bound=Failing)
Fault = TypeVar("Fault", bound=Mending)


@dataclass(frozen=True, kw_only=True)
class Suggestion(Generic[Check, Fault]):
    """One place to look at: the failed checks that point there, the faults the shop mends there."""

    family: FaultFamily
    because: tuple[Check, ...]
    faults: tuple[Fault, ...]


def suggest(failed: Iterable[Check], faults: Iterable[Fault]) -> list[Suggestion[Check, Fault]]:
    """The likeliest places first: where most failed checks point, a first mention before a second one."""
    because: dict[FaultFamily, list[Check]] = defaultdict(list)
    weight: dict[FaultFamily, int] = defaultdict(int)
    for check in failed:
        for place, family in enumerate(check.points_to):
            because[family].append(check)
            weight[family] += max(1, 3 - place)
    mended: dict[FaultFamily, list[Fault]] = defaultdict(list)
    for fault in faults:
        mended[fault.family].append(fault)
    order = sorted(weight, key=lambda family: -weight[family])  # equal ones stay as they were named
    return [
        Suggestion(family=family, because=tuple(because[family]), faults=tuple(mended[family]))
        for family in order[:MOST_PLACES]
    ]
