"""Where a part comes from, what it does to the device, and when a part may be used."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NewType

from repairshop.errors import Refused

PartOrderId = NewType("PartOrderId", int)
FittedPartId = NewType("FittedPartId", int)


class PartOrigin(StrEnum):
    NEW_ORIGINAL = "new_original"
    USED_ORIGINAL = "used_original"
    REFURBISHED = "refurbished"
    AFTERMARKET = "aftermarket"
    SALVAGED = "salvaged"
    CUSTOMERS_OWN = "customers_own"


class Pairing(StrEnum):
    """Whether the maker's software ties the part to the device."""

    NOT_NEEDED = "not_needed"
    DONE = "done"
    NOT_DONE = "not_done"
    IMPOSSIBLE = "impossible"


class OldPart(StrEnum):
    """What became of the part that was taken out."""

    KEPT = "kept"
    RETURNED_TO_CUSTOMER = "returned_to_customer"
    RETURNED_TO_SUPPLIER = "returned_to_supplier"
    RECYCLED = "recycled"
    NONE = "none"


class SerialFittedBefore(Refused):
    """A part with this serial was fitted already: a fitted serial is never on hand again."""


class PartNotOnOrder(Refused):
    """The order was cancelled or has arrived."""


class PartsStillOnOrder(Refused):
    """Parts are on their way; say what becomes of them."""


class PartsNotRecorded(Refused):
    """The customer approved parts, and no part is recorded as fitted."""


class DonorMissing(Refused):
    """A salvaged part comes from a device that has to be named."""


@dataclass(frozen=True, kw_only=True)
class NewOrder:
    name: str
    supplier: str = ""
    expected_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class FittedPart:
    """What is recorded of a part that went into the device; `warranty_days` 0 means none."""

    name: str
    origin: PartOrigin
    supplier: str = ""
    serial: str = ""
    donor: str = ""
    pairing: Pairing = Pairing.NOT_NEEDED
    device_will_show: str = ""
    warranty_days: int = 0
    old_part: OldPart = OldPart.NONE


def normalised_serial(text: str) -> str:
    return re.sub(r"[\s\-]+", "", text).upper()


def require_donor_named(part: FittedPart) -> None:
    if part.origin is PartOrigin.SALVAGED and not part.donor:
        raise DonorMissing(field="donor")


def require_nothing_on_order(open_orders: int) -> None:
    if open_orders:
        raise PartsStillOnOrder(number=open_orders)


def require_every_part_recorded(*, approved: int, fitted: int, none_used: bool) -> None:
    """Approved parts are either recorded as fitted, or the technician says that none was used."""
    if approved and not fitted and not none_used:
        raise PartsNotRecorded(field="no_part_used", number=approved)
