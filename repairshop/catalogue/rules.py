"""What a shop repairs: types of device, kinds of fault, and the checks of each type."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from repairshop.errors import Refused
from repairshop.money import Money

DeviceModelId = NewType("DeviceModelId", int)
FaultPresetId = NewType("FaultPresetId", int)


class DeviceType(StrEnum):
    """Labels stand in templates/catalogue/_words.html."""

    PHONE = "phone"
    TABLET = "tablet"
    LAPTOP = "laptop"
    DESKTOP = "desktop"
    CONSOLE = "console"
    HANDHELD = "handheld"  # handheld console
    WATCH = "watch"
    CAMERA = "camera"
    HEADPHONES = "headphones"
    OTHER = "other"


class FaultFamily(StrEnum):
    """Faults that count as the same one when a device comes back (product.md, comeback)."""

    ACCESS = "access"
    AUDIO = "audio"
    BATTERY = "battery"
    BOARD = "board"
    BOOT = "boot"
    BUTTONS = "buttons"
    CAMERA = "camera"
    CASING = "casing"
    CHARGING = "charging"
    CHECK = "check"
    CONNECTIVITY = "connectivity"
    CONTROLLER = "controller"
    COOLING = "cooling"
    KEYBOARD = "keyboard"
    LIQUID = "liquid"
    OPTICAL = "optical"
    OPTICS = "optics"
    PERFORMANCE = "performance"
    POWER = "power"
    SCREEN = "screen"
    SENSOR = "sensor"
    SETUP = "setup"
    SOFTWARE = "software"
    STORAGE = "storage"
    VIDEO = "video"
    OTHER = "other"


class Measure(StrEnum):
    """What a check writes down beside its verdict."""

    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True, kw_only=True)
class TestItem:
    """One check of a device type. `label` and `how` are English message ids: show them through gettext."""

    __test__ = False  # not a test of pytest's

    key: str
    label: str
    at_counter: bool  # done with the customer present, in the "before" run
    how: str = ""  # what is tried, and when it passes
    measure: Measure | None = None
    unit: str = ""
    lowest: Decimal | None = None
    highest: Decimal | None = None
    points_to: tuple[FaultFamily, ...] = ()  # where the fault may be when it fails, the likeliest first


@dataclass(frozen=True, kw_only=True)
class PriceRange:
    """What a repair costs from, and at most, tax included."""

    starts_at: Money
    at_most: Money

    def __post_init__(self) -> None:
        if not 0 <= self.starts_at.minor <= self.at_most.minor:
            raise PriceRangeUpsideDown(field="at_most")


class PriceRangeUpsideDown(Refused):
    """The highest price is below the lowest, or a price is negative."""


class DaysUpsideDown(Refused):
    """The latest day is before the earliest, or a number is negative."""


class NameMissing(Refused):
    """A model, brand or fault needs a name."""


class AlreadyInCatalogue(Refused):
    """The shop has this model or fault already."""


def require_name(text: str, *, field: str) -> str:
    """The name with its spaces put in order; refuses an empty one."""
    name = re.sub(r"\s+", " ", text).strip()
    if not name:
        raise NameMissing(field=field)
    return name


def require_days(*, days_from: int, days_to: int) -> None:
    if not 0 <= days_from <= days_to:
        raise DaysUpsideDown(field="days_to")


def search_words(text: str) -> list[str]:
    """The words of a search or a name: lower case, no accents ("Galaxy S21+" -> galaxy, s21+)."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(character for character in plain if not unicodedata.combining(character))
    return re.findall(r"[^\W_]+\+?", letters)


def search_text(*parts: str) -> str:
    """What a model is found by: each word once, each behind a space, so that ' s21' finds starts of words."""
    words = dict.fromkeys(word for part in parts for word in search_words(part))
    return "".join(f" {word}" for word in words)


def preset_key(label: str) -> str:
    """A stable key for a fault the shop named itself."""
    return "own_" + "_".join(search_words(label))[:36]
