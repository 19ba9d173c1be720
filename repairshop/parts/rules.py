"""Where a part comes from, what it does to the device, and when a part may be used."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import NewType
from urllib.parse import urlsplit

from repairshop.catalogue.rules import DeviceType, FaultFamily, search_words
from repairshop.errors import Refused
from repairshop.tickets.stages import IN_SHOP_STAGES, Stage

PartId = NewType("PartId", int)
PartOrderId = NewType("PartOrderId", int)
FittedPartId = NewType("FittedPartId", int)

MOST_MODELS = 40
LONGEST_MODELS = 1000


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


class PartKind(StrEnum):
    """What a part is in any device: what is known of a maker's software is looked up by it."""

    SCREEN = "screen"
    BATTERY = "battery"
    FRONT_CAMERA = "front_camera"  # with what recognises a face, where there is any
    REAR_CAMERA = "rear_camera"
    BACK_GLASS = "back_glass"
    HOUSING = "housing"
    FINGERPRINT = "fingerprint"
    CHARGE_PORT = "charge_port"
    SPEAKER = "speaker"
    MICROPHONE = "microphone"
    BUTTONS = "buttons"
    MAINBOARD = "mainboard"
    KEYBOARD = "keyboard"
    TRACKPAD = "trackpad"
    STORAGE = "storage"
    MEMORY = "memory"
    FAN = "fan"
    OPTICAL_DRIVE = "optical_drive"
    STICK = "stick"
    HINGE = "hinge"
    POWER_SUPPLY = "power_supply"
    OTHER = "other"


class OldPart(StrEnum):
    """What became of the part that was taken out."""

    KEPT = "kept"
    RETURNED_TO_CUSTOMER = "returned_to_customer"
    RETURNED_TO_SUPPLIER = "returned_to_supplier"
    RECYCLED = "recycled"
    NONE = "none"


class PartNotOnOrder(Refused):
    """The order was cancelled or has arrived."""


class MoreThanOrdered(Refused):
    """More arrived than are still on their way."""


class PartsStillOnOrder(Refused):
    """Parts are on their way; say what becomes of them."""


class PartsNotRecorded(Refused):
    """The customer approved parts, and no part is recorded as fitted."""


class TooManyModels(Refused):
    """A part names the models it fits; one that fits nearly all of them names none."""


class BarcodeTaken(Refused):
    """Another part of the shop has this barcode: a scan could mean either."""


class SupplierTaken(Refused):
    """The shop has a supplier of this name."""


class NothingSaidAboutPart(Refused):
    """An entry about a maker's software says what is shown, what is lost or that pairing is needed."""


class SourceNotAnAddress(Refused):
    """A source on the web begins with http:// or https://."""


class DonorMissing(Refused):
    """A salvaged part comes from a device that has to be named."""


@dataclass(frozen=True, kw_only=True)
class NewOrder:
    """A part ordered for a repair; `part_id` names one of the catalogue."""

    name: str
    supplier: str = ""
    expected_on: date | None = None
    part_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class FittedPart:
    """What is recorded of a part that went into the device; `warranty_days` 0 means none."""

    name: str
    origin: PartOrigin
    supplier: str = ""
    serial: str = ""
    lot: str = ""
    donor: str = ""
    pairing: Pairing = Pairing.NOT_NEEDED
    device_will_show: str = ""
    feature_lost: str = ""
    warranty_days: int = 0
    old_part: OldPart = OldPart.NONE
    old_serial: str = ""
    part_id: int | None = None  # of the catalogue


def normalised_serial(text: str) -> str:
    return re.sub(r"[\s\-]+", "", text).upper()


def read_serials(text: str) -> tuple[str, ...]:
    """Serial numbers as scanned, one a line or behind commas, each once."""
    return tuple(dict.fromkeys(filter(None, map(normalised_serial, re.split(r"[\n,;]", text)))))


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


def folded_words(text: str) -> str:
    """What names are compared by: their words, without case and accents ("Galaxy S21+" is "galaxy s21+")."""
    return " ".join(search_words(text))


@dataclass(frozen=True, kw_only=True)
class FitsDevice:
    """Which device a part is wanted for: brand and model as a person typed or chose them."""

    device_type: DeviceType
    brand: str = ""
    model: str = ""

    @property
    def brand_key(self) -> str:
        return folded_words(self.brand)

    @property
    def model_key(self) -> str:
        """The model's words; a brand in front of them is no part of the model."""
        return folded_words(self.model).removeprefix(f"{self.brand_key} ")


def read_models(text: str) -> tuple[str, ...]:
    """The models a person typed, one a line or behind commas, each once."""
    names = (re.sub(r"\s+", " ", name).strip() for name in re.split(r"[\n,;|]", text))
    models = tuple({folded_words(name): name for name in names if folded_words(name)}.values())
    if len(models) > MOST_MODELS or len("|".join(models)) > LONGEST_MODELS:
        raise TooManyModels(field="models", most=MOST_MODELS)
    return models


def models_key(models: Iterable[str]) -> str:
    """What a device's model is looked for in: "|iphone 12|iphone 12 mini|"; empty for every model."""
    keys = "|".join(folded_words(model) for model in models)
    return f"|{keys}|" if keys else ""


@dataclass(frozen=True, kw_only=True)
class PartFacts:
    """A part of the catalogue as a manager describes it. Empty brand: any; no models: all of the brand.

    `price_minor` is the sale price with tax, in the shop's currency; `warranty_days` 0 means none.
    """

    name: str
    kind: PartKind
    device_type: DeviceType
    family: FaultFamily
    brand: str = ""
    models: tuple[str, ...] = ()
    minutes: int = 0
    price_minor: int = 0
    origin: PartOrigin = PartOrigin.AFTERMARKET
    warranty_days: int = 0
    supplier_id: int | None = None
    supplier_number: str = ""
    barcode: str = ""
    serialised: bool = False


@dataclass(frozen=True, kw_only=True)
class SupplierFacts:
    """Who sells parts; `lead_days` until one is usually here, None when that is not known."""

    name: str
    contact: str = ""
    lead_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class EffectFacts:
    """What a maker's software does about a part. No origins: whatever the part's origin."""

    device_type: DeviceType
    maker: str
    kind: PartKind
    as_of: date
    model_range: str = ""
    models: tuple[str, ...] = ()
    origins: frozenset[PartOrigin] = field(default_factory=frozenset)
    pairing_needed: bool = False
    device_will_show: str = ""
    feature_lost: str = ""
    source_title: str = ""
    source_url: str = ""


def require_effect(facts: EffectFacts) -> None:
    if not (facts.device_will_show or facts.feature_lost or facts.pairing_needed):
        raise NothingSaidAboutPart(field="device_will_show")
    if facts.source_url and urlsplit(facts.source_url).scheme not in {"http", "https"}:
        raise SourceNotAnAddress(field="source_url")


# Stages in which a part on its way decides when the device can be ready.
DATES_HANG_ON_PARTS = IN_SHOP_STAGES - {Stage.FINAL_CHECKS, Stage.READY, Stage.UNCLAIMED}


@dataclass(frozen=True, kw_only=True)
class LateDates:
    """The two days to tell instead, when a part comes after the last day that was told."""

    earliest: date
    latest: date


def dates_with_late_part(
    *, earliest: date, latest: date, expected_on: date | None, today: date
) -> LateDates | None:
    """The told days moved on by as long as the part is late; None while the part comes in time.

    A part that should have been here by now is expected today at the soonest.
    """
    if expected_on is None:
        return None
    due = max(expected_on, today)
    if due <= latest:
        return None
    return LateDates(earliest=max(earliest + (due - latest), due), latest=due + max(latest - earliest, _DAY))


_DAY = timedelta(days=1)
