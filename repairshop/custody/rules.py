"""Decisions about places, scans at the hand-to-hand page, and devices that nobody has."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from repairshop.errors import Refused
from repairshop.tickets.rules import Holder

# A device that came in and lies nowhere in particular for longer than this is looked for.
NOBODY_HAS_IT_AFTER = timedelta(hours=1)
UNDO_WITHIN = timedelta(minutes=10)
LONGEST_PLACE = 40


class Command(StrEnum):
    """What the printed command codes say; the value is what stands behind the prefix."""

    TAKE = "TAKE"  # whoever scans has it now
    CUSTOMER = "LEND"  # back to the customer until the part comes
    SHIP = "SHIP"  # off with a carrier; a named carrier has a code of its own
    ARRIVED = "ARRIVED"  # brought back, and not put anywhere yet


class PlaceKind(StrEnum):
    """What a code of the shop's own stands for."""

    PLACE = "place"  # in the shop
    CARRIER = "carrier"
    SPECIALIST = "specialist"  # a company that repairs for the shop

    @property
    def holder(self) -> Holder:
        return _HOLDER_OF[self]


_HOLDER_OF = {
    PlaceKind.PLACE: Holder.PLACE,
    PlaceKind.CARRIER: Holder.CARRIER,
    PlaceKind.SPECIALIST: Holder.SPECIALIST,
}


class DeviceNotScanned(Refused):
    """A place or a person came first: which device?"""


class NeverAway(Refused):
    """It cannot arrive: it is in the shop."""


class NotOurs(Refused):
    """Neither a ticket of this shop nor one of its places, people or commands."""


class ThingsElsewhere(Refused):
    """Something that came with the device lies elsewhere: did it leave too, and if not, why?"""


class PlaceTaken(Refused):
    """Another place of the shop reads the same to a scanner."""


class PlaceUnreadable(Refused):
    """No letter and no digit that a scanner could type."""


@dataclass(frozen=True, kw_only=True)
class Thing:
    """Something that came with a device and was passed on by itself, and where it is."""

    item: str
    holder: Holder
    label: str

    def lies_apart_from(self, holder: Holder, label: str) -> bool:
        return (self.holder, self.label) != (holder, label)


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """What staff say at the door about the things that lie elsewhere than their device."""

    gone_too: frozenset[str] = frozenset()
    kept_because: str = ""


NOTHING_ELSEWHERE = Leaving()


def require_things_settled(apart: Iterable[Thing], leaving: Leaving) -> None:
    """Each thing that lies elsewhere left too, or a note says why it stays."""
    forgotten = [thing.item for thing in apart if thing.item not in leaving.gone_too]
    if forgotten and not leaving.kept_because:
        raise ThingsElsewhere(field="gone_too", items=forgotten)


@dataclass(frozen=True, kw_only=True)
class Target:
    """Who holds the device from now on; `mark` is what the chain may hold in plain."""

    holder: Holder
    label: str = ""
    mark: str = ""


def key_of_place(name: str) -> str:
    """What the place's code says: "Shelf 3, back" and "shelf-3 back" are both SHELF3BACK.

    Letters and digits of ASCII only, because scanners type like a keyboard. Raises PlaceUnreadable.
    """
    plain = unicodedata.normalize("NFKD", name.upper())
    key = re.sub(r"[^A-Z0-9]", "", plain)[:LONGEST_PLACE]
    if not key:
        raise PlaceUnreadable(field="name")
    return key
