"""From what failed to where the fault may be, what mends it and how long that takes. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from repairshop.catalogue.rules import FaultFamily

MOST_PLACES = 4
MOST_PARTS = 3  # in one place


class Failing(Protocol):
    """A check that failed and where its list says the fault may be."""

    @property
    def points_to(self) -> Sequence[FaultFamily]: ...


class Mending(Protocol):
    """A fault the shop mends, or a part that mends one."""

    @property
    def family(self) -> FaultFamily: ...


Check = TypeVar("Check", bound=Failing)
Fault = TypeVar("Fault", bound=Mending)
Part = TypeVar("Part", bound=Mending)
Thing = TypeVar("Thing", bound=Mending)


@dataclass(frozen=True, kw_only=True)
class Suggestion(Generic[Check, Fault, Part]):
    """One place to look at: the failed checks that point there, what is mended there and with which parts."""

    family: FaultFamily
    because: tuple[Check, ...]
    faults: tuple[Fault, ...]
    parts: tuple[Part, ...]


def suggest(
    failed: Iterable[Check], faults: Iterable[Fault], parts: Iterable[Part]
) -> list[Suggestion[Check, Fault, Part]]:
    """The likeliest places first: where most failed checks point, a first mention before a second one."""
    because: dict[FaultFamily, list[Check]] = defaultdict(list)
    weight: dict[FaultFamily, int] = defaultdict(int)
    for check in failed:
        for place, family in enumerate(check.points_to):
            because[family].append(check)
            weight[family] += max(1, 3 - place)
    mended, mending = _by_family(faults), _by_family(parts)
    order = sorted(weight, key=lambda family: -weight[family])  # equal ones stay as they were named
    return [
        Suggestion(
            family=family,
            because=tuple(because[family]),
            faults=tuple(mended[family]),
            parts=tuple(mending[family][:MOST_PARTS]),
        )
        for family in order[:MOST_PLACES]
    ]


def _by_family(things: Iterable[Thing]) -> dict[FaultFamily, list[Thing]]:
    found: dict[FaultFamily, list[Thing]] = defaultdict(list)
    for thing in things:
        found[thing.family].append(thing)
    return found
